"""CSV that a spreadsheet cannot mistake for formulas."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum

CSV_TYPE = "text/csv; charset=utf-8"
# The full-width forms are folded to the plain ones by some spreadsheets.
_STARTERS = frozenset("=+-@\t\r\n＝＋－＠")
_TRIMMED = " \u00a0\u3000\ufeff"


def csv_document(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A whole document: every text cell quoted and, where it would start a formula, led by an apostrophe.

    Numbers and truth values stand bare, times are ISO 8601 in UTC, None is an empty cell.
    """
    return csv_lines([header]) + csv_lines(rows)


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """Lines of a document that is sent piece by piece; the first of them are the header."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    text = str(value.value) if isinstance(value, Enum) else str(value)
    return guarded(text)


def guarded(text: str) -> str:
    """Text that no spreadsheet runs. Text that looks guarded already gets one more apostrophe, so that none is lost."""
    bare = text.lstrip("'")
    begins = bare[:1] if bare[:1] in _STARTERS else bare.lstrip(_TRIMMED)[:1]
    return f"'{text}" if begins and begins in _STARTERS else text


def unguarded(text: str) -> str:
    """What `guarded` was given: our importers read our own exports back unchanged."""
    return text[1:] if text.startswith("'") and guarded(text[1:]) == text else text
