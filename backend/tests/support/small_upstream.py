"""A small recorded content of our own making, in the layout of the real one: something of every source and kind."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.support.attack_samples import STAMP, Stix, bundle, make, relation, technique
from tests.support.content_samples import SAMPLES, Files, tarball

REPOSITORIES: Final[Mapping[str, str]] = {
    "atomic_red_team": "redcanaryco/atomic-red-team",
    "caldera": "mitre/stockpile",
    "lolbas": "LOLBAS-Project/LOLBAS",
    "gtfobins": "GTFOBins/GTFOBins.github.io",
    "sigma": "SigmaHQ/sigma",
    "elastic": "elastic/detection-rules",
    "compliance": "usnistgov/oscal-content",
}
MAPPINGS: Final = "center-for-threat-informed-defense/mappings-explorer"
RICH_ATOMIC: Final = """attack_technique: T1059.001
atomic_tests:
- name: Say something to somebody
  auto_generated_guid: 00000000-0000-4000-8000-000000000009
  description: "Says it, grüße."
  supported_platforms: [windows, linux]
  input_arguments:
    words: {description: What to say, type: string, default: hello}
    times: {description: How often, type: integer, default: 3}
  dependencies:
  - {description: A mouth, prereq_command: "exit 1", get_prereq_command: "echo open"}
  executor: {name: powershell, elevation_required: true, command: "echo #{words} #{times}", cleanup_command: "cls"}
"""
UNKNOWN_ATOMIC: Final = """attack_technique: T9999
display_name: What only this source has a name for
atomic_tests:
- name: Ask for it
  auto_generated_guid: 00000000-0000-4000-8000-000000000010
  supported_platforms: [linux]
  executor: {name: sh, command: "which it"}
