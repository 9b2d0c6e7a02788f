"""What stands in the cells of the matrix beside its layer: a second layer, and a layer of others laid over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.reports.matrix_look import (
    LAYER_NAMES,
    NOTHING,
    blend,
    colour_of,
    legend_of,
    number_text,
    opaque,
    shown_value,
    top_of,
)

SCALE: Final[tuple[str, ...]] = ("#ff6666", "#ffe766", "#8ec843")
"""The Navigator's own colours, for scores of a layer that names none."""
COMMENT_SHOWN: Final = 200
UNNAMED: Final = "Layer laid over"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a strip has in one cell."""

    text: str
    """Short: a number, or a word in its place."""
    colour: str
    """`#rrggbb`."""
    said: str
    """In words, apart from the label of the strip."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One more value in each cell."""

    label: str
    marks: Mapping[tuple[str, str], Mark]
    """By ATT&CK id and short name of the tactic."""
    legend: Sequence[tuple[str, str]]
    """Words and colours."""


def strips_of(heatmap: Mapping[str, Any], overlay: Mapping[str, Any] | None) -> list[Strip]:
    """The second layer, when one is asked for, and the layer laid over, when there is one."""
    strips = [_second(heatmap)] if heatmap["compare"] is not None else []
    return [*strips, _laid_over(overlay)] if overlay is not None else strips


def _second(heatmap: Mapping[str, Any]) -> Strip:
    layer, cells = str(heatmap["compare"]), heatmap["cells"]
    top = top_of(layer, (cell["compare"] for cell in cells))
    marks = {}
    for cell in cells:
        text = number_text(shown_value(layer, cell["compare"]))
        colour = colour_of(layer, cell["status"], cell["compare"], top)
        marks[cell["attack_id"], cell["tactic"]] = Mark(text, colour, text or "nothing known")
    return Strip(LAYER_NAMES[layer], marks, legend_of(layer, top))


def _laid_over(overlay: Mapping[str, Any]) -> Strip:
    scale = overlay["gradient"]
    if scale is None:
        colours, low, high = SCALE, 0.0, 100.0
    else:
        colours, low, high = tuple(map(opaque, scale["colors"])), scale["min"], scale["max"]
    marks = {}
    for cell in overlay["cells"]:
        score, colour = cell["score"], NOTHING
        if cell["color"] is not None:
            colour = opaque(cell["color"])
        elif score is not None:
            colour = blend(colours, (score - low) / (high - low))
        marks[cell["attack_id"], cell["tactic"]] = Mark(_short(cell), colour, _words(cell))
    scored = any(cell["score"] is not None and cell["color"] is None for cell in overlay["cells"])
    ends = [(f"{low:g}", colours[0]), (f"{high:g}", colours[-1])] if scored else []
    named = [(item["label"], opaque(item["color"])) for item in overlay["legend"]]
    return Strip(overlay["name"] or UNNAMED, marks, [*ends, *named])


def _short(cell: Mapping[str, Any]) -> str:
    if not cell["enabled"]:
        return "off"
    if cell["score"] is not None:
        return f"{cell['score']:g}"[:6]
    return "note" if cell["comment"] else "yes"


def _words(cell: Mapping[str, Any]) -> str:
    score = "no score" if cell["score"] is None else f"{cell['score']:g}"
    comment = cell["comment"] if len(cell["comment"]) <= COMMENT_SHOWN else f"{cell['comment'][:COMMENT_SHOWN]}…"
    return ", ".join(filter(None, (score, "" if cell["enabled"] else "switched off", comment)))
