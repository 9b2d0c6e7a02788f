"""Tables that spreadsheets cannot mistake for formulas."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.permissions import Role
from app.reports.csv_text import csv_document, guarded, unguarded


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "  =x", "＝x", "＋x", "－x", "＠x", "\ufeff=x"]
)
def test_what_starts_a_formula_is_led_by_an_apostrophe(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "T1059.001", "'quoted'", " plain", "1-2"])
def test_other_text_stays(text: str) -> None:
    assert guarded(text) == text


@given(st.text() | st.text(alphabet="'=+- a"))
def test_reading_back_gives_what_was_written(text: str) -> None:
    assert unguarded(guarded(text)) == text
    row = next(csv.reader(io.StringIO(csv_document([text], []), newline="")))
    assert row == [guarded(text)]


def test_numbers_times_and_gaps() -> None:
    row = [-1, 0.5, True, None, datetime(2026, 1, 2, tzinfo=UTC), Role.ADMIN]
    assert csv_document(["a"], [row]) == '"a"\r\n-1,0.5,"true","","2026-01-02T00:00:00Z","admin"\r\n'
