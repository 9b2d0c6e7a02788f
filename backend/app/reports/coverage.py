"""The coverage report: how every technique stands, tactic by tactic and in all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.coverage import UNCOUNTED, Status, Tally
from app.domain.wording import counted, verb
from app.reports.csv_text import csv_document
from app.reports.document import Document, Figure, Figures, Table, Trail, score_text, share_text

_WORDS = {
    Status.VALIDATED: "Validated defence",
    Status.PARTIAL: "Partial",
    Status.NOT_COVERED: "Not covered",
    Status.IN_PROGRESS: "In progress",
    Status.NOT_EVALUATED: "Not evaluated",
    Status.OUT_OF_SCOPE: "Out of scope",
    Status.NOT_APPLICABLE: "Not applicable",
}


@dataclass(frozen=True, slots=True)
class CoverageFigures:
    """How a set of techniques stands, and on how many tests."""

    techniques: int
    leaves: int
    units: int
    """Units of measure: leaves, and parents with tests, rules or countermeasures of their own."""
    by_status: Mapping[str, int]
    """Of the units."""
    proven: int
    """Leaves with a current result."""
    tests: int
    """Tests that are neither archived nor annulled."""
    results: Tally

    @property
    def counted(self) -> int:
        """Units that are applicable and in scope."""
        return self.units - sum(self.by_status[status] for status in UNCOUNTED)


@dataclass(frozen=True, slots=True)
class TacticLine:
    """One tactic; a technique counts in each of its tactics."""

    attack_id: str
    shortname: str
    name: str
    figures: CoverageFigures


@dataclass(frozen=True, slots=True)
class TechniqueLine:
    """One technique. A parent's numbers include its sub-techniques'."""

    attack_id: str
    name: str
    parent: str | None
    tactics: Sequence[str]
    platforms: Sequence[str]
    status: Status
    expected: str
    proven: bool
    score: float | None
    """0–100; None where it does not count, or where the components that it has carry no weight."""
    units: int
    units_validated: int
    results: Tally
    tests: int
    open_tests: int
    inconclusive: int
    last_executed_at: datetime | None
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """Coverage at a moment."""

    as_of: datetime
    domain: str
    attack_version: str | None
    filters: Sequence[tuple[str, str]]
    totals: CoverageFigures
    tactics: Sequence[TacticLine]
    techniques: Sequence[TechniqueLine]
    trail: Trail | None


_TECHNIQUE_COLUMNS = (
    "attack_id",
    "name",
    "parent",
    "tactics",
    "platforms",
    "status",
    "expected",
    "proven",
    "score",
    "units",
    "units_validated",
    "current_results",
    "met",
    "telemetry_only",
    "missed",
    "expired",
    "tests",
    "open_tests",
    "inconclusive",
    "last_executed_at",
    "why",
    "attack_version",
    "as_of",
)


def techniques_csv(report: CoverageReport) -> str:
    """One line a technique, in the order of their ids."""
    return csv_document(
        _TECHNIQUE_COLUMNS,
        (
            (
                line.attack_id,
                line.name,
                line.parent,
                ", ".join(line.tactics),
                ", ".join(line.platforms),
                line.status,
                line.expected,
                line.proven,
                line.score,
                line.units,
                line.units_validated,
                *_results(line.results),
                line.tests,
                line.open_tests,
                line.inconclusive,
                line.last_executed_at,
                " ".join(line.reasons),
                report.attack_version,
                report.as_of,
            )
            for line in report.techniques
        ),
    )


_TACTIC_COLUMNS = (
    "tactic",
    "name",
    "techniques",
    "leaves",
    "units",
    *(status.value for status in Status),
    "proven",
    "current_results",
    "met",
    "telemetry_only",
    "missed",
    "expired",
    "tests",
    "attack_version",
    "as_of",
)


def tactics_csv(report: CoverageReport) -> str:
    """One line a tactic and one for all, in which every technique counts once."""

    def line(tactic: str, name: str, figures: CoverageFigures) -> tuple[object, ...]:
        return (
            tactic,
            name,
            figures.techniques,
            figures.leaves,
            figures.units,
            *(figures.by_status[status] for status in Status),
            figures.proven,
            *_results(figures.results),
            figures.tests,
            report.attack_version,
            report.as_of,
        )

    lines = [line(tactic.attack_id, tactic.name, tactic.figures) for tactic in report.tactics]
    return csv_document(_TACTIC_COLUMNS, [*lines, line("all", "All tactics", report.totals)])


def coverage_document(report: CoverageReport) -> Document:
    """The report to print: figures, one line a tactic, one line a technique that is counted."""
    totals, results = report.totals, report.totals.results
    whole = totals.counted
    figures = [
        Figure("Validated defence", share_text(totals.by_status[Status.VALIDATED], whole), "of units in scope"),
        Figure("Partial", share_text(totals.by_status[Status.PARTIAL], whole), "of units in scope"),
        Figure("Not covered", share_text(totals.by_status[Status.NOT_COVERED], whole), "tested, nothing seen"),
        Figure("Not evaluated", share_text(totals.by_status[Status.NOT_EVALUATED], whole), "of units in scope"),
        Figure(
            "Met expectation",
            share_text(results.met, results.current),
            f"current results of {counted(totals.tests, 'test')}",
        ),
        Figure("Expired results", str(results.expired), "too old to count"),
        Figure("Out of scope", str(totals.by_status[Status.OUT_OF_SCOPE]), "by decision"),
        Figure("Not applicable", str(totals.by_status[Status.NOT_APPLICABLE]), "none of our platforms"),
    ]
    return Document(
        title="Coverage report",
        as_of=report.as_of,
        filters=(("Domain", report.domain), ("ATT&CK", report.attack_version or "–"), *report.filters),
        blocks=(Figures(figures), _tactics_table(report), _techniques_table(report)),
        trail=report.trail,
    )


def _tactics_table(report: CoverageReport) -> Table:
    shown = [status for status in Status if status not in UNCOUNTED]
    return Table(
        title="By tactic",
        header=("Tactic", "In scope", *(_WORDS[status] for status in shown), "Met", "Tests"),
        rows=[
            (
                f"{tactic.attack_id} {tactic.name}",
                str(tactic.figures.counted),
                *(str(tactic.figures.by_status[status]) for status in shown),
                share_text(tactic.figures.results.met, tactic.figures.results.current),
                str(tactic.figures.tests),
            )
            for tactic in report.tactics
        ],
        widths=(4, 1.3, *(1.5 for _ in shown), 2.2, 1.1),
        numeric=frozenset(range(1, len(shown) + 4)),
        note="A technique counts in each of its tactics, so these lines add up to more than all techniques.",
    )


def _techniques_table(report: CoverageReport) -> Table:
    lines = [line for line in report.techniques if line.status not in UNCOUNTED]
    out = len(report.techniques) - len(lines)
    left = f"{counted(out, 'technique')} out of scope or not applicable {verb(out, 'is', 'are')} left out."
    return Table(
        title="By technique",
        header=("Technique", "Status", "Score", "Expected", "Met", "Tests", "Last run"),
        rows=[
            (
                f"{line.attack_id} {line.name}",
                _WORDS[line.status],
                score_text(line.score),
                line.expected,
                share_text(line.results.met, line.results.current),
                str(line.tests),
                "–" if line.last_executed_at is None else line.last_executed_at.date().isoformat(),
            )
            for line in lines
        ],
        widths=(5, 2, 0.9, 1.4, 1.8, 0.9, 1.5),
        numeric=frozenset({2, 4, 5}),
        note=left,
    )


def _results(tally: Tally) -> tuple[int, int, int, int, int]:
    return tally.current, tally.met, tally.sighted, tally.missed, tally.expired
