"""D3FEND answers of our own making, in upstream's format."""

import json

import pytest

from app.errors import Invalid
from tests.support.parsing import parse_files

MODULE = "app.importers.d3fend.parser"
BASE = "http://d3fend.mitre.org/ontologies/d3fend.owl#"
TECHNIQUES = {
    "@graph": [
        {"@id": "d3f:FileAnalysis", "d3f:d3fend-id": "D3-FA", "rdfs:label": "File Analysis"},
        {
            "@id": "d3f:FileHashing",
            "d3f:d3fend-id": "D3-FH",
            "rdfs:label": {"@value": "File Hashing"},
            "d3f:synonym": ["Hashing", "Digests"],
        },
        {"@id": "d3f:Nameless"},
    ]
}
MATRIX = [
    {
        "@id": "d3f:Detect",
        "rdfs:label": "Detect",
        "children": [
            {
                "@id": "d3f:FileAnalysis",
                "d3f:d3fend-id": "D3-FA",
                "d3f:definition": "Looking into files.",
                "children": [{"@id": "d3f:FileHashing", "d3f:d3fend-id": "D3-FH"}],
            }
        ],
    }
]


def row(defence: str | None, attack_id: str, *, with_id: bool = True, tactic: str = "Execution") -> dict[str, object]:
    cells = {"off_tech": f"{BASE}{attack_id}", "off_tactic_label": tactic, "def_artifact_label": "File"}
    if with_id:
        cells["off_tech_id"] = attack_id
    if defence:
        cells |= {"def_tech": f"{BASE}{defence}", "def_artifact_rel_label": "analyzes", "def_tactic_label": "Detect"}
    return {name: {"type": "literal", "value": value} for name, value in cells.items()}


def table(*rows: dict[str, object]) -> dict[str, object]:
    return {"head": {"vars": []}, "results": {"bindings": list(rows)}}


def parsed(**more: object):
    files = {"matrix.json": MATRIX, "technique/all.json": TECHNIQUES, **more}
    return parse_files(MODULE, {path: json.dumps(value) for path, value in files.items()})


BULK = "ontology/inference/d3fend-full-mappings.json"


def test_techniques_with_their_place_and_mappings():
    rows = [row("FileAnalysis", "T1059"), row("FileAnalysis", "T1059", tactic="Impact"), row(None, "T1001")]
    found = parsed(**{BULK: table(*rows, row("FileHashing", "T1036.005", with_id=False))})
    analysis, hashing = found.records
    assert (analysis.key, analysis.tactic, analysis.tactic_position, analysis.parent_key) == (
        "d3fend:D3-FA",
        "Detect",
        0,
        None,
    )
    assert analysis.description == "Looking into files."
    assert [(link.attack_id, link.details) for link in analysis.techniques] == [
        ("T1059", {"artifacts": ["analyzes File"]})
    ]
    assert (hashing.name, hashing.synonyms, hashing.parent_key) == (
        "File Hashing",
        ["Hashing", "Digests"],
        "d3fend:D3-FA",
    )
    assert [link.attack_id for link in hashing.techniques] == ["T1036.005"]
    assert found.codes == {"technique/all.json#Nameless": "missing_field"}


def test_the_bulk_file_goes_before_single_answers():
    single = {"def_to_off": table(row("FileAnalysis", "T1001")), "description": {"@graph": []}}
    found = parsed(**{"technique/d3f:FileAnalysis.json": single, BULK: table(row("FileAnalysis", "T1059"))})
    assert [link.attack_id for link in found.one("d3fend:D3-FA").techniques] == ["T1059"]
    found = parsed(**{"technique/d3f:FileAnalysis.json": single})
    assert [link.attack_id for link in found.one("d3fend:D3-FA").techniques] == ["T1001"]


def test_answers_for_single_attack_techniques():
    found = parsed(
        **{
            "crawl/T1059.json": {"off_to_def": table(row("FileAnalysis", "T1059"), row(None, "T1059"))},
            "crawl/T1001.json": {"off_to_def": table()},
            "missing.json": ["T1546"],
        }
    )
    assert [link.attack_id for link in found.one("d3fend:D3-FA").techniques] == ["T1059"]
    assert found.codes["offensive-technique/attack/T1546.json"] == "upstream_not_found"


def test_mappings_of_a_technique_that_is_not_listed_are_a_problem():
    found = parsed(**{BULK: table(row("Unheard", "T1059"))})
    assert found.codes["Unheard"] == "unknown_countermeasure"
    assert len(found.items) == 2


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        ("matrix.json", "[", "invalid_json"),
        ("technique/all.json", "<html>", "invalid_json"),
        ("technique/all.json", "{}", "invalid_item"),
        (BULK, '{"results": {"bindings": [', "invalid_json"),
        (BULK, json.dumps(table()), "invalid_item"),
        ("technique/d3f:FileAnalysis.json", "\xff", "invalid_json"),
        ("crawl/T1059.json", "[" * 200 + "]" * 200, "nesting_too_deep"),
    ],
)
def test_nothing_is_taken_from_an_answer_that_broke_off(path: str, text: str, code: str):
    files = {"matrix.json": json.dumps(MATRIX), "technique/all.json": json.dumps(TECHNIQUES), path: text}
    with pytest.raises(Invalid) as raised:
        parse_files(MODULE, files)
    assert raised.value.code == code


def test_an_answer_of_another_shape_is_a_problem_and_no_matrix_is_none():
    files = {"technique/all.json": json.dumps(TECHNIQUES), "technique/search.json": "[]"}
    found = parse_files(MODULE, {**files, BULK: json.dumps(table(row("FileAnalysis", "T1059")))})
    assert found.codes["technique/search.json"] == "invalid_item"
    assert [record.tactic for record in found.records] == ["Detect", None]
