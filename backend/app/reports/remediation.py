"""The remediation report: gaps that tests showed, what is done about them, and what was proven."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.reports.csv_text import csv_lines
from app.reports.document import Document, Figure, Figures, Table, Trail, day_text, moment_text, share_text

PRINTED_ROWS = 300
"""So many findings are printed at most; the table twin in CSV has all of them."""


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding."""

    id: UUID
    number: str
    title: str
    status: str
    cause: str
    severity: str
    owner: str
    responsible: str | None
    tool: str | None
    due_on: date | None
    overdue: bool
    external_ticket: str | None
    opened_at: datetime
    age_days: float
    """From its opening to its close, else to now."""
    remediated_at: datetime | None
    proven_at: datetime | None
    closed_at: datetime | None
    accepted_until: datetime | None
    results: int
    """Failing results behind it."""
    steps: int
    steps_done: int
    techniques: Sequence[str]
    environments: Sequence[str]


@dataclass(frozen=True, slots=True)
class Span:
    """Days that something took, over so many findings."""

    n: int
    mean_days: float | None
    median_days: float | None


@dataclass(frozen=True, slots=True)
class AcceptedRisks:
    """Risks that are accepted now."""

    count: int
    mean_age_days: float | None
    oldest_age_days: float | None
    next_end: datetime | None


@dataclass(frozen=True, slots=True)
class RemediationTotals:
    """Counts over all findings of the report."""

    findings: int
    open: int
    """Neither closed nor accepted as a risk."""
    overdue: int
    by_status: Mapping[str, int]
    by_cause: Mapping[str, int]
    """Of the open ones."""
    by_severity: Mapping[str, int]
    """Of the open ones."""
    proven: Span
    """From opening to the retest that proved it."""
    claimed: Span
    """From opening to all steps done, by those who did them."""
    open_age: Span
    accepted: AcceptedRisks


@dataclass(frozen=True, slots=True)
class RemediationReport:
    """The totals and one page of the findings behind them."""

    as_of: datetime
    since: datetime | None
    until: datetime | None
    filters: Sequence[tuple[str, str]]
    totals: RemediationTotals
    lines: Sequence[FindingLine]
    trail: Trail | None


COLUMNS = (
    "number",
    "title",
    "status",
    "cause",
    "severity",
    "owner",
    "responsible",
    "tool",
    "due_on",
    "overdue",
    "external_ticket",
    "opened_at",
    "age_days",
    "remediated_at",
    "proven_at",
    "closed_at",
    "accepted_until",
    "results",
    "steps",
    "steps_done",
    "techniques",
    "environments",
)


def findings_lines(lines: Iterable[FindingLine]) -> str:
    """The lines as CSV, without the header."""
    return csv_lines([_value(line, column) for column in COLUMNS] for line in lines)


def _value(line: FindingLine, column: str) -> object:
    value: object = getattr(line, column)
    if column in {"techniques", "environments"}:
        return ", ".join(getattr(line, column))
    return round(line.age_days, 2) if column == "age_days" else value


def days_text(days: float | None) -> str:
    """Days with one decimal, or a dash."""
    return "–" if days is None else f"{days:.1f} d"


def _words(name: str) -> str:
    return name.replace("_", " ")


def remediation_document(report: RemediationReport) -> Document:
    """The report to print: figures, causes, and the findings, the newest first."""
    totals, proven, claimed, accepted = (
        report.totals,
        report.totals.proven,
        report.totals.claimed,
        report.totals.accepted,
    )
    figures = (
        Figure("Open findings", share_text(totals.open, totals.findings), f"{totals.overdue} overdue"),
        Figure(
            "Time to proven fix",
            days_text(proven.mean_days),
            f"mean of {proven.n}; median {days_text(proven.median_days)}",
        ),
        Figure("Time to claimed fix", days_text(claimed.mean_days), f"mean of {claimed.n}, by those who did it"),
        Figure("Accepted risks", str(accepted.count), f"oldest {days_text(accepted.oldest_age_days)}"),
    )
    period = tuple(
        (name, moment_text(moment)) for name, moment in (("From", report.since), ("To", report.until)) if moment
    )
    open_causes = sorted(totals.by_cause.items(), key=lambda item: (-item[1], item[0]))
    causes = Table(
        title="Open findings by cause",
        header=("Cause", "Findings"),
        rows=[(_words(cause), share_text(count, totals.open)) for cause, count in open_causes if count],
        widths=(3, 1),
        numeric=frozenset({1}),
    )
    return Document(
        title="Remediation report",
        as_of=report.as_of,
        filters=(*period, *report.filters),
        blocks=(Figures(figures), causes, _findings(report)),
        trail=report.trail,
    )


def _findings(report: RemediationReport) -> Table:
    left_out = report.totals.findings - len(report.lines)
    return Table(
        title="Findings",
        header=("Finding", "Status", "Cause", "Severity", "Owner", "Due", "Steps", "Age"),
        rows=[
            (
                f"{line.number} {line.title}",
                _words(line.status),
                _words(line.cause),
                line.severity,
                line.responsible or line.owner or "–",
                f"{line.due_on.isoformat() if line.due_on else '–'}{' overdue' if line.overdue else ''}",
                f"{line.steps_done} of {line.steps}",
                days_text(line.age_days),
            )
            for line in report.lines
        ],
        widths=(4.5, 1.8, 1.6, 1.1, 1.8, 1.5, 0.9, 1.1),
        numeric=frozenset({6, 7}),
        note=f"{left_out} more findings are in the CSV." if left_out > 0 else f"Made {day_text(report.as_of)}.",
    )
