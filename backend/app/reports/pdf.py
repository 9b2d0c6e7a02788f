"""Prints documents as PDF (A4), with the fonts that every reader has."""

import io
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from app.reports.document import Block, Document, Figures, Table, Trend, Words, moment_text

if TYPE_CHECKING:
    from reportlab.graphics.shapes import Drawing
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Flowable

PDF_TYPE = "application/pdf"
MARGIN: Final = 36
_INK, _FAINT, _LINE, _BAND = "#1b2430", "#5b6675", "#c9d0d9", "#eef1f5"
_SERIES = ("#1f5fa8", "#b4541a", "#4a7a2c")
_TREND_HEIGHT: Final = 110
_LABEL: Final = 7.0
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def pdf_document(document: Document) -> bytes:
    """The document as a file. Takes processor time: call it from a thread.

    Characters that the standard fonts lack become question marks; the table twins in CSV have them all.
    """
    # Imported here: it takes a second and some megabytes, and most processes never print.
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415
    from reportlab.platypus import KeepInFrame, SimpleDocTemplate  # noqa: PLC0415

    out = io.BytesIO()
    width, height = A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN - 20
    template = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 20,
        title=_plain(document.title),
        author="Aegis",
        lang="en",
    )
    story = _story(document, width)
    if document.one_page:
        # The frame pads its inside by six points a side.
        story = [KeepInFrame(width - 12, height - 14, story, mode="shrink")]

    def foot(canvas: "Canvas", _template: object) -> None:
        _foot(canvas, document, A4[0])

    template.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _plain(text: str) -> str:
    """Text that the standard fonts can show."""
    shown = _UNPRINTABLE.sub(" ", text).replace("≥", ">=").replace("≤", "<=").replace("→", "->")
    return shown.encode("cp1252", errors="replace").decode("cp1252")


def _marked(text: str) -> str:
    """The same for a paragraph, whose markup is none of ours."""
    return _plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _paragraph(text: str, *, size: float = 8.5, color: str = _INK, bold: bool = False, right: bool = False) -> Any:
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415  as above
    from reportlab.platypus import Paragraph  # noqa: PLC0415

    style = ParagraphStyle(
        "text",
        fontName="Helvetica-Bold" if bold else "Helvetica",
        fontSize=size,
        leading=size * 1.25,
        textColor=_color(color),
        alignment=2 if right else 0,
        splitLongWords=1,
    )
    return Paragraph(_marked(text), style)


def _story(document: Document, width: float) -> "list[Flowable]":
    from reportlab.platypus import Spacer  # noqa: PLC0415  as above
    from reportlab.platypus import Table as Grid  # noqa: PLC0415

    filters = " · ".join(f"{name}: {value}" for name, value in document.filters)
    story: list[Flowable] = [
        _paragraph(document.title, size=17, bold=True),
        Spacer(0, 2),
        _paragraph(f"As of {moment_text(document.as_of)}" + (f" · {filters}" if filters else ""), color=_FAINT),
        Spacer(0, 8),
    ]
    for block in document.blocks:
        story += [*_flowables(block, width - 12), Spacer(0, 9)]
    if document.columns:
        each = (width - 12) / len(document.columns)
        cells = [[part for block in column for part in _column_part(block, each - 10)] for column in document.columns]
        grid = Grid([cells], colWidths=[each] * len(cells))
        grid.setStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 10),
            ]
        )
        story.append(grid)
    return story


def _column_part(block: Block, width: float) -> "list[Flowable]":
    from reportlab.platypus import Spacer  # noqa: PLC0415  as above

    return [*_flowables(block, width), Spacer(0, 8)]


def _flowables(block: Block, width: float) -> "list[Flowable]":
    from reportlab.platypus import Spacer  # noqa: PLC0415  as above

    match block:
        case Figures():
            return [_figures(block, width)]
        case Table():
            return _table(block, width)
        case Words():
            lines = [part for line in block.lines for part in (Spacer(0, 3), _paragraph(line))]
            return [_paragraph(block.title, size=10.5, bold=True), *lines]
        case Trend():
            return [_paragraph(block.title, size=10.5, bold=True), _trend(block, width)]


def _figures(figures: Figures, width: float) -> "Flowable":
    from reportlab.platypus import Table as Grid  # noqa: PLC0415  as above

    across = min(len(figures.items), 4) or 1
    cells = [
        [
            _paragraph(item.label, size=7.5, color=_FAINT),
            _paragraph(item.value, size=15, bold=True),
            _paragraph(item.note, size=7, color=_FAINT),
        ]
        for item in figures.items
    ]
    cells += [[]] * (-len(cells) % across)
    rows = [cells[start : start + across] for start in range(0, len(cells), across)]
    grid = Grid(rows, colWidths=[width / across] * across)
    grid.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BOX", (0, 0), (-1, -1), 0.5, _LINE),
            ("INNERGRID", (0, 0), (-1, -1), 0.5, _LINE),
        ]
    )
    return grid


