"""Reading snapshots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.models.identity import UserAccount
from app.models.snapshots import CoverageSnapshot, CoverageSnapshotTechnique

SORTS = {"taken_at": CoverageSnapshot.taken_at, "name": CoverageSnapshot.name}


@dataclass(frozen=True, slots=True)
class SnapshotFilter:
    """What a list of snapshots is narrowed to."""

    domain: str | None = None
    trigger: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Not itself in the period."""


async def list_snapshots(
    session: AsyncSession, wanted: SnapshotFilter, *, sort: str = "-taken_at", limit: int, offset: int = 0
) -> tuple[Sequence[tuple[CoverageSnapshot, str | None]], int]:
    """Snapshots without their inputs, each with the name of who took it, and how many there are."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.domain is not None:
        conditions.append(CoverageSnapshot.domain == wanted.domain)
    if wanted.trigger is not None:
        conditions.append(CoverageSnapshot.trigger == wanted.trigger)
    if wanted.since is not None:
        conditions.append(CoverageSnapshot.taken_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(CoverageSnapshot.taken_at < wanted.until)
    column = SORTS[sort.lstrip("-")]
    order = (column.desc(), CoverageSnapshot.id.desc()) if sort.startswith("-") else (column, CoverageSnapshot.id)
    total = await session.scalar(select(func.count()).select_from(CoverageSnapshot).where(*conditions))
    rows = await session.execute(
        select(CoverageSnapshot, UserAccount.username)
        .outerjoin(UserAccount, UserAccount.id == CoverageSnapshot.created_by_id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    return [(snapshot, username) for snapshot, username in rows], total or 0


async def get_snapshot(session: AsyncSession, snapshot_id: UUID) -> tuple[CoverageSnapshot, str | None]:
    """One snapshot and who took it. Raises NotFound."""
    row = (
        await session.execute(
            select(CoverageSnapshot, UserAccount.username)
            .outerjoin(UserAccount, UserAccount.id == CoverageSnapshot.created_by_id)
            .where(CoverageSnapshot.id == snapshot_id)
        )
    ).first()
    if row is None:
        raise NotFound("snapshot_not_found", "There is no such snapshot.")
    return row[0], row[1]


async def newest_until(session: AsyncSession, domain: str, before: datetime) -> CoverageSnapshot | None:
    """The newest snapshot of a domain that was taken before a moment."""
    found: CoverageSnapshot | None = await session.scalar(
        select(CoverageSnapshot)
        .where(CoverageSnapshot.domain == domain, CoverageSnapshot.taken_at < before)
        .order_by(CoverageSnapshot.taken_at.desc(), CoverageSnapshot.id.desc())
        .limit(1)
    )
    return found


async def techniques_of(session: AsyncSession, snapshot_id: UUID) -> Sequence[CoverageSnapshotTechnique]:
    """The techniques of a snapshot by their ids of then."""
    found = await session.scalars(
        select(CoverageSnapshotTechnique)
        .where(CoverageSnapshotTechnique.snapshot_id == snapshot_id)
        .order_by(CoverageSnapshotTechnique.attack_id, CoverageSnapshotTechnique.technique_id)
    )
    return found.all()
