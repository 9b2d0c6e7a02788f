"""The executive's figures at a moment. Sealed tests are in none of them."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.comparison import FIGURES, Change
from app.domain.coverage import Status
from app.domain.scores import Figure, Scores, score_all
from app.models.coverage import TechniqueStats
from app.models.findings import Finding
from app.models.knowledge import Technique
from app.models.snapshots import CoverageSnapshot
from app.reports.executive import ExecutiveReport, Headline, Speed
from app.services.executive.candour import candour_of
from app.services.executive.compliance import gauges
from app.services.executive.threats import standings
from app.services.executive.trend import point_of, trend
from app.services.executive.words import Upgrade, risk_in_words
from app.services.operational.build import operational_metrics
from app.services.operational.scope import Scope
from app.services.reports.common import environment_name, trail_now
from app.services.reports.remediation import SETTLED, accepted_risks, shown_in
from app.services.scores import read_inputs
from app.services.snapshots import Compared, SnapshotFilter, compare_moments, list_snapshots
from app.services.snapshots.queries import newest_until

QUARTER: Final = timedelta(days=91)
QUARTERS: Final = 4


async def executive_report(
    session: AsyncSession, *, domain: str, environment_id: UUID | None = None, now: datetime
) -> ExecutiveReport:
    """Everything on the executive's page, over all active environments together or in one of them.

    Raises Invalid for an unknown environment.
    """
    inputs = await read_inputs(session, domain=domain, environment_id=environment_id, now=now)
    scores = await asyncio.to_thread(score_all, inputs)
    base = await _base(session, domain, now)
    compared = await _compared(session, base, domain, environment_id, now)
    figures = _headlines(scores, compared)
    actors, gaps = await standings(session, scores, now)
    speed, manual = await _speed(session, domain, environment_id, now)
    open_findings, overdue = await _findings(session, environment_id, now)
    counts = Counter(unit.status for unit in scores.units.values())
    base_as_of = base.taken_at if base else None
    return ExecutiveReport(
        as_of=now,
        domain=domain,
        environment_id=environment_id,
        environment=await environment_name(session, environment_id),
        attack_version=scores.inputs.attack_version,
        base_as_of=base_as_of,
        base_id=base.id if base else None,
        figures=figures,
        by_status={status.value: counts[status] for status in Status},
        tests=await _tests(session, domain, list(scores.inputs.environments)),
        trend=[*await trend(session, domain, environment_id, now), point_of(scores, now)],
        actors=actors,
        gaps=gaps,
        speed=speed,
        open_findings=open_findings,
        overdue_findings=overdue,
        accepted=await accepted_risks(session, now, environment_id),
        candour=await candour_of(session, scores, manual=manual, period=QUARTER, now=now),
        compliance=await gauges(session, scores),
        risk=risk_in_words(
            scores,
            figures=figures,
            base=base_as_of,
            upgrade=_upgrade(compared),
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


async def _compared(
    session: AsyncSession, base: CoverageSnapshot | None, domain: str, environment_id: UUID | None, now: datetime
) -> Compared | None:
    if base is None:
        return None
    return await compare_moments(
        session, base=str(base.id), head="now", domain=domain, now=now, environment_id=environment_id
    )


def _upgrade(compared: Compared | None) -> Upgrade | None:
    """What ATT&CK's release brought since the base, if there was another one then."""
    if compared is None:
        return None
    before, after = compared.base.attack_version, compared.head.attack_version
    if before is None or after is None or before == after:
        return None
    changes = compared.comparison.changes
    return Upgrade(before, after, new=changes[Change.NEW], gone=changes[Change.GONE])


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


async def _speed(
    session: AsyncSession, domain: str, environment_id: UUID | None, now: datetime
) -> tuple[list[Speed], float | None]:
    """The last quarters, the oldest first, and the share of times typed by hand in the last one."""
    found: list[Speed] = []
    manual: float | None = None
    for back in range(QUARTERS, 0, -1):
        since, until = now - back * QUARTER, now - (back - 1) * QUARTER
        told = await operational_metrics(session, Scope(now, since, until, domain, environment_id, (), None, None))
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


async def _findings(session: AsyncSession, environment_id: UUID | None, now: datetime) -> tuple[int, int]:
    late = func.count().filter(Finding.due_on < now.date())
    wanted = Finding.status.not_in(SETTLED), *shown_in(environment_id)
    row = (await session.execute(select(func.count(), late).where(*wanted))).one()
    return row[0], row[1]


async def _tests(session: AsyncSession, domain: str, environments: Sequence[str]) -> int:
    total = await session.scalar(
        select(func.coalesce(func.sum(TechniqueStats.tests), 0))
        .join(Technique, Technique.id == TechniqueStats.technique_id)
        .where(Technique.domain == domain, TechniqueStats.environment_id.in_(environments))
    )
    return int(total or 0)
