"""Counts over the parser's files, in the shape of the recorded content's expected counts."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from app.importers.attack.records import COUNTED_KINDS, Domain, Kind
from app.importers.worker import ParseSummary

Record = dict[str, Any]
Expected = dict[str, Any]


def expected_counts(content: Path, domain: str, release: str) -> Expected:
    """What the bundle of a domain and release has to give."""
    counts: dict[str, Expected] = json.loads((content / "expected" / "counts.json").read_text())
    return counts[f"attack/{domain}-attack-{release}.json.gz"]


def records(parsed: ParseSummary, kind: Kind, domain: Domain) -> list[Record]:
    """The records of a kind and domain."""
    lines = (line.split("\t", 3) for line in parsed.file_of(kind).read_text().split("\n") if line)
    return [json.loads(record) for _, found, _, record in lines if found == domain]


def hashes(parsed: ParseSummary, kind: Kind, domain: Domain) -> dict[str, str]:
    """Content hash by key."""
    lines = (line.split("\t", 3) for line in parsed.file_of(kind).read_text().split("\n") if line)
    return {key: content_hash for key, found, content_hash, _ in lines if found == domain}


def counts_of(parsed: ParseSummary, domain: Domain) -> Expected:
    """Count what the parser wrote. Envelope objects have no flags, the active matrix is the only one that we know."""
    bundle = next(entry for entry in parsed.bundles if entry.domain == domain)
    everything = {kind: records(parsed, kind, domain) for kind in COUNTED_KINDS}
    techniques, links = everything["technique"], everything["link"]
    live = {record["stix_id"]: record for record in techniques if _state(record) == "active"}
    groups = {record["stix_id"] for record in everything["group"] if _state(record) == "active"}
    uses = {
        (link["source_stix_id"], link["target_stix_id"])
        for link in links
        if link["relation"] == "uses" and link["source_stix_id"] in groups and link["target_stix_id"] in live
    }
    revocations = [record for record in records(parsed, "revocation", domain) if record["kind"] == "technique"]
    return {
        "objects": bundle.objects,
        "by_type": _by_type(everything),
        "active_techniques": sum(not record["is_subtechnique"] for record in live.values()),
        "active_subtechniques": sum(record["is_subtechnique"] for record in live.values()),
        "tactics_in_order": _tactics(everything["tactic"], list(live.values())),
        "relationships": dict(
            Counter(f"{_type(link, 'source')} {link['relation']} {_type(link, 'target')}" for link in links)
        ),
        "group_uses_technique_pairs_active": len(uses),
        "groups_with_a_technique": len({source for source, _ in uses}),
        "techniques_used_by_a_group": len({target for _, target in uses}),
        "revoked_technique_final_target": {record["attack_id"]: record["final_attack_id"] for record in revocations},
        "deprecated_techniques": sorted(record["attack_id"] for record in techniques if _state(record) == "deprecated"),
    }


def comparable(expected: Expected) -> Expected:
    """The expected counts without what is no record of ours."""
    active = next(matrix for matrix in expected["matrices"] if matrix["active"])
    no_record = {"identity", "marking-definition", "x-mitre-matrix", "relationship"}
    by_type = {name: count for name, count in expected["by_type"].items() if name not in no_record}
    rest = {name: value for name, value in expected.items() if name not in {"matrices", "by_type"}}
    tactics = [{**tactic, "active": True} for tactic in active["tactics_in_order"]]
    return rest | {"by_type": by_type, "tactics_in_order": tactics}


def _by_type(everything: dict[Kind, list[Record]]) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for kind, found in everything.items():
        for record in found if kind != "link" else []:
            counted.setdefault(record["stix_id"].partition("--")[0], Counter())[_state(record)] += 1
    states = ("active", "revoked", "deprecated")
    return {
        name: {"total": states_of.total()} | {state: states_of[state] for state in states}
        for name, states_of in counted.items()
    }


def _tactics(tactics: list[Record], live: list[Record]) -> list[dict[str, object]]:
    shown = sorted((record for record in tactics if record["position"] is not None), key=lambda one: one["position"])
    return [
        {
            "id": tactic["attack_id"],
            "shortname": tactic["shortname"],
            "name": tactic["name"],
            "active": _state(tactic) == "active",
            "techniques": sum(tactic["shortname"] in one["tactics"] and not one["is_subtechnique"] for one in live),
            "subtechniques": sum(tactic["shortname"] in one["tactics"] and one["is_subtechnique"] for one in live),
        }
        for tactic in shown
    ]


def _state(record: Record) -> str:
    if record["revoked"]:
        return "revoked"
    return "deprecated" if record["deprecated"] else "active"


def _type(link: Record, end: str) -> str:
    return str(link[f"{end}_stix_id"]).partition("--")[0]
