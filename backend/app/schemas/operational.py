"""Operational metrics: how fast, how well and how reliably. Null wherever nothing was measured."""

from datetime import datetime
from uuid import UUID

from app.schemas.base import OutputModel


class Spread(OutputModel):
    """A time: how often it was measured, and how it spreads."""

    count: int
    mean_seconds: float | None
    median_seconds: float | None
    p90_seconds: float | None


class DetectionTimes(OutputModel):
    """Time from the start of an execution to its first alert; never to be read without k of n."""

    executions: int
    """Conclusive ones: n."""
    detected: int
    """Those with an alert: k. Only they have a time."""
    share: float | None
    mean_seconds: float | None
    median_seconds: float | None
    p90_seconds: float | None
    silent_blocks: int
    """Stopped without an alert: nobody was told, so there is no time."""


class DetectionSeries(OutputModel):
    """All tests together, and those that blue did and did not know of."""

    all: DetectionTimes
    blind: DetectionTimes
    announced: DetectionTimes
    clock_skew: int
    """Alerts stamped up to five minutes before their execution; they count as immediate."""


class SpreadSeries(OutputModel):
    """Blind tests are the ones to look at: in an announced test blue is waiting."""

    blind: Spread
    announced: Spread
    all: Spread


class Rate(OutputModel):
    """A share from 0 to 1 with what it is made of; null where there is nothing to divide by."""

    value: float | None
    numerator: int
    denominator: int


class AgeBuckets(OutputModel):
    """Open findings by age in days."""

    up_to_30: int
    up_to_90: int
    up_to_180: int
    older: int


class OpenFindings(OutputModel):
    """What is not closed yet: no time to remediate, yet not to be forgotten."""

    count: int
    by_status: dict[str, int]
    median_age_seconds: float | None
    p90_age_seconds: float | None
    oldest_age_seconds: float | None
    ages: AgeBuckets


class AcceptedRisks(OutputModel):
    """Findings with an acceptance in force."""

    count: int
    oldest_age_seconds: float | None
    next_end: datetime | None


class Velocity(OutputModel):
    """Techniques that began and that ceased to be a validated defence between the ends of the period."""

    entered: int
    left: int
    net: int
    days: float
    entered_per_30_days: float
    left_per_30_days: float
    net_per_30_days: float


class OutcomeRejections(OutputModel):
    """Rejecting votes on one side for one reason."""

    side: str
    reason_code: str
    """`unspecified` where the lead gave only words."""
    count: int


class StateTime(OutputModel):
    """Time that decided rounds spent in a state, archived time left out."""

    state: str
    side: str | None
    """Whose time it is: red, blue, leads; null for drafts."""
    rounds: int
    mean_seconds: float | None
    median_seconds: float | None
    p90_seconds: float | None


class SideFigures(OutputModel):
    """One side's part."""

    side: str
    """red, blue or leads."""
    time: Spread
    """Per round, in the states in which this side has the next step."""
    returned_seconds: float
    """Red: time of rounds that blue had sent back; it is red's, not blue's."""
    rejected: int
    """Votes against this side's records."""


class EnvironmentFigures(OutputModel):
    """One environment's part."""

    environment_id: UUID
    environment: str
    mttd: DetectionTimes
    detection_efficacy: Rate
    validation_rate: Rate
    first_pass_yield: Rate


class TeamBreakdown(OutputModel):
    """The same by side and by environment."""

    by_side: list[SideFigures]
    by_environment: list[EnvironmentFigures]


class TrendMonth(OutputModel):
    """One month, UTC: results by execution, rounds by decision, findings by opening and proof."""

    month: str
    executions: int
    detected: int
    mttd_mean_seconds: float | None
    mttd_median_seconds: float | None
    mttd_p90_seconds: float | None
    results: int
    """Conclusive ones."""
    met: int
    """Met what was expected when they were decided."""
    prevented: int
    alerted: int
    """Detected and not prevented."""
    telemetry_only: int
    missed: int
    decided: int
    validated: int
    findings_opened: int
    findings_proven: int
    mttr_mean_seconds: float | None


class OperationalFilters(OutputModel):
    """What the figures are narrowed to."""

    domain: str
    environment: UUID | None
    platforms: list[str]
    tactic: str | None


class OperationalMetrics(OutputModel):
    """How fast, how well and how reliably, over a period. Times in seconds, rates from 0 to 1."""

    as_of: datetime
    since: datetime
    until: datetime
    filters: OperationalFilters
    mttd: DetectionSeries
    """By execution date."""
    time_to_acknowledge: SpreadSeries
    """First alert to triage."""
    time_to_contain: SpreadSeries
    """First alert to containment."""
    mttr: Spread
    """Finding opened to the retest executed that proved it closed; findings proven in the period."""
    mttr_claimed: Spread
    """Finding opened to all steps done: self-reported."""
    mttr_respond: Spread
    """First alert to containment, all tests."""
    open_findings: OpenFindings
    accepted_risks: AcceptedRisks
    detection_efficacy: Rate
    """Current results that meet what is expected of them; as of now, whatever the period."""
    prevention_rate: Rate
    """Of the current results, like the next three."""
    alert_rate: Rate
    telemetry_only_rate: Rate
    silent_block_rate: Rate
    alert_fidelity: Rate
    """Attributed firings of all firings of rules evaluated in tests; no figure of the SOC at large."""
    rules_evaluated: int
    coverage_velocity: Velocity
    validation_rate: Rate
    """Rounds validated of rounds decided."""
    first_pass_yield: Rate
    """First rounds validated of first rounds decided."""
    rejections: list[OutcomeRejections]
    time_in_state: list[StateTime]
    team_breakdown: TeamBreakdown
    manual_times: Rate
    """Claimed times that somebody typed in."""
    trend: list[TrendMonth]
