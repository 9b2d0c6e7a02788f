"""The smallest content of each source that comes as archives, in upstream's forms and of our own making."""

import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Files = Mapping[str, str | bytes]
D3FEND_BULK: Final = "ontology/inference/d3fend-full-mappings.json"
OSCAL: Final = "nist.gov/SP800-53/rev5/json/"


@dataclass(frozen=True, slots=True)
class Sample:
    """Good files of a source, and one of them that a test may break."""

    part: str
    files: Files
    broken: str
    items: int
    format: str


def _atomic(technique: str, number: int) -> str:
    return f"""attack_technique: {technique}
display_name: Something
atomic_tests:
- name: Say {number}
  auto_generated_guid: 00000000-0000-4000-8000-00000000000{number}
  supported_platforms: [linux]
  executor: {{name: sh, command: "echo {number}"}}
"""


def _ability(name: str) -> str:
    return f"""- id: {name}
  name: {name}
  tactic: discovery
  technique: {{attack_id: T1082, name: System}}
  platforms: {{linux: {{sh: {{command: "uname {name}"}}}}}}
"""


def _lolbas(name: str) -> str:
    return f"Name: {name}.exe\nCommands:\n  - {{Command: {name}.exe /run, Usecase: Run, MitreID: T1218}}\n"


def _sigma(number: int) -> str:
    return f"""title: Rule {number}
id: 00000000-0000-4000-9000-00000000000{number}
status: test
tags: [attack.t1059.001]
logsource: {{category: process_creation, product: windows}}
detection: {{selection: {{Image: '{number}.exe'}}, condition: selection}}
"""


def _elastic(number: int) -> str:
    return f"""[metadata]
maturity = "production"
[rule]
rule_id = "00000000-0000-4000-a000-00000000000{number}"
name = "Rule {number}"
type = "query"
query = "process.name:{number}"
"""


def _d3fend() -> Files:
    cells = {"def_tech": "http://d3fend.mitre.org/x#FileAnalysis", "off_tech_id": "T1059", "def_artifact_label": "File"}
    row = {name: {"type": "literal", "value": value} for name, value in cells.items()}
    listed = {"@graph": [{"@id": "d3f:FileAnalysis", "d3f:d3fend-id": "D3-FA", "rdfs:label": "File Analysis"}]}
    matrix = [{"@id": "d3f:Detect", "rdfs:label": "Detect", "children": [{"@id": "d3f:FileAnalysis"}]}]
    return {
        "matrix.json": json.dumps(matrix),
        "technique/all.json": json.dumps(listed),
        D3FEND_BULK: json.dumps({"results": {"bindings": [row]}}),
    }


def _oscal() -> Files:
    title = "NIST Special Publication 800-53 Revision 5"
    controls = [{"id": "ac-1", "title": "Policy"}, {"id": "ac-2", "title": "Accounts"}]
    catalogue = {"catalog": {"metadata": {"title": title, "version": "5"}, "groups": [{"controls": controls}]}}
    chosen = [{"include-controls": [{"with-ids": ["ac-1"]}]}]
    profile = {"profile": {"metadata": {"title": f"{title} LOW IMPACT BASELINE"}, "imports": chosen}}
    return {f"{OSCAL}c_catalog.json": json.dumps(catalogue), f"{OSCAL}low_profile.json": json.dumps(profile)}


SAMPLES: Final[Mapping[str, Sample]] = {
    "atomic_red_team": Sample(
        "all",
        {"atomics/T1082/T1082.yaml": _atomic("T1082", 1), "atomics/T1059/T1059.yaml": _atomic("T1059", 2)},
        "atomics/T1059/T1059.yaml",
        2,
        "yaml",
    ),
    "caldera": Sample(
        "all",
        {"data/abilities/discovery/a.yml": _ability("a"), "data/abilities/discovery/b.yml": _ability("b")},
        "data/abilities/discovery/b.yml",
        2,
        "yaml",
    ),
    "lolbas": Sample(
        "all", {"yml/OSBinaries/A.yml": _lolbas("A"), "yml/OSBinaries/B.yml": _lolbas("B")}, "yml/OSBinaries/B.yml", 2,
        "yaml",
    ),
    "gtfobins": Sample(
        "all",
        {
            "_data/functions.yml": "shell: {label: Shell, mitre: [T1059]}\n",
            "_gtfobins/awk": "---\nfunctions:\n  shell:\n  - {code: awk a}\n...\n",
            "_gtfobins/sed": "---\nfunctions:\n  shell:\n  - {code: sed b}\n...\n",
        },
        "_gtfobins/sed",
        2,
        "yaml",
    ),
    "sigma": Sample("all", {"rules/a.yml": _sigma(1), "rules/b.yml": _sigma(2)}, "rules/b.yml", 2, "yaml"),
    "elastic": Sample(
        "all", {"rules/linux/a.toml": _elastic(1), "rules/linux/b.toml": _elastic(2)}, "rules/linux/b.toml", 2, "toml"
    ),
    "d3fend": Sample("all", _d3fend(), D3FEND_BULK, 1, "json"),
    "compliance": Sample("oscal", _oscal(), f"{OSCAL}low_profile.json", 3, "json"),
}  # fmt: skip
"""By source. `items` of all files together."""

YAML_BOMB: Final = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
XML_ENTITIES: Final = '<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;">]><catalog>&c;</catalog>'


def tarball(files: Files, *more: tarfile.TarInfo, top: str = "owner-name-0123456/") -> bytes:
    """A repository's tarball as GitHub makes them; `more` are members without content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for path, text in files.items():
            data = text if isinstance(text, bytes) else text.encode()
            info = tarfile.TarInfo(f"{top}{path}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for member in more:
            archive.addfile(member)
    return out.getvalue()