def _table(table: Table, width: float) -> "list[Flowable]":
    from reportlab.platypus import LongTable  # noqa: PLC0415  as above

    share = width / (sum(table.widths) or 1)
    head = [
        _paragraph(name, size=7, color=_FAINT, bold=True, right=column in table.numeric)
        for column, name in enumerate(table.header)
    ]
    body = [
        [_paragraph(text, size=7.5, right=column in table.numeric) for column, text in enumerate(row)]
        for row in table.rows
    ]
    grid = LongTable([head, *body], colWidths=[part * share for part in table.widths], repeatRows=1)
    grid.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), _BAND),
            ("LINEBELOW", (0, 0), (-1, -1), 0.35, _LINE),
            ("TOPPADDING", (0, 0), (-1, -1), 1.6),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.2),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    parts: list[Flowable] = [_paragraph(table.title, size=10.5, bold=True), grid]
    if table.note:
        parts.append(_paragraph(table.note, size=7, color=_FAINT))
    return parts


def _trend(trend: Trend, width: float) -> "Drawing":
    """Lines between the moments at which something was measured, the last value beside each."""
    from reportlab.graphics.shapes import Circle, Drawing, Line, String  # noqa: PLC0415  as above

    drawing = Drawing(width, _TREND_HEIGHT + 26)
    left, bottom, right = 22.0, 24.0, width - 30
    for part in (0.0, 0.5, 1.0):
        height = bottom + part * _TREND_HEIGHT * 0.9
        drawing.add(Line(left, height, right, height, strokeColor=_color(_LINE), strokeWidth=0.4))
        drawing.add(String(2, height - 2, f"{trend.top * part:g}", fontSize=6, fillColor=_color(_FAINT)))
    step = (right - left) / max(1, len(trend.labels) - 1)
    every = -(-len(trend.labels) // 6)
    ends: list[tuple[float, float, float, Any]] = []
    for place, label in enumerate(trend.labels):
        if place % every == 0:
            drawing.add(String(left + place * step, 12, _plain(label), fontSize=6, textAnchor="middle"))
    for number, (name, values) in enumerate(trend.series):
        color = _color(_SERIES[number % len(_SERIES)])
        points = [
            (left + place * step, bottom + min(1.0, max(0.0, value / (trend.top or 1))) * _TREND_HEIGHT * 0.9)
            for place, value in enumerate(values)
            if value is not None
        ]
        for (x1, y1), (x2, y2) in pairwise(points):
            drawing.add(Line(x1, y1, x2, y2, strokeColor=color, strokeWidth=1.2))
        for x, y in points:
            drawing.add(Circle(x, y, 1.4, fillColor=color, strokeColor=color))
        last = next((value for value in reversed(values) if value is not None), None)
        if points and last is not None:
            ends.append((last, points[-1][0] + 4, points[-1][1] - 2, color))
        across = left + number * (width - left) / len(trend.series)
        drawing.add(String(across, 2, _plain(name), fontSize=6.5, fillColor=color))
    # Lines that end close together have their numbers one above the other, the greatest on top.
    below = -_LABEL
    for last, x, height, color in sorted(ends, key=lambda end: end[0]):
        below = max(height, below + _LABEL)
        drawing.add(String(x, below, f"{last:.1f}", fontSize=6.5, fillColor=color))
    return drawing


def _color(value: str) -> Any:
    from reportlab.lib.colors import HexColor  # noqa: PLC0415  as above

    return HexColor(value)


def _foot(canvas: "Canvas", document: Document, width: float) -> None:
    canvas.saveState()
    canvas.setFont("Helvetica", 6.5)
    canvas.setFillColor(_color(_FAINT))
    canvas.drawString(MARGIN, MARGIN, _plain(_foot_words(document)))
    canvas.drawRightString(width - MARGIN, MARGIN, f"Page {canvas.getPageNumber()}")
    canvas.restoreState()


def _foot_words(document: Document) -> str:
    words: Sequence[str] = ("Aegis", document.title, moment_text(document.as_of))
    if document.trail is not None:
        words = (*words, f"audit trail at entry {document.trail.seq}, {document.trail.hash[:16]}")
    return " · ".join(words)
