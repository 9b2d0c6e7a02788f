"""The executive's figures at a moment. Sealed tests are in none of them."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.comparison import FIGURES
from app.domain.coverage import Status
from app.domain.scores import Figure, Scores, score_all
from app.models.coverage import TechniqueStats
from app.models.findings import Finding
from app.models.knowledge import Technique
from app.models.snapshots import CoverageSnapshot
from app.reports.executive import Candour, ExecutiveReport, Headline, Speed, TrendPoint
from app.services.executive.compliance import gauges
from app.services.executive.threats import standings
from app.services.executive.words import risk_in_words
from app.services.operational.build import operational_metrics
from app.services.operational.scope import Scope
from app.services.reports.common import trail_now
from app.services.reports.remediation import SETTLED, accepted_risks
from app.services.scores import read_inputs
from app.services.snapshots import Compared, SnapshotFilter, compare_moments, list_snapshots
from app.services.snapshots.queries import newest_until

QUARTER: Final = timedelta(days=91)
QUARTERS: Final = 4
TREND_YEARS: Final = timedelta(days=731)
TREND_POINTS: Final = 120
_RANKS: Final = "ARRAY['logged', 'detected', 'prevented']"
_LOWERED: Final = text(
    f"""
    SELECT (SELECT count(*) FROM (
      SELECT DISTINCT ON (o.technique_id, o.environment_id) o.expected
      FROM technique_overlay o
      JOIN technique t ON t.id = o.technique_id AND t.domain = :domain AND t.is_active
      JOIN environment e ON e.id = o.environment_id AND e.is_active
      WHERE o.expected IS NOT NULL AND o.valid_from <= :moment AND (o.valid_until IS NULL OR o.valid_until > :moment)
      ORDER BY o.technique_id, o.environment_id, o.valid_from DESC, o.id DESC
    ) decided WHERE array_position({_RANKS}, decided.expected) < array_position({_RANKS}, CAST(:general AS text)))
    + (SELECT count(*) FROM security_test t JOIN technique q ON q.id = t.technique_id AND q.domain = :domain
      WHERE array_position({_RANKS}, t.expected) < array_position({_RANKS}, CAST(:general AS text))
        AND t.state = 'validated' AND t.decided_at < :moment AND t.annulled_at IS NULL AND t.archived_at IS NULL
        AND (NOT t.blind OR t.revealed_at IS NOT NULL))
    """  # noqa: S608  the constant above
)
_ENTERED_LATER: Final = text(
    """
    SELECT count(*) FROM test_round r
    JOIN security_test t ON t.id = r.test_id AND t.current_round = r.no
    JOIN technique q ON q.id = t.technique_id AND q.domain = :domain
    WHERE r.entered_later AND r.first_executed_at >= :since AND r.first_executed_at < :moment
      AND t.annulled_at IS NULL AND t.archived_at IS NULL AND (NOT t.blind OR t.revealed_at IS NOT NULL)
    """
)


async def executive_report(session: AsyncSession, *, domain: str, now: datetime) -> ExecutiveReport:
    """Everything on the executive's page, over all active environments."""
    scores = await asyncio.to_thread(score_all, await read_inputs(session, domain=domain, now=now))
    base = await _base(session, domain, now)
    compared = await compare_moments(session, base=str(base.id), head="now", domain=domain, now=now) if base else None
    figures = _headlines(scores, compared)
    actors, gaps = await standings(session, scores, now)
    speed, manual = await _speed(session, domain, now)
    open_findings, overdue = await _findings(session, now)
    counts = Counter(unit.status for unit in scores.units.values())
    base_as_of = base.taken_at if base else None
    return ExecutiveReport(
        as_of=now,
        domain=domain,
        attack_version=scores.inputs.attack_version,
        base_as_of=base_as_of,
        base_id=base.id if base else None,
        figures=figures,
        by_status={status.value: counts[status] for status in Status},
        tests=await _tests(session, domain, list(scores.inputs.environments)),
        trend=[*await _trend(session, domain, now), _point(scores, now)],
        actors=actors,
        gaps=gaps,
        speed=speed,
        open_findings=open_findings,
        overdue_findings=overdue,
        accepted=await accepted_risks(session, now),
        candour=await _candour(session, scores, manual, now),
        compliance=await gauges(session, scores),
        risk=risk_in_words(
            scores,
            figures=figures,
            base=base_as_of,
            actors=actors,
            gaps=gaps,
            speed=speed,
            open_findings=open_findings,
            overdue=overdue,
        ),
        trail=await trail_now(session),
    )


