"""How the figures went, from snapshots."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.comparison import FIGURES
from app.domain.score_inputs import in_environment, load_inputs
from app.domain.scores import Scores, score_all
from app.models.snapshots import CoverageSnapshot
from app.reports.executive import TrendPoint
from app.services.snapshots import SnapshotFilter, list_snapshots

TREND_YEARS: Final = timedelta(days=731)
TREND_POINTS: Final = 120
JUDGED_POINTS: Final = 16
"""So many old snapshots at most are judged anew for one environment; each of them costs what all scores cost."""


async def trend(session: AsyncSession, domain: str, environment_id: UUID | None, now: datetime) -> list[TrendPoint]:
    """The figures of two years, the oldest first, as the snapshots told them.

    An old snapshot told nothing of one environment, but it keeps what it was judged by, and is judged anew. One that
    does not know the environment has no point.
    """
    wanted = SnapshotFilter(domain, since=now - TREND_YEARS, until=now)
    rows, _ = await list_snapshots(session, wanted, limit=TREND_POINTS)
    snapshots = [snapshot for snapshot, _ in reversed(rows)]
    if environment_id is None:
        return [_told(snapshot, snapshot.figures["organization"]) for snapshot in snapshots]
    silent = [snapshot for snapshot in snapshots if "environments" not in snapshot.figures]
    judged = {snapshot.id for snapshot in spread(silent, JUDGED_POINTS)}
    points = []
    for snapshot in snapshots:
        if told := snapshot.figures.get("environments", {}).get(str(environment_id)):
            points.append(_told(snapshot, told))
        elif snapshot.id in judged:
            points += await _judged(session, snapshot, environment_id)
    return points


async def _judged(session: AsyncSession, snapshot: CoverageSnapshot, environment_id: UUID) -> list[TrendPoint]:
    # One at a time: what a snapshot was judged by is large, and no more of them than JUDGED_POINTS are read.
    stored = await session.scalar(select(CoverageSnapshot.inputs).where(CoverageSnapshot.id == snapshot.id))
    scores = await asyncio.to_thread(_judge, stored or {}, str(environment_id))
    return [] if scores is None else [point_of(scores, snapshot.taken_at, snapshot.id)]


def point_of(scores: Scores, as_of: datetime, snapshot_id: UUID | None = None) -> TrendPoint:
    """Scores as a point of the trend; without a snapshot it is that of now."""
    three = scores.organization
    return TrendPoint(
        as_of=as_of,
        snapshot_id=snapshot_id,
        profile=three.profile.score if three.profile else None,
        in_scope=three.in_scope.score,
        tested=three.tested.score,
        results=three.in_scope.evidence.current,
    )


def spread(snapshots: Sequence[CoverageSnapshot], most: int) -> list[CoverageSnapshot]:
    """At most so many of them, evenly, the first and the last among them."""
    if len(snapshots) <= most:
        return list(snapshots)
    return [snapshots[round(place * (len(snapshots) - 1) / (most - 1))] for place in range(most)]


def _judge(stored: dict[str, Any], environment: str) -> Scores | None:
    inputs = in_environment(load_inputs(stored), environment)
    return score_all(inputs) if inputs.environments else None


def _told(snapshot: CoverageSnapshot, told: Mapping[str, Any]) -> TrendPoint:
    scored = {name: told[name]["score"] if told[name] else None for name in FIGURES}
    results = told["in_scope"]["results"]
    return TrendPoint(as_of=snapshot.taken_at, snapshot_id=snapshot.id, results=results, **scored)
