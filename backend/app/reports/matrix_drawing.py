"""The matrix as a drawing (SVG) that prints on one wide page."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from app.reports.matrix_look import (
    GRADIENT,
    LAYER_NAMES,
    STATUS_COLOURS,
    STATUS_NAMES,
    colour_of,
    shown_value,
    top_of,
)

_COLUMN: Final = 158
_CELL: Final = 150
_ROW: Final = 18
_INDENT: Final = 10
_MARGIN: Final = 20
_HEAD: Final = 92
_LETTER: Final = 5.3
"""Width of a letter, rather too much than too little."""
# XML has no way to write these, not even escaped.
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def matrix_drawing(heatmap: Mapping[str, Any]) -> str:
    """A whole SVG document. Black text on white and pale colours: it prints."""
    layer, moment = str(heatmap["layer"]), heatmap["as_of"]
    assert isinstance(moment, datetime)
    columns: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for cell in heatmap["cells"]:
        columns[cell["tactic"]].append(cell)
    tactics = heatmap["tactics"]
    width = 2 * _MARGIN + max(len(tactics), 4) * _COLUMN
    height = _HEAD + _MARGIN + _ROW * (2 + max((len(cells) for cells in columns.values()), default=0))
    top = top_of(layer, heatmap["cells"])
    title = f"{LAYER_NAMES[layer]}: ATT&CK {heatmap['domain']} {heatmap['attack_version'] or ''}".strip()
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="system-ui, sans-serif" font-size="9">',
        f"<title>{_text(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_MARGIN}" y="34" font-size="18" font-weight="600">{_text(title)}</text>',
        f'<text x="{_MARGIN}" y="52" fill="#555555">As of {moment:%Y-%m-%d %H:%M} UTC</text>',
        *_legend(layer, top),
    ]
    for number, tactic in enumerate(tactics):
        left = _MARGIN + number * _COLUMN
        parts.append(
            f'<text x="{left}" y="{_HEAD + 10}" font-size="10" font-weight="600">{_text(tactic["name"])}</text>'
        )
        for row, cell in enumerate(columns[tactic["shortname"]]):
            parts += _cell(layer, cell, left=left, above=_HEAD + _ROW * (row + 1), top=top)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _cell(layer: str, cell: Mapping[str, Any], *, left: int, above: int, top: float) -> Sequence[str]:
    indent = _INDENT if cell["parent"] else 0
    value = shown_value(layer, cell["value"])
    number = "" if value is None else f"{value:.1f}".removesuffix(".0")
    room = max(1, int((_CELL - indent - 8) / _LETTER) - len(cell["attack_id"]) - len(number) - 1)
    name = cell["name"] if len(cell["name"]) <= room else cell["name"][: room - 1].rstrip() + "…"
    words = f"{cell['attack_id']} {cell['name']}: {STATUS_NAMES[cell['status']]}" + (f", {number}" if number else "")
    dark = layer != "coverage" and cell["value"] is not None and cell["value"] / top > 0.8
    ink = "#ffffff" if dark else "#111111"
    # A claimed value, without a result behind it, is drawn with a broken line.
    line = "" if cell["proven"] or layer != "score" else ' stroke-dasharray="3 2"'
    box = f'x="{left + indent}" y="{above}" width="{_CELL - indent}" height="{_ROW - 2}"'
    fill = quoteattr(colour_of(layer, cell, top))
    return (
        f"<g><title>{_text(words)}</title>",
        f'<rect {box} fill={fill} stroke="#9aa0a6" stroke-width="0.5"{line}/>',
        f'<text x="{left + indent + 3}" y="{above + 11}" fill="{ink}">{_text(cell["attack_id"])} {_text(name)}</text>',
        f'<text x="{left + _CELL - 3}" y="{above + 11}" fill="{ink}" text-anchor="end">{number}</text></g>',
    )


def _legend(layer: str, top: float) -> list[str]:
    items = (
        [(STATUS_NAMES[status], colour) for status, colour in STATUS_COLOURS.items()]
        if layer == "coverage"
        else [("0", GRADIENT[0]), (f"{top / 2:g}", GRADIENT[1]), (f"{top:g}", GRADIENT[2])]
    )
    return [
        f'<rect x="{_MARGIN + 110 * number}" y="64" width="12" height="12" fill="{colour}" stroke="#9aa0a6"'
        f' stroke-width="0.5"/><text x="{_MARGIN + 110 * number + 17}" y="73">{_text(label)}</text>'
        for number, (label, colour) in enumerate(items)
    ]


def _text(words: object) -> str:
    return escape(_UNWRITABLE.sub(" ", str(words)))
