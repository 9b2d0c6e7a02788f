"""Parser of ATT&CK bundles, on small samples."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.errors import Invalid
from app.importers.attack.parser import ParsedItem, Tally, canonical, load_bundle, parse_bundle
from app.importers.attack.records import Domain
from app.importers.attack.release import domain_of
from tests.support.attack_samples import SAMPLES, STAMP, Stix, bundle, make, relation, stix_id, technique

BAD_OBJECTS = sorted((SAMPLES / "bad-objects").glob("*.json"))
BAD_FILES = sorted((SAMPLES / "bad-files").glob("*.json"))


def parse(*objects: object, domain: Domain = "enterprise") -> tuple[dict[str, dict[str, Any]], Tally]:
    """Records by STIX id (revocations by `revocation` and id), and the tally."""
    items, tally = parse_items(*objects, domain=domain)
    prefix = {"revocation": "revocation "}
    return {prefix.get(item.kind, "") + item.key: json.loads(item.data) for item in items}, tally


def parse_items(*objects: object, domain: Domain = "enterprise") -> tuple[list[ParsedItem], Tally]:
    tally = Tally()
    return list(parse_bundle(load_bundle(bundle(*objects))["objects"], domain, tally)), tally


def hash_of(*objects: Stix, of: str) -> str:
    return next(item.content_hash for item in parse_items(*objects)[0] if item.key == of)


@pytest.mark.parametrize("path", BAD_OBJECTS, ids=lambda path: path.stem)
def test_bad_object_is_skipped_with_its_reason_and_the_rest_is_kept(path: Path) -> None:
    tally = Tally()

    items = list(parse_bundle(load_bundle(path.read_bytes())["objects"], "enterprise", tally))

    assert [problem.code for problem in tally.problems] == [path.stem]
    assert [item.key for item in items] == [stix_id("attack-pattern", 1)]
    assert (tally.objects, tally.records, tally.skipped) == (2, Counter(technique=1), 1)


@pytest.mark.parametrize("path", BAD_FILES, ids=lambda path: path.stem)
def test_bad_file_is_refused_with_its_code(path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        list(parse_bundle(load_bundle(path.read_bytes())["objects"], "enterprise", Tally()))

    assert refused.value.code == path.stem


def test_nesting_of_a_hundred_levels_is_still_read() -> None:
    deep = b"[" * 96 + b"]" * 96
    load_bundle(b'{"objects": [{"type": "identity", "x": [' + deep + b"]}]}")

    with pytest.raises(Invalid) as refused:
        load_bundle(b'{"objects": [{"type": "identity", "x": [[[' + deep + b"]]]}]}")

    assert refused.value.code == "nesting_too_deep"


def test_nesting_that_the_decoder_itself_refuses_has_the_same_code() -> None:
    with pytest.raises(Invalid) as refused:
        load_bundle(b'{"objects": [' + b"[" * 5000 + b"]" * 5000 + b"]}")

    assert refused.value.code == "nesting_too_deep"


def test_technique_record_holds_what_the_object_says() -> None:
    cited = {"source_name": "Some Paper", "url": "https://paper.example/1", "description": "A paper."}
    other = {"source_name": "capec", "external_id": "CAPEC-9", "url": "javascript:alert(1)"}
    own = technique(1, "T1059.001")["external_references"]
    parent = technique(2, "T1059")
    child = technique(
        1,
        "T1059.001",
        name="PowerShell",
        description="Runs `<command>`.",
        external_references=[other, cited, *own],
        x_mitre_platforms=["macOS", "Linux"],
        x_mitre_is_subtechnique=True,
        x_mitre_version="1.4",
        kill_chain_phases=[
            {"kill_chain_name": "mitre-attack", "phase_name": "persistence"},
            {"kill_chain_name": "mitre-attack", "phase_name": "execution"},
            {"kill_chain_name": "some-other", "phase_name": "Whatever"},
        ],
    )

    records, _ = parse(child, parent, relation(1, "subtechnique-of", child, parent))

    assert records[child["id"]] == {
        "stix_id": child["id"],
        "attack_id": "T1059.001",
        "name": "PowerShell",
        "description": "Runs `<command>`.",
        "url": "https://attack.example/T1059.001",
        "version": "1.4",
        "created": STAMP,
        "modified": STAMP,
        "revoked": False,
        "deprecated": False,
        "references": [
            {"source_name": "capec", "external_id": "CAPEC-9", "url": None, "description": None},
            {
                "source_name": "Some Paper",
                "external_id": None,
                "url": "https://paper.example/1",
                "description": "A paper.",
            },
        ],
        "domain": "enterprise",
        "tactics": ["execution", "persistence"],
        "platforms": ["Linux", "macOS"],
        "is_subtechnique": True,
        "parent_stix_id": parent["id"],
        "parent_attack_id": "T1059",
        "detection": "",
        "permissions_required": [],
        "data_sources": [],
        "contributors": [],
    }


def test_tactics_take_their_place_from_the_active_matrix_even_if_a_dead_one_comes_first() -> None:
    own = [{"source_name": "mitre-attack", "external_id": "mobile-attack"}]
    first, second = (
        make("x-mitre-tactic", number, f"TA000{number}", x_mitre_shortname=name)
        for number, name in ((1, "initial-access"), (2, "execution"))
    )
    gone = make("x-mitre-tactic", 3, "TA0003", x_mitre_shortname="network-effects", x_mitre_deprecated=True)
    dead = make("x-mitre-matrix", 1, x_mitre_deprecated=True, tactic_refs=[gone["id"]], external_references=own)
    live = make("x-mitre-matrix", 2, tactic_refs=[second["id"], first["id"]], external_references=own)

    records, tally = parse(dead, live, first, second, gone, technique(1, "T1400"), domain="mobile")

    assert {records[item["id"]]["shortname"]: records[item["id"]]["position"] for item in (first, second, gone)} == {
        "execution": 0,
        "initial-access": 1,
        "network-effects": None,
    }
    assert tally.without_record == Counter({"x-mitre-matrix": 2})


def test_id_of_a_dead_mitigation_does_not_become_the_technique() -> None:
    live = technique(1, "T1174")
    dead = make("course-of-action", 2, "T1174", x_mitre_deprecated=True)

    records, tally = parse(dead, live)

    assert tally.records == Counter(technique=1, mitigation=1)
    assert (records[dead["id"]]["attack_id"], records[dead["id"]]["deprecated"]) == ("T1174", True)
    assert records[live["id"]]["deprecated"] is False


@pytest.mark.parametrize(("name", "attack_id"), [("mitre-mobile-attack", "T1400"), ("mitre-ics-attack", "T0800")])
def test_dead_objects_of_mobile_and_ics_are_known_by_their_own_source_name(name: str, attack_id: str) -> None:
    references = [{"source_name": "other"}, {"source_name": name, "external_id": attack_id}]

    records, _ = parse(technique(1, "T1", external_references=references))

    assert records[stix_id("attack-pattern", 1)]["attack_id"] == attack_id


def test_usual_source_name_goes_first_wherever_it_stands() -> None:
    references = [
        {"source_name": "mitre-ics-attack", "external_id": "T0800"},
        {"source_name": "mitre-attack", "external_id": "T1234"},
    ]

    records, _ = parse(technique(1, "T1", external_references=references))

    assert records[stix_id("attack-pattern", 1)]["attack_id"] == "T1234"


def test_chains_of_revocation_are_followed_to_their_end() -> None:
    old, middle, end, lost, left, right = (
        technique(number, f"T100{number}", revoked=number != 3) for number in range(1, 7)
    )
    records, _ = parse(
        old,
        middle,
        end,
        lost,
        left,
        right,
        relation(1, "revoked-by", old, middle),
        relation(2, "revoked-by", middle, end),
        relation(3, "revoked-by", left, right),
        relation(4, "revoked-by", right, left),
        relation(5, "revoked-by", lost, end, revoked=True),
    )

    ends = {
        record["attack_id"]: (record["direct_attack_id"], record["final_attack_id"])
        for key, record in records.items()
        if key.startswith("revocation ")
    }
    assert ends == {
        "T1001": ("T1002", "T1003"),
        "T1002": ("T1003", "T1003"),
        "T1004": (None, None),
        "T1005": ("T1006", None),
        "T1006": ("T1005", None),
    }


def test_link_is_kept_when_the_bundle_lacks_its_target() -> None:
    group = make("intrusion-set", 1, "G0001", aliases=["intrusion-set 1", "Other Name"])
    missing = stix_id("attack-pattern", 99)
    use = relation(1, "uses", group, missing, description="Seen once.")

    records, tally = parse(technique(1, "T1000"), group, use)

    link = records[use["id"]]
    assert (link["source_kind"], link["source_attack_id"]) == ("group", "G0001")
    assert (link["target_kind"], link["target_stix_id"], link["target_attack_id"]) == ("technique", missing, None)
    assert (link["relation"], link["description"], tally.skipped) == ("uses", "Seen once.", 0)
    assert records[group["id"]]["aliases"] == ["Other Name"]


def test_analytic_knows_its_strategy_and_log_sources() -> None:
    component = make("x-mitre-data-component", 1)
    analytic = make(
        "x-mitre-analytic",
        2,
        "AN0002",
        x_mitre_platforms=["Windows"],
        x_mitre_log_source_references=[
            {"x_mitre_data_component_ref": component["id"], "name": "WinEventLog:Sysmon", "channel": "EventCode=1"}
        ],
        x_mitre_mutable_elements=[{"field": "TimeWindow", "description": "How long."}],
    )
    strategy = make("x-mitre-detection-strategy", 3, "DET0003", x_mitre_analytic_refs=[analytic["id"]])

    records, tally = parse(technique(1, "T1000"), analytic, component, strategy)

    assert records[analytic["id"]]["strategy_stix_id"] == strategy["id"]
    assert records[analytic["id"]]["log_sources"] == [
        {"name": "WinEventLog:Sysmon", "channel": "EventCode=1", "data_component_stix_id": component["id"]}
    ]
    assert records[analytic["id"]]["mutable_elements"] == [{"field": "TimeWindow", "description": "How long."}]
    assert records[component["id"]]["attack_id"] is None
    assert tally.skipped == 0


def test_platform_none_of_ics_is_no_platform() -> None:
    phases = [{"kill_chain_name": "mitre-ics-attack", "phase_name": "impair-process-control"}]

    records, _ = parse(
        technique(1, "T0800", x_mitre_platforms=["None"], kill_chain_phases=phases),
        technique(2, "T0895", x_mitre_platforms=None, kill_chain_phases=phases),
        domain="ics",
    )

    assert [(record["platforms"], record["domain"]) for record in records.values()] == [([], "ics"), ([], "ics")]


def test_both_versions_of_stix_and_the_bundles_of_all_domains_hash_alike() -> None:
    old = make("malware", 1, "S0001", labels=["malware"], x_mitre_domains=["ics-attack", "enterprise-attack"])
    new = {name: old[name] for name in reversed(old) if name != "labels"}
    new |= {"spec_version": "2.1", "is_family": True, "x_mitre_domains": ["enterprise-attack"]}

    assert canonical(old) == canonical(new)
    assert hash_of(technique(9, "T1000"), old, of=old["id"]) == hash_of(technique(9, "T1000"), new, of=new["id"])


@pytest.mark.parametrize("change", [{"description": "Other."}, {"x_unknown": 1}, {"revoked": True}])
def test_any_change_of_value_changes_the_hash_whatever_modified_says(change: dict[str, object]) -> None:
    before, after = technique(1, "T1000"), technique(1, "T1000") | change

    assert hash_of(before, of=before["id"]) != hash_of(after, of=after["id"])


def test_hash_covers_what_other_objects_say_of_a_record() -> None:
    child, parent = technique(1, "T1000.001", x_mitre_is_subtechnique=True), technique(2, "T1000")

    alone = hash_of(child, parent, of=child["id"])
    placed = hash_of(child, parent, relation(1, "subtechnique-of", child, parent), of=child["id"])

    assert alone != placed


def test_of_two_objects_with_one_id_the_newest_is_kept() -> None:
    newer = technique(1, "T1000", name="Newer", modified="2025-01-01T00:00:00.000Z")
    for order in ([technique(1, "T1000"), newer], [newer, technique(1, "T1000")]):
        records, tally = parse(*order)

        assert [record["name"] for record in records.values()] == ["Newer"]
        assert [problem.code for problem in tally.problems] == ["duplicate_key"]


def test_every_object_is_counted_exactly_once() -> None:
    objects: list[object] = [
        technique(1, "T1000"),
        technique(1, "T1000"),
        make("identity", 1),
        make("marking-definition", 1),
        make("x-mitre-asset", 1, "A0001"),
        make("indicator", 1),
        "text",
        relation(1, "targets", technique(1, "T1000"), make("x-mitre-asset", 1)),
    ]

    _, tally = parse(*objects)

    assert tally.objects == len(objects) == 8
    assert tally.records == Counter(technique=1, reference_object=1, link=1)
    assert tally.without_record == Counter({"identity": 1, "marking-definition": 1})
    assert tally.skipped == 3
    assert tally.objects == tally.records.total() + tally.without_record.total() + tally.skipped


def test_lines_of_output_hold_neither_tab_nor_line_break() -> None:
    items, _ = parse_items(technique(1, "T1000", description="one\ttwo\nthree\r\u2028four\x01"))

    assert not any(mark in items[0].data for mark in (b"\t", b"\n", b"\r", b"\x01"))


def test_domain_is_told_by_collection_matrix_or_techniques() -> None:
    mobile = {"type": "x-mitre-collection", "id": "x-mitre-collection--dac0d2d7-8653-445c-9bff-82f934c1e858"}
    matrix = make(
        "x-mitre-matrix", 1, external_references=[{"source_name": "mitre-attack", "external_id": "ics-attack"}]
    )

    assert domain_of([technique(1, "T1000"), mobile]) == "mobile"
    assert domain_of([technique(1, "T1000"), matrix]) == "ics"
    assert domain_of([technique(1, "T1000")]) == "enterprise"
    assert domain_of([make("malware", 1)]) is None