"""
ADVERSARY: Final = """id: 00000000-0000-4000-b000-000000000001
name: Somebody
description: Does it in order
atomic_ordering: [a, b]
"""
ELASTIC_REDIRECTS: Final = {"mapping": {"T1086": "T1059.001", "T1562": "T1685"}}
MORE: Final[Mapping[str, Files]] = {
    "atomic_red_team": {
        "atomics/T1059.001/T1059.001.yaml": RICH_ATOMIC,
        "atomics/T9999/T9999.yaml": UNKNOWN_ATOMIC,
    },
    "caldera": {"data/adversaries/one.yml": ADVERSARY},
    "elastic": {"detection_rules/etc/attack-technique-redirects.json": json.dumps(ELASTIC_REDIRECTS)},
}
"""What the smallest content of a source lacks."""
COLLECTION: Final = {
    "enterprise": "x-mitre-collection--1f5f1533-f617-4ca8-9ab4-6a02367fa019",
    "mobile": "x-mitre-collection--dac0d2d7-8653-445c-9bff-82f934c1e858",
}


def write_small_content(folder: Path) -> Path:
    """Write it into a folder, which `serve_recorded` serves and CONTENT_DIR takes."""
    for name, repository in REPOSITORIES.items():
        _write(folder / f"github/{repository}.tar.gz", tarball({**SAMPLES[name].files, **MORE.get(name, {})}))
    _write(folder / f"github/{MAPPINGS}.tar.gz", tarball({"mappings/ours.json": json.dumps(_mappings())}))
    _write(folder / "attack/enterprise-attack-18.1.json.gz", gzip.compress(_enterprise()))
    _write(folder / "attack/mobile-attack-18.1.json.gz", gzip.compress(_mobile()))
    versions = [{"version": "18.1", "modified": STAMP}]
    index = {"collections": [{"id": key, "versions": versions} for key in COLLECTION.values()]}
    _write(folder / "attack/stix21/index.json", json.dumps(index).encode())
    _write_d3fend(folder / "d3fend")
    return folder


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _write_d3fend(folder: Path) -> None:
    files = dict(SAMPLES["d3fend"].files)
    bulk = next(name for name in files if name.endswith("mappings.json"))
    _write(folder / "assembled/d3fend-full-mappings.json.gz", gzip.compress(str(files.pop(bulk)).encode()))
    files["version.json"] = json.dumps({"version": "0.17.0"})
    answers = {f"api/{name}": text for name, text in files.items()}
    # The publisher's archive has no folder of its own on top.
    _write(folder / "d3fend-api-0.17.0.tar.gz", tarball(answers, top=""))


def _mappings() -> dict[str, Any]:
    metadata = {
        "mapping_framework": "csa_ccm",
        "mapping_framework_version": "4.1",
        "attack_version": "17.1",
        "technology_domain": "enterprise",
        "capability_groups": {"IAM": "Identity"},
    }
    control = {"capability_id": "IAM-01", "capability_description": "Policy", "capability_group": "IAM"}
    mapped = [
        {**control, "attack_object_id": attack_id, "mapping_type": "mitigates", "comments": "It does."}
        for attack_id in ("T1059", "T1086", "T9999")
    ]
    return {"metadata": metadata, "mapping_objects": mapped}


def _enterprise() -> bytes:
    tactic = make("x-mitre-tactic", 1, "TA0002", name="Execution", x_mitre_shortname="execution")
    plain = [technique(number, f"T{number}") for number in (1059, 1082, 1218)]
    sub = technique(2001, "T1059.001", x_mitre_is_subtechnique=True)
    old = technique(1086, "T1086", revoked=True)
    group = make("intrusion-set", 1, "G0001", aliases=["intrusion-set 1", "Other name"], x_mitre_contributors=["Us"])
    tool = make("tool", 1, "S0001", x_mitre_aliases=["tool 1"], x_mitre_platforms=["Windows"])
    campaign = make("campaign", 1, "C0001", aliases=["campaign 1"], first_seen=STAMP, last_seen=STAMP)
    mitigation = make("course-of-action", 1, "M1001")
    analytic = make("x-mitre-analytic", 1, "AN0001", x_mitre_platforms=["Windows"])
    strategy = make("x-mitre-detection-strategy", 1, "DET0001", x_mitre_analytic_refs=[analytic["id"]])
    source = make("x-mitre-data-source", 1, "DS0001", x_mitre_platforms=["Windows"])
    component = make("x-mitre-data-component", 1, "DC0001", x_mitre_data_source_ref=source["id"])
    matrix = make("x-mitre-matrix", 1, "enterprise-attack", tactic_refs=[tactic["id"]])
    objects: list[Stix] = [tactic, *plain, sub, old, group, tool, campaign, mitigation, analytic, strategy, source]
    ties = [
        relation(1, "subtechnique-of", sub, plain[0]),
        relation(2, "revoked-by", old, sub),
        relation(3, "uses", group, sub, description="Used it."),
        relation(4, "uses", tool, plain[1]),
        relation(5, "uses", campaign, plain[2]),
        relation(6, "attributed-to", campaign, group),
        relation(7, "mitigates", mitigation, plain[0]),
        relation(8, "detects", strategy, sub),
    ]
    return bundle(matrix, *objects, component, *ties)


def _mobile() -> bytes:
    tactic = make("x-mitre-tactic", 2, "TA0041", name="Execution", x_mitre_shortname="execution")
    matrix = make("x-mitre-matrix", 2, "mobile-attack", tactic_refs=[tactic["id"]])
    phases = [{"kill_chain_name": "mitre-mobile-attack", "phase_name": "execution"}]
    mobile = technique(3001, "T1623", kill_chain_phases=phases, x_mitre_domains=["mobile-attack"])
    # The same group as in the other domain.
    group = make("intrusion-set", 1, "G0001", aliases=["intrusion-set 1", "Other name"], x_mitre_contributors=["Us"])
    return bundle(matrix, tactic, mobile, group, relation(20, "uses", group, mobile))
