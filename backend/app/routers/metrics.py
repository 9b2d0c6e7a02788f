"""Figures of the dashboard."""

from dataclasses import asdict
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Query, Response

from app.clock import now
from app.dependencies import ReadSession, Shared, require
from app.domain.actor import Actor
from app.domain.blindness import sees_sealed
from app.domain.permissions import Permission
from app.routers.answers import shared_json
from app.routers.base import protected_router
from app.routers.filters import DayOrMoment, Environment, PlatformNames, beginning_of, end_of
from app.schemas.heatmap import DomainName, StatusCounts
from app.schemas.metrics import (
    ActivityCounts,
    ActivityDay,
    MetricsByTactic,
    MetricsPipeline,
    MetricsSummary,
    MetricsTeamActivity,
    PipelineStage,
    Rejections,
    ResultFigures,
    StateCounts,
    TacticMetrics,
    TechniqueFigures,
    TestFigures,
    VoteCounts,
)
from app.schemas.operational import OperationalMetrics
from app.services import flow, metrics
from app.services.operational.build import operational_metrics
from app.services.operational.scope import scope_of

router = protected_router("/metrics", "metrics")
Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]


class _Part(NamedTuple):
    """Which part of the organisation the figures are of."""

    domain: str
    environment: UUID | None
    platforms: tuple[str, ...]


async def _part(
    domain: DomainName = "enterprise",
    environment: Environment = None,
    platform: PlatformNames = [],  # noqa: B006  FastAPI copies it
) -> _Part:
    return _Part(domain, environment, tuple(platform))


async def _flow_part(
    domain: Annotated[DomainName | None, Query(description="Default: all of them.")] = None,
    environment: Annotated[UUID | None, Query(description="Default: all of them.")] = None,
    platform: PlatformNames = [],  # noqa: B006  as above
) -> flow.Part:
    return flow.Part(domain, environment, tuple(platform))


Until = Annotated[
    DayOrMoment | None, Query(alias="to", description="Day, which belongs to it, or moment. Default: now.")
]
FlowPart = Annotated[flow.Part, Depends(_flow_part)]


Part = Annotated[_Part, Depends(_part)]


@router.get("/summary", response_model=MetricsSummary)
async def get_metrics_summary(_actor: Reader, session: ReadSession, shared: Shared, part: Part) -> Response:
    """How techniques, tests and results of a domain stand."""

    async def make() -> MetricsSummary:
        found = await metrics.summarise(
            session, domain=part.domain, environment_id=part.environment, platforms=part.platforms, now=now()
        )
        return _summary(found)

    return await shared_json(shared, session, ("summary", part), make)


def _summary(found: metrics.Summary) -> MetricsSummary:
    results = found.results
    return MetricsSummary(
        as_of=found.as_of,
        domain=found.domain,
        techniques=TechniqueFigures(
            total=found.techniques,
            leaves=found.leaves,
            units=found.units,
            by_status=StatusCounts(**found.by_status),
            proven=found.proven,
            review_required=found.review_required,
        ),
        tests=TestFigures(total=found.tests, by_state=StateCounts(**found.by_state), inconclusive=found.inconclusive),
        results=ResultFigures(
            current=results.current,
            met=results.met,
            sighted=results.sighted,
            missed=results.missed,
            expired=results.expired,
            expiring=found.expiring,
        ),
        stale_validations=results.expired,
    )


@router.get("/by-tactic", response_model=MetricsByTactic)
async def get_metrics_by_tactic(_actor: Reader, session: ReadSession, shared: Shared, part: Part) -> Response:
    """Statuses per tactic, for a stacked bar each."""

    async def make() -> MetricsByTactic:
        moment = now()
        found = await metrics.by_tactic(
            session, domain=part.domain, environment_id=part.environment, platforms=part.platforms, now=moment
        )
        tactics = [TacticMetrics(**asdict(tactic)) for tactic in found]
        return MetricsByTactic(as_of=moment, domain=part.domain, tactics=tactics)

    return await shared_json(shared, session, ("by-tactic", part), make)


@router.get("/pipeline", response_model=MetricsPipeline)
async def get_metrics_pipeline(actor: Reader, session: ReadSession, shared: Shared, part: FlowPart) -> Response:
    """How many tests are in each state and for how long, and why tests were rejected lately."""
    sealed = sees_sealed(actor)

    async def make() -> MetricsPipeline:
        found = await flow.pipeline(session, part, sealed=sealed, now=now())
        return MetricsPipeline(
            as_of=found.as_of,
            sealed_included=sealed,
            stages=[PipelineStage.model_validate(stage) for stage in found.stages],
            rejections_since=found.since,
            rejections=[Rejections(side=side, reason_code=code, count=count) for side, code, count in found.rejections],
        )

    return await shared_json(shared, session, ("pipeline", part, sealed), make)


@router.get("/team-activity", response_model=MetricsTeamActivity)
async def get_metrics_team_activity(
    _actor: Reader,
    session: ReadSession,
    shared: Shared,
    part: FlowPart,
    since: Annotated[
        DayOrMoment | None, Query(alias="from", description="Day or moment. Default: 30 days before the end.")
    ] = None,
    until: Until = None,
) -> Response:
    """What both sides handed over, sent back and judged in a period of at most a year."""
    begin, end = beginning_of(since), end_of(until)

    async def make() -> MetricsTeamActivity:
        found = await flow.team_activity(session, part, since=begin, until=end, now=now())
        return MetricsTeamActivity(
            as_of=found.as_of,
            since=found.since,
            until=found.until,
            totals=ActivityCounts(**found.totals),
            days=[ActivityDay.model_validate({"day": day, **counts}) for day, counts in found.days],
            red_votes=VoteCounts.model_validate(found.red_votes),
            blue_votes=VoteCounts.model_validate(found.blue_votes),
        )

    return await shared_json(shared, session, ("team-activity", part, begin, end), make)


@router.get("/operational")
async def get_operational_metrics(
    _actor: Reader,
    session: ReadSession,
    since: Annotated[
        DayOrMoment | None, Query(alias="from", description="Day or moment. Default: 90 days before the end.")
    ] = None,
    until: Until = None,
    domain: DomainName = "enterprise",
    environment: Environment = None,
    platform: PlatformNames = [],  # noqa: B006  FastAPI copies defaults
    tactic: Annotated[
        str | None, Query(max_length=100, pattern=r"^[A-Za-z0-9-]+$", description="Short name or ATT&CK id.")
    ] = None,
) -> OperationalMetrics:
    """How fast attacks were detected and gaps closed, how well and how reliably, over a period."""
    scope = await scope_of(
        session,
        since=since,
        until=until,
        domain=domain,
        environment_id=environment,
        platforms=platform,
        tactic=tactic,
    )
    return await operational_metrics(session, scope)
