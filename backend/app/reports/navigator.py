"""The matrix as a layer of ATT&CK Navigator, format 4.5."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.domain.wording import counted
from app.reports.matrix_look import (
    GRADIENT,
    LAYER_NAMES,
    STATUS_COLOURS,
    STATUS_NAMES,
    shown_value,
    top_of,
)
from app.reports.matrix_strips import Strip, strips_of

FORMAT: Final = "4.5"
NAVIGATOR: Final = "5.2.0"
DOMAINS: Final = {"enterprise": "enterprise-attack", "mobile": "mobile-attack", "ics": "ics-attack"}
_ATTACK_ID: Final = re.compile(r"T\d{4}(\.\d{3})?")
_UNCOUNTED: Final = frozenset({"out_of_scope", "not_applicable"})


def navigator_layer(
    heatmap: Mapping[str, Any],
    *,
    filters: Sequence[tuple[str, str]] = (),
    overlay: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A layer file. Techniques of our own are left out: the Navigator knows ATT&CK's only.

    A layer has one score a cell: a second layer, and one laid over, stand in the metadata and the comment.
    filters: what the matrix was narrowed to, as name and value.
    """
    layer, moment = str(heatmap["layer"]), heatmap["as_of"]
    assert isinstance(moment, datetime)
    cells = [cell for cell in heatmap["cells"] if _ATTACK_ID.fullmatch(cell["attack_id"])]
    parents = {cell["parent"] for cell in cells if cell["parent"]}
    release = heatmap["attack_version"]
    versions = {"navigator": NAVIGATOR, "layer": FORMAT}
    if release:
        # The Navigator offers main releases.
        versions["attack"] = str(release).partition(".")[0]
    strips = strips_of(heatmap, overlay)
    title = " and ".join([LAYER_NAMES[layer], *(strip.label for strip in strips)])
    said = [("as of", moment.isoformat()), ("ATT&CK release", str(release or "unknown")), *filters]
    return {
        "name": f"Aegis: {title}",
        "versions": versions,
        "domain": DOMAINS[heatmap["domain"]],
        "description": f"{title} as of {moment:%Y-%m-%d %H:%M} UTC.",
        "sorting": 0,
        "layout": {
            "layout": "side",
            "showID": True,
            "showName": True,
            "showAggregateScores": False,
            "countUnscored": False,
            "aggregateFunction": "average",
            "expandedSubtechniques": "none",
        },
        "hideDisabled": False,
        "techniques": [_technique(layer, cell, cell["attack_id"] in parents, strips) for cell in cells],
        "gradient": {"colors": list(GRADIENT), "minValue": 0, "maxValue": top_of(layer, (c["value"] for c in cells))},
        "legendItems": _legend() if layer == "coverage" else [],
        "showTacticRowBackground": False,
        "tacticRowBackground": "#dddddd",
        "selectTechniquesAcrossTactics": True,
        "selectSubtechniquesWithParent": False,
        "selectVisibleTechniques": False,
        "metadata": [{"name": name, "value": value} for name, value in said],
        "links": [],
    }


def _technique(layer: str, cell: Mapping[str, Any], is_parent: bool, strips: Sequence[Strip]) -> dict[str, Any]:
    key = (cell["attack_id"], cell["tactic"])
    beside = [(strip.label, strip.marks[key].said) for strip in strips if key in strip.marks]
    made: dict[str, Any] = {
        "techniqueID": cell["attack_id"],
        "tactic": cell["tactic"],
        "comment": "; ".join([_comment(cell), *(f"{name}: {words}" for name, words in beside)]),
        "enabled": cell["status"] not in _UNCOUNTED,
        "metadata": [
            {"name": "status", "value": STATUS_NAMES[cell["status"]]},
            {"name": "proven", "value": "yes" if cell["proven"] else "no"},
            *({"name": name, "value": f"{value:g}"} for name, value in cell["detail"].items() if value is not None),
            *({"name": name, "value": words} for name, words in beside),
        ],
        "links": [],
        "showSubtechniques": is_parent,
    }
    value = shown_value(layer, cell["value"])
    if value is not None:
        made["score"] = round(value, 1)
    if layer == "coverage":
        made["color"] = STATUS_COLOURS[cell["status"]]
    return made


def _comment(cell: Mapping[str, Any]) -> str:
    words = [STATUS_NAMES[cell["status"]]]
    if cell["units"] > 1:
        words.append(f"{cell['units_validated']} of {counted(cell['units'], 'unit')} validated")
    words += [counted(cell["tests"], "test")] if cell["tests"] else []
    words += [f"last executed {cell['last_executed_at']:%Y-%m-%d}"] if cell["last_executed_at"] else []
    return "; ".join(words)


def _legend() -> list[dict[str, str]]:
    return [{"label": STATUS_NAMES[status], "color": colour} for status, colour in STATUS_COLOURS.items()]
