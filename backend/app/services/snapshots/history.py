"""How one technique's score went, as the snapshots told it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.snapshots import CoverageSnapshot, CoverageSnapshotTechnique


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """A technique in a snapshot. No sealed test is in any number of a snapshot."""

    snapshot_id: UUID
    taken_at: datetime
    attack_version: str | None
    formula: int
    attack_id: str
    """The id that it had then."""
    status: str
    score: float | None
    proven: bool
    results: int
    met: int


async def score_history(
    session: AsyncSession, technique_id: UUID, *, limit: int, offset: int = 0
) -> tuple[Sequence[ScorePoint], int]:
    """The technique in every snapshot that knew it, the newest first, and in how many it is."""
    known = CoverageSnapshotTechnique.technique_id == technique_id
    total = await session.scalar(select(func.count()).select_from(CoverageSnapshotTechnique).where(known))
    rows = await session.execute(
        select(
            CoverageSnapshot.id.label("snapshot_id"),
            CoverageSnapshot.taken_at,
            CoverageSnapshot.attack_version,
            CoverageSnapshot.formula,
            CoverageSnapshotTechnique.attack_id,
            CoverageSnapshotTechnique.status,
            CoverageSnapshotTechnique.score,
            CoverageSnapshotTechnique.proven,
            CoverageSnapshotTechnique.results,
            CoverageSnapshotTechnique.met,
        )
        .join(CoverageSnapshot, CoverageSnapshot.id == CoverageSnapshotTechnique.snapshot_id)
        .where(known)
        .order_by(CoverageSnapshot.taken_at.desc(), CoverageSnapshot.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [ScorePoint(**row) for row in rows.mappings()], total or 0
