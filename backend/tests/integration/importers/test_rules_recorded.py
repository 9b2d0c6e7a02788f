"""Sigma, Elastic, D3FEND and compliance at each recorded moment, against the counts that came with the recording."""

import json
import shutil
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.support.parsing import Parsed, increment, parse_path

pytestmark = pytest.mark.recorded

SIGMA = "app.importers.sigma.parser"
ELASTIC = "app.importers.elastic.parser"
D3FEND = "app.importers.d3fend.parser"
COMPLIANCE = "app.importers.compliance.parser"


@pytest.fixture(scope="module")
def expected(recorded_content: Path):
    return json.loads((recorded_content / "expected" / "counts.json").read_text())


@cache
def sigma(content: Path, state: str) -> Parsed:
    return parse_path(SIGMA, content / f"github/SigmaHQ/sigma{state}.tar.gz")


@cache
def elastic(content: Path, state: str) -> Parsed:
    return parse_path(ELASTIC, content / f"github/elastic/detection-rules{state}.tar.gz")


def named(counter: Counter[object]) -> dict[str, int]:
    return {str(key): number for key, number in counter.items()}


@pytest.mark.parametrize("state", ["", "@attack18", "@older"])
def test_sigma(recorded_content: Path, expected, state):
    counts = expected[f"github/SigmaHQ/sigma{state}.tar.gz"]
    found = sigma(recorded_content, state)
    twice = counts["ids_used_twice"]
    assert found.problems == ()
    assert sorted(found.duplicates) == [f"sigma:{identity}" for identity in twice]
    assert len(found.items) + len(twice) == counts["rule_documents"]
    assert sum("#" in record.key for record in found.records) == counts["without_id"]
    assert sum(1 for record in found.records if record.techniques) <= counts["rules_with_technique_tag"]
    techniques = {link.attack_id for record in found.records for link in record.techniques}
    assert len(techniques) == counts["techniques"]["distinct"]
    if twice:
        return
    assert named(Counter(record.status for record in found.records)) == counts["status"]
    assert named(Counter(record.level for record in found.records)) == counts["level"]
    assert Counter(record.path.split("/")[0] for record in found.records) == counts["rules_by_top_folder"]
    assert sum(bool(record.techniques) for record in found.records) == counts["rules_with_technique_tag"]


def test_sigma_through_time(recorded_content: Path):
    older, attack18, head = (sigma(recorded_content, state) for state in ("@older", "@attack18", ""))
    assert increment(older, attack18) == {"added": 208, "removed": 0, "updated": 1130}
    assert increment(attack18, head) == {"added": 37, "removed": 0, "updated": 1684}
    assert increment(head, head) == {"added": 0, "removed": 0, "updated": 0}


@pytest.mark.parametrize("state", ["", "@older"])
def test_elastic(recorded_content: Path, expected, state):
    counts = expected[f"github/elastic/detection-rules{state}.tar.gz"]
    found = elastic(recorded_content, state)
    records = found.of("rule")
    assert (found.problems, found.duplicates) == ((), ())
    assert len(records) == counts["distinct_rule_ids"]
    assert named(Counter(record.status for record in records)) == counts["maturity"]
    assert named(Counter(record.level for record in records)) == counts["severity"]
    assert named(Counter(record.raw["type"] for record in records)) == counts["type"]
    assert sum(not record.query for record in records) == counts["rules_without_query"]
    assert sum(bool(record.techniques) for record in records) == counts["all"]["with_technique"]
    with_sub = sum(any("." in link.attack_id for link in record.techniques) for record in records)
    assert with_sub == counts["all"]["with_subtechnique"]
    ids = {link.attack_id for record in records for link in record.techniques}
    assert len(ids) == counts["techniques_and_subtechniques"]["distinct"]


def rules_alone(found: Parsed) -> Parsed:
    items = tuple(item for item in found.items if item.record.kind == "rule")
    return Parsed(items, found.problems, found.duplicates, found.version)


def test_elastic_tells_what_became_of_techniques(recorded_content: Path):
    redirects = {(item.old_id, item.new_id): item for item in elastic(recorded_content, "").of("redirect")}
    later = redirects["T1562.001", "T1685"]
    assert (later.from_version, later.to_version) == ("18", "19")
    assert redirects["T1002", "T1560"].to_version is None


