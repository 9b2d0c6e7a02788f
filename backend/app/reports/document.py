"""A printable document, before anything is printed: what stands in it, in which order.

A report makes one of these, and the renderer for PDF prints it; the same frozen report gives JSON and CSV, so their
numbers cannot disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name and what it rests on."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers side by side."""

    items: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose head is repeated on every page that it takes."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    """Shares of the width, one a column."""
    numeric: frozenset[int] = frozenset()
    """Columns that stand to the right."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Paragraphs."""

    title: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Trend:
    """A line over time. A None is a moment at which nothing was measured."""

    title: str
    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[float | None]]]
    top: float
    """The upper end of the scale; the lower one is 0."""


Block = Figures | Table | Words | Trend


@dataclass(frozen=True, slots=True)
class Trail:
    """The last entry of the audit trail when the report was made: what is printed can be held against it."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Document:
    """A report to print."""

    title: str
    as_of: datetime
    filters: Sequence[tuple[str, str]]
    blocks: Sequence[Block]
    trail: Trail | None = None
    one_page: bool = False
    """Everything is made to fit one page; else it takes as many as it needs."""
    columns: Sequence[Sequence[Block]] = field(default=())
    """Blocks that stand beside each other, below the others; for a single page."""


def moment_text(moment: datetime | None) -> str:
    """A moment to the minute in UTC, or a dash."""
    return "–" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def day_text(moment: datetime | None) -> str:
    """A day in UTC, or a dash."""
    return "–" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d")


def share_text(part: float, whole: float) -> str:
    """`3 of 4 (75 %)`, or `0 of 0`."""
    counted = f"{part:g} of {whole:g}"
    return f"{counted} ({100 * part / whole:.0f} %)" if whole else counted


def score_text(score: float | None) -> str:
    """A score with one decimal, or a dash where nothing was measured."""
    return "–" if score is None else f"{score:.1f}"
