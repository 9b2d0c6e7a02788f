"""The executive's page."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from app.domain.coverage import Status
from app.schemas.base import OutputModel
from app.schemas.heatmap import DomainName, StatusCounts
from app.schemas.reports import AcceptedRiskFigures, ReportTrail
from app.schemas.snapshots import AttributionShare


class HeadlineOutput(OutputModel):
    """One of the organisation's three figures and its change."""

    name: Literal["profile", "in_scope", "tested"]
    score: float | None
    n: int
    """Techniques behind it."""
    proven: int
    """Of these, with a current result."""
    results: int
    """Current results behind it."""
    before: float | None
    """At the base of the change."""
    difference: float | None
    shown: float | None
    """The difference to one decimal."""
    attribution: list[AttributionShare]


class TrendOutput(OutputModel):
    """The figures of a snapshot, as they were told then; the last point is now.

    Of one environment they are judged anew, by today's formulas, from what the snapshot keeps.
    """

    as_of: datetime
    snapshot_id: UUID | None
    profile: float | None
    in_scope: float | None
    tested: float | None
    results: int


class GapOutput(OutputModel):
    """A technique where the defence is not proven to hold."""

    attack_id: str
    name: str
    status: Status
    score: float | None
    actors: list[str]
    """Of the threat profile, that use it."""


class ActorStandingOutput(OutputModel):
    """An actor of the threat profile and how we stand against it."""

    id: UUID
    attack_id: str
    name: str
    priority: int
    score: float | None
    techniques: int
    """That it uses and that count."""
    tested: int
    validated: int
    gaps: list[GapOutput]


class SpeedOutput(OutputModel):
    """A quarter: how fast attacks were seen and gaps closed."""

    since: datetime
    until: datetime
    executions: int
    detected: int
    mttd_mean_seconds: float | None
    mttd_median_seconds: float | None
    fixes: int
    """Findings proven fixed."""
    mttr_mean_seconds: float | None


class CandourOutput(OutputModel):
    """What may flatter the figures."""

    out_of_scope: int
    lowered_expectations: int
    """Decisions on techniques, and confirmed tests, that expect less than the organisation does in general."""
    entered_later: int
    """Tests of the last quarter that were written down a day or more after they ran."""
    manual_times: float | None
    """Share of times of the last quarter that a person typed, 0–1."""


class GaugeClasses(OutputModel):
    """Controls by what tests say of them."""

    supported: int
    thin: int
    contradicted: int
    no_evidence: int
    not_mapped: int


class GaugeOutput(OutputModel):
    """What tests say of a framework; they indicate, they do not certify."""

    id: UUID
    framework: str
    name: str
    version: str
    classes: GaugeClasses
    mapped: int
    share: float | None
    """Supported of mapped controls, 0–1; never of all."""
    mapping_version: str | None
    """Release of ATT&CK that the mapping was made for."""


class ExecutiveMetrics(OutputModel):
    """Where we stand, whether we got better, and where the holes are."""

    as_of: datetime
    domain: DomainName
    environment_id: UUID | None
    """Null: all active environments together."""
    environment: str | None
    """Name of that environment."""
    attack_version: str | None
    base_as_of: datetime | None
    """When the snapshot was taken that changes are counted from: a quarter ago, else the oldest; null without any."""
    base_id: UUID | None
    figures: list[HeadlineOutput]
    """The three, always together; the one on the threat profile is left out while there is none."""
    by_status: StatusCounts
    tests: int
    trend: list[TrendOutput]
    actors: list[ActorStandingOutput]
    """Of the threat profile only, the highest priority first; empty without one."""
    gaps: list[GapOutput]
    speed: list[SpeedOutput]
    """Quarter by quarter, the last one is the present."""
    open_findings: int
    overdue_findings: int
    accepted: AcceptedRiskFigures
    candour: CandourOutput
    compliance: list[GaugeOutput]
    risk: list[str]
    """The risk in words, most important first."""
    trail: ReportTrail | None
