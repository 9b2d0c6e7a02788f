"""The matrix as a drawing (SVG) that prints on one wide page."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from app.reports.matrix_look import (
    LAYER_NAMES,
    STATUS_NAMES,
    colour_of,
    ink_on,
    legend_of,
    number_text,
    shown_value,
    top_of,
)
from app.reports.matrix_strips import Strip, strips_of

_GAP: Final = 8
_CELL: Final = 150
_STRIP: Final = 34
_ROW: Final = 18
_INDENT: Final = 10
_MARGIN: Final = 20
_HEAD: Final = 92
_LEGEND: Final = 110
"""Width of an item of the legend."""
_LETTER: Final = 5.7
"""Width of a letter, rather too much than too little."""
# XML has no way to write these, not even escaped.
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _Look:
    """How a cell is drawn."""

    layer: str
    top: float
    strips: Sequence[Strip]

    @property
    def width(self) -> int:
        """Of a cell with what stands beside its layer."""
        return _CELL + _STRIP * len(self.strips)


def matrix_drawing(heatmap: Mapping[str, Any], overlay: Mapping[str, Any] | None = None) -> str:
    """A whole SVG document. Black text on white and pale colours: it prints.

    A second layer, and a layer laid over, have a piece of their own at the right of each cell.
    """
    layer, moment = str(heatmap["layer"]), heatmap["as_of"]
    assert isinstance(moment, datetime)
    columns: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for cell in heatmap["cells"]:
        columns[cell["tactic"]].append(cell)
    tactics, strips = heatmap["tactics"], strips_of(heatmap, overlay)
    look = _Look(layer, top_of(layer, (cell["value"] for cell in heatmap["cells"])), strips)
    column, head = look.width + _GAP, _HEAD + _ROW * len(strips)
    width = 2 * _MARGIN + max(len(tactics), 4) * column
    height = head + _MARGIN + _ROW * (2 + max((len(cells) for cells in columns.values()), default=0))
    names = " and ".join([LAYER_NAMES[layer], *(strip.label for strip in strips)])
    title = f"{names}: ATT&CK {heatmap['domain']} {heatmap['attack_version'] or ''}".strip()
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="system-ui, sans-serif" font-size="9">',
        f"<title>{_text(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_MARGIN}" y="34" font-size="18" font-weight="600">{_text(_cut(title, width // 10))}</text>',
        f'<text x="{_MARGIN}" y="52" fill="#555555">As of {moment:%Y-%m-%d %H:%M} UTC</text>',
        *_legends(look, width),
    ]
    for number, tactic in enumerate(tactics):
        left = _MARGIN + number * column
        parts.append(
            f'<text x="{left}" y="{head + 10}" font-size="10" font-weight="600">{_text(tactic["name"])}</text>'
        )
        for row, cell in enumerate(columns[tactic["shortname"]]):
            parts += _cell(look, cell, left=left, above=head + _ROW * (row + 1))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _cell(look: _Look, cell: Mapping[str, Any], *, left: int, above: int) -> Sequence[str]:
    indent = _INDENT if cell["parent"] else 0
    number = number_text(shown_value(look.layer, cell["value"]))
    room = max(1, int((_CELL - indent - 8) / _LETTER) - len(cell["attack_id"]) - len(number) - 1)
    words = f"{cell['attack_id']} {cell['name']}: {STATUS_NAMES[cell['status']]}" + (f", {number}" if number else "")
    shown = f"{cell['attack_id']} {_cut(cell['name'], room)}"
    fill = colour_of(look.layer, cell["status"], cell["value"], look.top)
    ink = ink_on(fill)
    # A claimed value, without a result behind it, is drawn with a broken line.
    line = "" if cell["proven"] or look.layer != "score" else ' stroke-dasharray="3 2"'
    box = f'x="{left + indent}" y="{above}" width="{_CELL - indent}" height="{_ROW - 2}"'
    pieces, baseline = [], above + 11
    for place, strip in enumerate(look.strips):
        mark = strip.marks.get((cell["attack_id"], cell["tactic"]))
        if mark is not None:
            words += f"; {strip.label}: {mark.said}"
            pieces.append(_piece(mark.text, mark.colour, left=left + _CELL + place * _STRIP, above=above))
    return (
        f"<g><title>{_text(words)}</title>",
        f'<rect {box} fill={quoteattr(fill)} stroke="#9aa0a6" stroke-width="0.5"{line}/>',
        f'<text x="{left + indent + 3}" y="{baseline}" fill="{ink}">{_text(shown)}</text>',
        f'<text x="{left + _CELL - 3}" y="{baseline}" fill="{ink}" text-anchor="end">{number}</text>',
        *pieces,
        "</g>",
    )


def _piece(text: str, colour: str, *, left: int, above: int) -> str:
    return (
        f'<rect x="{left}" y="{above}" width="{_STRIP}" height="{_ROW - 2}" fill={quoteattr(colour)} stroke="#9aa0a6"'
        f' stroke-width="0.5"/><text x="{left + _STRIP // 2}" y="{above + 11}" fill="{ink_on(colour)}"'
        f' text-anchor="middle">{_text(text)}</text>'
    )


def _legends(look: _Look, width: int) -> list[str]:
    """A line for the layer, and one for each that stands beside it: then every line says whose it is."""
    own = legend_of(look.layer, look.top)
    if not look.strips:
        return _legend(own, left=_MARGIN, above=64, width=width)
    drawn = []
    lines = [(LAYER_NAMES[look.layer], own), *((strip.label, strip.legend) for strip in look.strips)]
    for number, (label, items) in enumerate(lines):
        above = 64 + _ROW * number
        where = "Left" if number == 0 else "Right" if len(lines) == 2 else "Middle" if number == 1 else "Right"
        words = _text(_cut(f"{where}: {label}", 34))
        drawn.append(f'<text x="{_MARGIN}" y="{above + 9}" font-weight="600">{words}</text>')
        drawn += _legend(items, left=_MARGIN + 190, above=above, width=width)
    return drawn


def _legend(items: Sequence[tuple[str, str]], *, left: int, above: int, width: int) -> list[str]:
    fitting = items[: max(1, (width - _MARGIN - left) // _LEGEND)]
    return [
        f'<rect x="{left + _LEGEND * number}" y="{above}" width="12" height="12" fill={quoteattr(colour)}'
        f' stroke="#9aa0a6" stroke-width="0.5"/><text x="{left + _LEGEND * number + 17}" y="{above + 9}">'
        f"{_text(_cut(label, 17))}</text>"
        for number, (label, colour) in enumerate(fitting)
    ]


def _cut(words: str, letters: int) -> str:
    return words if len(words) <= letters else words[: max(letters - 1, 0)].rstrip() + "…"


def _text(words: object) -> str:
    return escape(_UNWRITABLE.sub(" ", str(words)))
