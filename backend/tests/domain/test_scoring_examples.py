"""The tables of docs/SCORING.md are what the code does."""

from pathlib import Path

import pytest

from app.domain.coverage import Rollup, Status, Tally, Unit, roll_up, status_of
from app.domain.outcomes import Detection, ExecutionResult, Seen, Sighting, outcome_of_execution, value

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "SCORING.md"


def table(heading: str) -> list[list[str]]:
    """Rows of the first table under a heading."""
    section = DOCUMENT.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def sighting(words: str) -> Sighting:
    return Sighting(Seen.BLOCKED, "late") if words == "late block" else Sighting(Seen(words))


@pytest.mark.parametrize(("red", "blue", "outcome", "mark"), table("Outcome"))
def test_outcomes(red: str, blue: str, outcome: str, mark: str) -> None:
    shown = outcome_of_execution(ExecutionResult(red), [sighting(words) for words in blue.split(", ")])
    assert shown.detection == outcome
    marks = ("conflict", "unattributed", "silent_block", "attempt_seen")
    assert [name for name in marks if getattr(shown, name)] == ([mark] if mark else [])


@pytest.mark.parametrize("row", table("Expectation"))
def test_worth(row: list[str]) -> None:
    order = (Detection.NOT_DETECTED, Detection.PARTIALLY_DETECTED, Detection.DETECTED, Detection.PREVENTED)
    assert [value(detection, row[0]) for detection in order] == [float(cell) for cell in row[1:]]


@pytest.mark.parametrize("row", table("Status"))
def test_statuses(row: list[str]) -> None:
    met, sighted, missed, expired, under_way, inconclusive = map(int, row[:6])
    unit = Unit(tally=Tally(met, sighted, missed, expired), open_tests=under_way, inconclusive=inconclusive)
    assert status_of(unit) == row[6]


@pytest.mark.parametrize(("units", "parent", "share", "worth"), table("Roll-up"))
def test_parents(units: str, parent: str, share: str, worth: str) -> None:
    validated, counted = map(int, share.split(" of "))
    rolled = roll_up([Status(unit) for unit in units.split(", ")])
    assert rolled == Rollup(Status(parent), counted, validated, float(worth) if worth else None)