def test_elastic_through_time(recorded_content: Path):
    older, head = (rules_alone(elastic(recorded_content, state)) for state in ("@older", ""))
    assert increment(older, head) == {"added": 622, "removed": 4, "updated": 1406}
    maturity = {record.key: record.status for record in older.records}
    moves = Counter((maturity[record.key], record.status) for record in head.records if record.key in maturity)
    assert moves["production", "deprecated"] == 40
    assert moves["deprecated", "production"] == 16


def test_d3fend_in_both_forms(recorded_content: Path, expected, tmp_path: Path):
    counts = expected["d3fend/"]
    archive = recorded_content / "d3fend" / "d3fend-api-0.17.0.tar.gz"
    found = parse_path(D3FEND, archive)
    assert found.problems == ()
    assert len(found.records) == counts["defensive_techniques"]
    assert Counter(record.tactic for record in found.records) == counts["tactics"]
    pairs = [(record.key, link.attack_id) for record in found.records for link in record.techniques]
    assert len(pairs) == len(set(pairs)) == counts["bulk"]["distinct_defence_technique_pairs"]
    assert len({pair[0] for pair in pairs}) == counts["bulk"]["distinct_defences"]
    assert len({pair[1] for pair in pairs}) == counts["bulk"]["techniques"]["distinct"]
    bulk = tmp_path / "ontology" / "inference"
    bulk.mkdir(parents=True)
    recorded = recorded_content / "d3fend" / "assembled" / "d3fend-full-mappings.json.gz"
    shutil.copy(recorded, bulk / "d3fend-full-mappings.json")
    (tmp_path / "technique").mkdir()
    for name in ("matrix.json", "technique/all.json"):
        (tmp_path / name).write_bytes(_member(archive, name))
    assert parse_path(D3FEND, tmp_path).hashes == found.hashes


def _member(archive: Path, name: str) -> bytes:
    from app.importers.archive import iter_members  # noqa: PLC0415  only this test opens an archive itself
    from app.importers.limits import ArchiveLimits  # noqa: PLC0415

    [data] = [data for path, data in iter_members(archive, ArchiveLimits(), lambda path: path == name)]
    return data


def test_compliance_mappings(recorded_content: Path, expected):
    explorer = "github/center-for-threat-informed-defense/mappings-explorer.tar.gz"
    found = parse_path(COMPLIANCE, recorded_content / explorer, "mappings")
    assert (found.problems, found.duplicates) == ((), ())
    mappings = found.of("mapping")
    for path, counts in expected[explorer].items():
        _, framework, _, folder, *_ = path.split("/")
        key = f"{framework}:{folder.removeprefix(f'{framework}-')}"
        ours = [item for item in mappings if item.control_key.startswith(f"{key}:")]
        assert len(ours) == counts["mappings"], key
        pairs = {(item.control_key, item.attack_id) for item in ours}
        assert len(pairs) == counts["distinct_capability_technique_pairs"], key
        assert len({pair[1] for pair in pairs}) == counts["techniques"]["distinct"], key
        # Revision 4 has SC-8 in two spellings.
        spellings = 1 if key == "nist_800_53:rev4" else 0
        assert len({pair[0] for pair in pairs}) == counts["mapped_capabilities"] - spellings, key
        assert {item.attack_version for item in ours} == {counts["attack_version"]}, key


def test_oscal_catalogues(recorded_content: Path):
    found = parse_path(COMPLIANCE, recorded_content / "github/usnistgov/oscal-content.tar.gz", "oscal")
    assert (found.problems, found.duplicates) == ((), ())
    controls = found.of("control")
    rev4 = [item for item in controls if item.framework_key == "nist_800_53:rev4"]
    assert (len(rev4), sum(item.withdrawn for item in rev4)) == (256 + 666, 96)
    assert Counter(name for item in rev4 for name in item.baselines) == {"LOW": 124, "MODERATE": 261, "HIGH": 343}
    rev5 = [item for item in controls if item.framework_key == "nist_800_53:rev5"]
    members = Counter(name for item in rev5 for name in item.baselines)
    assert members == {"LOW": 149, "MODERATE": 287, "HIGH": 370, "PRIVACY": 96}


def test_the_full_catalogue_of_2021(recorded_content: Path):
    found = parse_path(COMPLIANCE, recorded_content / "github/usnistgov/oscal-content@2021-06.tar.gz", "oscal")
    controls = found.of("control")
    assert len(controls) == 1189
    assert sum("(" in item.control_id for item in controls) == 867
    assert sum(item.withdrawn for item in controls) == 182
    assert len({item.family for item in controls}) == 20