async def _base(session: AsyncSession, domain: str, now: datetime) -> CoverageSnapshot | None:
    """The newest snapshot that is a quarter old; while there is none, the oldest of all."""
    found = await newest_until(session, domain, now - QUARTER)
    if found is not None:
        return found
    rows, _ = await list_snapshots(session, SnapshotFilter(domain, until=now), sort="taken_at", limit=1)
    return rows[0][0] if rows else None


def _headlines(scores: Scores, compared: Compared | None) -> list[Headline]:
    found = []
    for name in FIGURES:
        figure: Figure | None = getattr(scores.organization, name)
        if figure is None:
            continue
        moved = compared.comparison.figures[name].score if compared else None
        found.append(
            Headline(
                name=name,
                score=figure.score,
                n=figure.n,
                proven=figure.proven,
                results=figure.evidence.current,
                before=moved.base if moved else None,
                difference=moved.difference if moved else None,
                shown=moved.shown if moved else None,
                attribution=moved.shares if moved else (),
            )
        )
    return found


async def _trend(session: AsyncSession, domain: str, now: datetime) -> list[TrendPoint]:
    wanted = SnapshotFilter(domain, since=now - TREND_YEARS, until=now)
    rows, _ = await list_snapshots(session, wanted, limit=TREND_POINTS)
    points = []
    for snapshot, _ in reversed(rows):
        told = snapshot.figures["organization"]
        scored = {name: told[name]["score"] if told[name] else None for name in FIGURES}
        results = told["in_scope"]["results"]
        points.append(TrendPoint(as_of=snapshot.taken_at, snapshot_id=snapshot.id, results=results, **scored))
    return points


def _point(scores: Scores, now: datetime) -> TrendPoint:
    three = scores.organization
    return TrendPoint(
        as_of=now,
        snapshot_id=None,
        profile=three.profile.score if three.profile else None,
        in_scope=three.in_scope.score,
        tested=three.tested.score,
        results=three.in_scope.evidence.current,
    )


async def _speed(session: AsyncSession, domain: str, now: datetime) -> tuple[list[Speed], float | None]:
    """The last quarters, the oldest first, and the share of times typed by hand in the last one."""
    found: list[Speed] = []
    manual: float | None = None
    for back in range(QUARTERS, 0, -1):
        since, until = now - back * QUARTER, now - (back - 1) * QUARTER
        told = await operational_metrics(session, Scope(now, since, until, domain, None, (), None, None))
        times, fixes, manual = told.mttd.all, told.mttr, told.manual_times.value
        found.append(
            Speed(
                since=since,
                until=until,
                executions=times.executions,
                detected=times.detected,
                mttd_mean_seconds=times.mean_seconds,
                mttd_median_seconds=times.median_seconds,
                fixes=fixes.count,
                mttr_mean_seconds=fixes.mean_seconds,
            )
        )
    return found, manual


async def _findings(session: AsyncSession, now: datetime) -> tuple[int, int]:
    late = func.count().filter(Finding.due_on < now.date())
    row = (await session.execute(select(func.count(), late).where(Finding.status.not_in(SETTLED)))).one()
    return row[0], row[1]


async def _tests(session: AsyncSession, domain: str, environments: Sequence[str]) -> int:
    total = await session.scalar(
        select(func.coalesce(func.sum(TechniqueStats.tests), 0))
        .join(Technique, Technique.id == TechniqueStats.technique_id)
        .where(Technique.domain == domain, TechniqueStats.environment_id.in_(environments))
    )
    return int(total or 0)


async def _candour(session: AsyncSession, scores: Scores, manual: float | None, now: datetime) -> Candour:
    inputs = scores.inputs
    asked = {"domain": inputs.domain, "moment": now, "since": now - QUARTER}
    lowered = await session.scalar(_LOWERED, {**asked, "general": inputs.expected})
    later = await session.scalar(_ENTERED_LATER, asked)
    return Candour(
        out_of_scope=scores.organization.out_of_scope,
        lowered_expectations=lowered or 0,
        entered_later=later or 0,
        manual_times=manual,
    )
