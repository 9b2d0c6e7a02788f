"""Reports as JSON. The same frozen models are printed and written as CSV, so their numbers cannot disagree."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from app.domain.coverage import Status
from app.domain.states import State
from app.schemas.base import OutputModel
from app.schemas.heatmap import DomainName, StatusCounts
from app.schemas.metrics import StateCounts
from app.schemas.security_tests import DetectionName


class ReportFilter(OutputModel):
    """A filter that was set, in words."""

    name: str
    value: str


class ReportTrail(OutputModel):
    """The last entry of the audit trail when the report was made."""

    seq: int
    hash: str
    """HMAC-SHA-256 in hex."""


class ReportBase(OutputModel):
    """What every report says of itself."""

    as_of: datetime
    filters: list[ReportFilter]
    trail: ReportTrail | None
    """Null before anything was written."""


class CoverageResults(OutputModel):
    """Current results against what was expected of them."""

    current: int
    met: int
    sighted: int
    """Telemetry below the expectation."""
    missed: int
    expired: int


class CoverageNumbers(OutputModel):
    """How a set of techniques stands, and on how many tests."""

    techniques: int
    leaves: int
    """Techniques without sub-techniques."""
    units: int
    """Units of measure: leaves, and parents with tests, rules or countermeasures of their own."""
    counted: int
    """Units that are applicable and in scope."""
    by_status: StatusCounts
    """Of the units."""
    proven: int
    """Leaves with a current result."""
    tests: int
    """Neither archived nor annulled nor sealed."""
    results: CoverageResults


class TacticCoverage(CoverageNumbers):
    """One tactic; a technique counts in each of its tactics."""

    attack_id: str
    shortname: str
    name: str


class TechniqueCoverage(OutputModel):
    """One technique. A parent's numbers include its sub-techniques'."""

    attack_id: str
    name: str
    parent: str | None
    tactics: list[str]
    platforms: list[str]
    status: Status
    expected: str
    proven: bool
    score: float | None
    """0–100; null where it is not known."""
    units: int
    units_validated: int
    results: CoverageResults
    tests: int
    open_tests: int
    inconclusive: int
    last_executed_at: datetime | None
    reasons: list[str]


class CoverageSummary(ReportBase):
    """Coverage at a moment: in all, per tactic, per technique."""

    domain: DomainName
    attack_version: str | None
    totals: CoverageNumbers
    """Every technique once."""
    tactics: list[TacticCoverage]
    techniques: list[TechniqueCoverage]


class DetectionCounts(OutputModel):
    """Validated tests by outcome."""

    prevented: int
    detected: int
    partially_detected: int
    not_detected: int
    inconclusive: int


class ResultsTotals(OutputModel):
    """Counts over all tests of the report."""

    tests: int
    """Annulled ones apart."""
    by_state: StateCounts
    by_detection: DetectionCounts
    met: int
    """Validated, conclusive, and at or above what was expected."""
    below: int
    annulled: int
    decided: int
    validation_rate: float | None
    """Validated of decided tests, 0–1."""
    efficacy: float | None
    """Of conclusive results, those that met the expectation, 0–1."""


class ResultItem(OutputModel):
    """A test in its current round."""

    id: UUID
    number: str
    name: str
    state: State
    round: int
    technique: str
    """What it is called today."""
    technique_at_test: str
    """What it was called when it was tested."""
    attack_version: str
    environment: str
    platform: str | None
    detection: DetectionName | None
    expected: str
    meets_expectation: bool | None
    """Null while nothing conclusive is known."""
    silent_block: bool
    miss_cause: str | None
    blind: bool
    executed_at: datetime | None
    decided_at: datetime | None
    red_assignee: str | None
    blue_assignee: str | None
    annulled: bool
    tags: list[str]


class TestResults(ReportBase):
    """Test results of a period: totals of all, and one page of the tests."""

    since: datetime | None
    until: datetime | None
    """Not itself in the period."""
    totals: ResultsTotals
    items: list[ResultItem]
    total: int = Field(description="How many tests there are in all, annulled ones included.")
    limit: int
    offset: int


class DaysTaken(OutputModel):
    """Days that something took, over so many findings."""

    n: int
    mean_days: float | None
    median_days: float | None


class AcceptedRiskFigures(OutputModel):
    """Risks that are accepted now, whatever the filters."""

    count: int
    mean_age_days: float | None
    oldest_age_days: float | None
    next_end: datetime | None
    """When the first of them ends."""


class RemediationFigures(OutputModel):
    """Counts over all findings of the report; merged ones count in those that they went into."""

    findings: int
    open: int
    """Neither closed nor accepted as a risk."""
    overdue: int
    by_status: dict[str, int]
    by_cause: dict[str, int]
    """Of the open ones."""
    by_severity: dict[str, int]
    """Of the open ones."""
    proven: DaysTaken
    """From opening to the retest that proved it."""
    claimed: DaysTaken
    """From opening to all steps done, by those who did them."""
    open_age: DaysTaken
    accepted: AcceptedRiskFigures


class RemediationItem(OutputModel):
    """One finding."""

    id: UUID
    number: str
    title: str
    status: str
    cause: str
    severity: str
    owner: str
    """The team that owns it."""
    responsible: str | None
    tool: str | None
    due_on: date | None
    overdue: bool
    external_ticket: str | None
    opened_at: datetime
    age_days: float
    """From its opening to its close, else to now."""
    remediated_at: datetime | None
    """When all steps were done."""
    proven_at: datetime | None
    """When the retest ran that proved it."""
    closed_at: datetime | None
    accepted_until: datetime | None
    results: int
    """Failing results behind it."""
    steps: int
    steps_done: int
    techniques: list[str]
    environments: list[str]


class Remediation(ReportBase):
    """Findings opened in a period: totals of all, and one page of them."""

    since: datetime | None
    until: datetime | None
    """Not itself in the period."""
    totals: RemediationFigures
    items: list[RemediationItem]
    total: int = Field(description="How many findings there are in all.")
    limit: int
    offset: int
