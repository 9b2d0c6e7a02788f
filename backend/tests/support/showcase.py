"""What a small team has after some weeks: tests in every state, results of every kind. Made over HTTP."""

import time
from typing import Any

from tests.support import stories
from tests.support.content_samples import tarball
from tests.support.product import Product

DECIDED: tuple[tuple[str, str, str, dict[str, Any] | None], ...] = (
    ("T1003.001", "Dump of LSASS memory", "Windows", None),
    ("T1003.003", "Copy of the directory database", "Windows", stories.NOTHING_SEEN),
    ("T1021.001", "Lateral movement over RDP", "Windows", None),
    (
        "T1053.005",
        "Scheduled task for persistence",
        "Windows",
        {"observations": [{"outcome": "logged", "tool": "SIEM"}], "miss_cause": "no_rule"},
    ),
    ("T1105", "Download of a second stage", "Linux", None),
    ("T1486", "Encryption of a file share", "Windows", stories.NOTHING_SEEN),
)
"""Technique, name, platform, and what blue saw when it was no alert."""


WHOAMI = """title: Whoami was run
logsource:
  category: process_creation
  product: windows
detection:
  selection:
    Image|endswith: '\\whoami.exe'
  condition: selection
"""


UNKNOWN = "T1685"
"""A technique that came after the bundled release."""
PROCEDURES = {
    f"atomics/{technique}/{technique}.yaml": f"""attack_technique: {technique}
display_name: {name}
atomic_tests:
- name: {name}
  auto_generated_guid: {guid}
  description: Says who it runs as, and where.
  supported_platforms: [windows]
  input_arguments:
    place: {{description: Where the answer goes, type: path, default: "%TEMP%\\\\who.txt"}}
  dependencies:
  - {{description: The folder is there., prereq_command: "if exist %TEMP% (exit 0)", get_prereq_command: mkdir %TEMP%}}
  executor: {{name: command_prompt, command: "whoami /all > #{{place}}", cleanup_command: "del #{{place}}"}}
"""
    for technique, name, guid in (
        ("T1033", "Name of the user", "11111111-2222-4333-8444-555555555555"),
        (UNKNOWN, "Logging switched off", "11111111-2222-4333-8444-666666666666"),
    )
}
"""In the form of Atomic Red Team."""


def furnish(product: Product) -> dict[str, str]:
    """Fill a product. Gives the ids that paths of pages need."""
    for technique, name, platform, blue in DECIDED:
        stories.validated(product, technique=technique, name=name, platform=platform, blue=blue)
    procedure = "powershell.exe -NoProfile -EncodedCommand SQBFAFgA"
    validated = stories.validated(product, name="Encoded PowerShell from a macro", procedure=procedure)
    stories.rejected(product, technique="T1547.001", name="Run key for persistence")
    stories.draft(product, technique="T1566.001", name="Attachment with a macro")
    executing = stories.executing(product, technique="T1558.003", name="Kerberoasting of service accounts")
    stories.upload(product, "red_tech", executing, "red", ("console.txt", b"Roasted 3 tickets.\n"))
    evaluating = stories.evaluating(product, technique="T1071.001", name="Beacon over HTTPS")
    stories.evaluating(product, technique="T1218.011", name="Proxy execution through rundll32")
    in_review = stories.in_review(product, technique="T1490", name="Deletion of shadow copies")
    body = {"name": "Whoami was run", "level": "medium", "techniques": ["T1033"], "source_text": WHOAMI}
    rule = product.call("blue_lead", "POST", "/detection-rules", body, expect=201)
    tool = product.call("blue_lead", "POST", "/tools", {"name": "Central log platform", "kind": "siem"}, expect=201)
    product.call("blue_lead", "PUT", f"/detection-rules/{rule['id']}/deployments/{tool['id']}")
    entry = {"actor": "G0016", "priority": 3, "reason": "Named in the advisory of our sector."}
    product.call("red_lead", "PUT", "/threat-profile", {"items": [entry]})
    product.call("red_lead", "POST", "/snapshots", {"name": "First review"}, expect=201)
    finding = product.call("blue_lead", "GET", "/findings")["items"][0]
    step = {"title": "Forward the logs of the domain controllers", "due_on": "2030-01-31"}
    product.call("blue_lead", "POST", f"/findings/{finding['id']}/steps", step, expect=201)
    run = product.call("admin", "GET", "/data-sources/mitre_attack/runs")["items"][0]
    own = {"name": "Look around", "techniques": ["T1033"], "platforms": ["Windows"], "procedure": "whoami /all"}
    own_template = product.call("red_lead", "POST", "/test-templates", own, expect=201)
    return {
        "validated": validated["id"],
        "executing": executing["id"],
        "evaluating": evaluating["id"],
        "in_review": in_review["id"],
        "rule": rule["id"],
        "finding": finding["id"],
        "run": run["id"],
        "own_template": own_template["id"],
        **take_in(product),
    }


def take_in(product: Product) -> dict[str, str]:
    """A publisher's procedures, one of them for a technique that nobody knows yet."""
    path = "/data-sources/atomic_red_team/upload?filename=atomic.tar.gz"
    run = finished(product, product.call("admin", "POST", path, expect=202, content=tarball(PROCEDURES)))
    template = product.call("admin", "GET", "/test-templates?technique=T1033&source=atomic_red_team")["items"][0]
    return {"source_run": run["id"], "template": template["id"], "unresolved": UNKNOWN}


def finished(product: Product, run: dict[str, Any]) -> dict[str, Any]:
    """The run of a source, once it has succeeded."""
    until = time.monotonic() + 60
    while run.get("ended_at") is None and time.monotonic() < until:
        time.sleep(0.05)
        run = product.call("admin", "GET", f"/data-sources/runs/{run['id']}")
    assert run["status"] == "succeeded", run
    return run
