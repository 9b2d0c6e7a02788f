"""A small ATT&CK bundle in the upstream's format, written for the tests, and ways to spoil it."""

import json
from pathlib import Path
from typing import Any

Stix = dict[str, Any]
SAMPLES = Path(__file__).resolve().parents[1] / "data" / "attack"
STAMP = "2024-01-02T03:04:05.678Z"


def stix_id(stix_type: str, number: int) -> str:
    """A stable id for an object of a sample."""
    return f"{stix_type}--00000000-0000-4000-8000-{number:012d}"


def make(stix_type: str, number: int, attack_id: str | None = None, **more: object) -> Stix:
    """An object as mitre/cti would write it."""
    own = [{"source_name": "mitre-attack", "external_id": attack_id, "url": f"https://attack.example/{attack_id}"}]
    item: Stix = {
        "type": stix_type,
        "id": stix_id(stix_type, number),
        "created": STAMP,
        "modified": STAMP,
        "name": f"{stix_type} {number}",
        "description": f"Text of {stix_type} {number}.",
        "external_references": own if attack_id else [],
    }
    return item | more


def technique(number: int, attack_id: str, **more: object) -> Stix:
    """A technique of tactic execution."""
    phases = [{"kill_chain_name": "mitre-attack", "phase_name": "execution"}]
    fields = {"kill_chain_phases": phases, "x_mitre_platforms": ["Windows"], "x_mitre_domains": ["enterprise-attack"]}
    return make("attack-pattern", number, attack_id, **(fields | more))


def relation(number: int, kind: str, source: Stix | str, target: Stix | str, **more: object) -> Stix:
    """A relationship between two objects or ids."""
    ends = [end if isinstance(end, str) else end["id"] for end in (source, target)]
    item = {
        "type": "relationship",
        "id": stix_id("relationship", number),
        "created": STAMP,
        "modified": STAMP,
        "relationship_type": kind,
        "source_ref": ends[0],
        "target_ref": ends[1],
    }
    return item | more


def bundle(*objects: object) -> bytes:
    """A STIX 2.0 bundle."""
    head = {"type": "bundle", "id": stix_id("bundle", 1), "spec_version": "2.0"}
    return json.dumps(head | {"objects": list(objects)}).encode()
