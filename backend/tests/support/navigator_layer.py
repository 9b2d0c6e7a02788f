"""What the published description of layer format 4.5 demands of a layer file."""

import re
from collections.abc import Collection, Mapping
from typing import Any

COLOUR = re.compile(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?")
TECHNIQUE_ID = re.compile(r"T\d{4}(\.\d{3})?")
BOOLEANS = (
    "hideDisabled",
    "showTacticRowBackground",
    "selectTechniquesAcrossTactics",
    "selectSubtechniquesWithParent",
    "selectVisibleTechniques",
)
LAYER_FIELDS = {
    "versions", "name", "description", "domain", "customDataURL", "filters", "sorting", "layout", "techniques",
    "gradient", "legendItems", "tacticRowBackground", "metadata", "links", *BOOLEANS,
}  # fmt: skip
TECHNIQUE_FIELDS = {
    "techniqueID", "tactic", "comment", "enabled", "score", "color", "metadata", "links", "showSubtechniques",
}  # fmt: skip
LAYOUT = {
    "layout": {"side", "flat", "mini"},
    "aggregateFunction": {"average", "min", "max", "sum"},
    "expandedSubtechniques": {"none", "all", "annotated"},
}


def number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_metadata(entries: object) -> None:
    assert isinstance(entries, list)
    for entry in entries:
        assert set(entry) == {"divider"} or set(entry) == {"name", "value"}, entry
        assert all(isinstance(text, str) and text for text in entry.values() if not isinstance(text, bool))


def check_layer(layer: Mapping[str, Any], *, tactics: Collection[str], techniques: Collection[str]) -> None:
    """Fail unless the Navigator would open the layer with all that is in it."""
    assert set(layer) <= LAYER_FIELDS
    assert isinstance(layer["name"], str)
    assert layer["name"]
    assert layer["domain"] in {"enterprise-attack", "mobile-attack", "ics-attack"}
    versions = layer["versions"]
    assert versions["layer"] == "4.5"
    assert tuple(map(int, versions["navigator"].split("."))) >= (4, 9, 0)
    assert re.fullmatch(r"\d+", versions["attack"])
    assert layer["sorting"] in {0, 1, 2, 3}
    assert all(isinstance(layer[name], bool) for name in BOOLEANS)
    for name, allowed in LAYOUT.items():
        assert layer["layout"][name] in allowed
    for name in ("showID", "showName", "showAggregateScores", "countUnscored"):
        assert isinstance(layer["layout"][name], bool)
    gradient = layer["gradient"]
    assert len(gradient["colors"]) >= 2
    assert all(COLOUR.fullmatch(colour) for colour in gradient["colors"])
    assert number(gradient["minValue"])
    assert number(gradient["maxValue"])
    assert gradient["maxValue"] > gradient["minValue"]
    for item in layer["legendItems"]:
        assert set(item) == {"label", "color"}
        assert item["label"]
        assert COLOUR.fullmatch(item["color"])
    assert COLOUR.fullmatch(layer["tacticRowBackground"])
    check_metadata(layer["metadata"])
    parents = {item["techniqueID"].partition(".")[0] for item in layer["techniques"] if "." in item["techniqueID"]}
    placed = set()
    for item in layer["techniques"]:
        assert set(item) <= TECHNIQUE_FIELDS
        assert TECHNIQUE_ID.fullmatch(item["techniqueID"])
        assert item["techniqueID"] in techniques
        assert item["tactic"] in tactics
        assert (item["techniqueID"], item["tactic"]) not in placed
        placed.add((item["techniqueID"], item["tactic"]))
        assert isinstance(item["enabled"], bool)
        assert isinstance(item["comment"], str)
        assert "score" not in item or gradient["minValue"] <= item["score"] <= gradient["maxValue"]
        assert "color" not in item or COLOUR.fullmatch(item["color"])
        assert not item["showSubtechniques"] or item["techniqueID"] in parents
        check_metadata(item["metadata"])
