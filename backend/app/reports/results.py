"""The report of test results: what was tested in a period, and how it went."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.outcomes import Detection
from app.reports.csv_text import csv_lines
from app.reports.document import Document, Figure, Figures, Table, Trail, moment_text, share_text

PRINTED_ROWS = 500
"""So many tests are printed at most; the table twin in CSV has all of them."""
_DETECTION_WORDS = {
    Detection.PREVENTED: "Prevented",
    Detection.DETECTED: "Detected",
    Detection.PARTIALLY_DETECTED: "Telemetry only",
    Detection.NOT_DETECTED: "Not detected",
    Detection.INCONCLUSIVE: "Inconclusive",
}


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One test in its current round."""

    id: UUID
    number: str
    name: str
    state: str
    round: int
    technique: str
    technique_at_test: str
    """ATT&CK id when it was tested; `technique` is what it is called today."""
    attack_version: str
    environment: str
    platform: str | None
    detection: str | None
    expected: str
    meets_expectation: bool | None
    """None while nothing conclusive is known."""
    silent_block: bool
    miss_cause: str | None
    blind: bool
    executed_at: datetime | None
    decided_at: datetime | None
    red_assignee: str | None
    blue_assignee: str | None
    annulled: bool
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class ResultTotals:
    """Counts over all tests of the report; annulled ones are counted apart and in nothing else."""

    tests: int
    by_state: Mapping[str, int]
    by_detection: Mapping[str, int]
    """Of validated tests."""
    met: int
    below: int
    """Validated and conclusive, yet below what was expected."""
    annulled: int

    @property
    def decided(self) -> int:
        """Tests whose current round was decided."""
        return self.by_state["validated"] + self.by_state["rejected"]

    @property
    def validation_rate(self) -> float | None:
        """Validated of decided tests, 0–1; None while none is decided."""
        return self.by_state["validated"] / self.decided if self.decided else None

    @property
    def efficacy(self) -> float | None:
        """Conclusive results that met the expectation, 0–1; None without any."""
        return self.met / (self.met + self.below) if self.met + self.below else None


@dataclass(frozen=True, slots=True)
class ResultsReport:
    """The totals and one page of the tests behind them."""

    as_of: datetime
    since: datetime | None
    until: datetime | None
    filters: Sequence[tuple[str, str]]
    totals: ResultTotals
    lines: Sequence[ResultLine]
    trail: Trail | None


COLUMNS = (
    "number",
    "name",
    "state",
    "round",
    "technique",
    "technique_at_test",
    "attack_version",
    "environment",
    "platform",
    "detection",
    "expected",
    "meets_expectation",
    "silent_block",
    "miss_cause",
    "blind",
    "executed_at",
    "decided_at",
    "red_assignee",
    "blue_assignee",
    "annulled",
    "tags",
)


def results_lines(lines: Iterable[ResultLine]) -> str:
    """The lines as CSV, without the header."""
    return csv_lines([_value(line, column) for column in COLUMNS] for line in lines)


def _value(line: ResultLine, column: str) -> object:
    value: object = getattr(line, column)
    return ", ".join(line.tags) if column == "tags" else value


def results_document(report: ResultsReport) -> Document:
    """The report to print: figures, outcomes, and the newest tests."""
    totals = report.totals
    conclusive = totals.met + totals.below
    validated = totals.by_state["validated"]
    figures = (
        Figure("Tests", str(totals.tests), f"{totals.annulled} annulled apart"),
        Figure("Validated", share_text(validated, totals.decided), "of decided tests"),
        Figure("Met expectation", share_text(totals.met, conclusive), "of conclusive results"),
        Figure("Inconclusive", str(totals.by_detection[Detection.INCONCLUSIVE]), "prove nothing either way"),
    )
    period = tuple(
        (name, moment_text(moment)) for name, moment in (("From", report.since), ("To", report.until)) if moment
    )
    return Document(
        title="Test results",
        as_of=report.as_of,
        filters=(*period, *report.filters),
        blocks=(Figures(figures), _outcomes(totals), _tests(report)),
        trail=report.trail,
    )


def _outcomes(totals: ResultTotals) -> Table:
    validated = totals.by_state["validated"]
    return Table(
        title="Outcomes of validated tests",
        header=("Outcome", "Tests"),
        rows=[
            (word, share_text(totals.by_detection[detection], validated))
            for detection, word in _DETECTION_WORDS.items()
        ],
        widths=(3, 1),
        numeric=frozenset({1}),
    )


def _tests(report: ResultsReport) -> Table:
    left_out = report.totals.tests + report.totals.annulled - len(report.lines)
    return Table(
        title="Tests",
        header=("Test", "Technique", "Environment", "State", "Outcome", "Expected", "Run"),
        rows=[
            (
                f"{line.number} {line.name}" + (" (annulled)" if line.annulled else ""),
                line.technique_at_test,
                line.environment,
                line.state.replace("_", " "),
                _DETECTION_WORDS[Detection(line.detection)] if line.detection else "–",
                line.expected,
                "–" if line.executed_at is None else line.executed_at.date().isoformat(),
            )
            for line in report.lines
        ],
        widths=(4.6, 1.5, 1.6, 1.6, 1.7, 1.3, 1.5),
        note=f"{left_out} more tests are in the CSV." if left_out > 0 else "",
    )
