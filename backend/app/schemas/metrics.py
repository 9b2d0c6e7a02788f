"""Figures of the dashboard."""

from datetime import date, datetime

from app.domain.states import State
from app.schemas.base import OutputModel
from app.schemas.heatmap import StatusCounts


class StateCounts(OutputModel):
    """How many tests are in each state, archived and annulled ones apart."""

    draft: int
    red_executing: int
    blue_evaluating: int
    in_review: int
    validated: int
    rejected: int


class TechniqueFigures(OutputModel):
    """How techniques stand."""

    total: int
    leaves: int
    """Techniques without sub-techniques."""
    units: int
    """Units of measure: leaves, and parents with tests of their own."""
    by_status: StatusCounts
    """Of the units."""
    proven: int
    """Leaves with a current result."""
    review_required: int


class TestFigures(OutputModel):
    """How tests stand."""

    total: int
    by_state: StateCounts
    inconclusive: int
    """Validated, yet proving nothing."""


class ResultFigures(OutputModel):
    """Current results against what was expected of them."""

    current: int
    met: int
    sighted: int
    """Telemetry below the expectation."""
    missed: int
    expired: int
    expiring: int
    """Current ones that expire within 60 days."""


class MetricsSummary(OutputModel):
    """Where a domain stands."""

    as_of: datetime
    domain: str
    techniques: TechniqueFigures
    tests: TestFigures
    results: ResultFigures
    stale_validations: int
    """Validated results that are too old to count."""


class TacticMetrics(OutputModel):
    """One tactic; a technique counts in each of its tactics."""

    attack_id: str
    shortname: str
    name: str
    techniques: int
    leaves: int
    units: int
    by_status: StatusCounts
    proven: int


class MetricsByTactic(OutputModel):
    """Tactics in matrix order."""

    as_of: datetime
    domain: str
    tactics: list[TacticMetrics]


class PipelineStage(OutputModel):
    """Tests in one state."""

    state: State
    count: int
    median_age_seconds: float | None
    """How long they have been in it; null where none is, and for validated ones, which have arrived."""
    p90_age_seconds: float | None
    oldest_age_seconds: float | None


class Rejections(OutputModel):
    """Rejecting votes on one side for one reason."""

    side: str
    reason_code: str
    """`unspecified` where the lead gave only words."""
    count: int


class MetricsPipeline(OutputModel):
    """The way of tests, state by state; archived ones are not counted."""

    as_of: datetime
    sealed_included: bool
    """Blind tests before their reveal are counted, for those who see them: the red side and admins."""
    stages: list[PipelineStage]
    rejections_since: datetime
    rejections: list[Rejections]


class ActivityCounts(OutputModel):
    """Steps of tests."""

    started: int
    red_submitted: int
    returned: int
    """Sent back by blue with a question."""
    blue_submitted: int
    validated: int
    rejected: int
    reopened: int


class ActivityDay(ActivityCounts):
    """Steps of one day, UTC."""

    day: date


class VoteCounts(OutputModel):
    """Votes on one side."""

    cast: int
    approved: int
    """Of rounds that are decided; before that a vote is its author's."""
    rejected: int


class MetricsTeamActivity(OutputModel):
    """What both sides did in a period; the first and the last day may be parts of a day."""

    as_of: datetime
    since: datetime
    until: datetime
    totals: ActivityCounts
    days: list[ActivityDay]
    red_votes: VoteCounts
    blue_votes: VoteCounts
