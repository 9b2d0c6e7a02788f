"""Rows of integrity runs, each written in a short session of its own so that progress is seen and failure kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.database import SessionFactory, session_scope
from app.errors import NotFound
from app.ids import new_id
from app.models.base import JsonObject
from app.models.integrity import IntegrityRun

KEPT_FOR = timedelta(minutes=1)
"""How long a finished check answers for the next one of the same person."""
DEAD_AFTER = timedelta(minutes=2)
"""Without a sign of life for so long, the process that worked on a run is gone."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The run that answers a wish, and whether it was made for it: else another of its kind is under way or fresh."""

    run: IntegrityRun
    is_new: bool


async def begin(factory: SessionFactory, kind: str, *, requested_by: UUID | None) -> Begun:
    """Open a run, or find the one that does the same now or did it for this person within a minute."""
    moment = now()
    async with session_scope(factory) as session:
        await _close_dead(session, kind)
        if requested_by is not None:
            kept = await session.scalar(
                select(IntegrityRun)
                .where(
                    IntegrityRun.kind == kind,
                    IntegrityRun.status == "succeeded",
                    IntegrityRun.requested_by_id == requested_by,
                    IntegrityRun.ended_at > moment - KEPT_FOR,
                    IntegrityRun.ended_at <= moment,
                )
                .order_by(IntegrityRun.ended_at.desc())
                .limit(1)
            )
            if kept is not None:
                return Begun(kept, is_new=False)
        made = await session.scalar(
            insert(IntegrityRun)
            .values(id=new_id(), kind=kind, requested_by_id=requested_by, started_at=moment, beat_at=moment)
            .on_conflict_do_nothing(index_elements=["kind"], index_where=IntegrityRun.status == "running")
            .returning(IntegrityRun)
        )
        if made is not None:
            return Begun(made, is_new=True)
        newest = select(IntegrityRun).where(IntegrityRun.kind == kind).order_by(IntegrityRun.started_at.desc()).limit(1)
        return Begun((await session.execute(newest)).scalar_one(), is_new=False)


async def _close_dead(session: AsyncSession, kind: str) -> None:
    moment = now()
    await session.execute(
        update(IntegrityRun)
        .where(IntegrityRun.kind == kind, IntegrityRun.status == "running", IntegrityRun.beat_at < moment - DEAD_AFTER)
        .values(status="interrupted", ended_at=moment, error="the process ended during the run")
    )


async def beat(factory: SessionFactory, run_id: UUID, *, done: int, total: int) -> None:
    """Say how far a run is, and that it lives."""
    async with session_scope(factory) as session:
        await session.execute(
            update(IntegrityRun).where(IntegrityRun.id == run_id).values(done=done, total=total, beat_at=now())
        )


async def finish(
    session: AsyncSession, run_id: UUID, *, intact: bool, result: JsonObject, done: int, total: int
) -> None:
    """Close a run that came to its end."""
    moment = now()
    await session.execute(
        update(IntegrityRun)
        .where(IntegrityRun.id == run_id)
        .values(
            status="succeeded", ended_at=moment, beat_at=moment, intact=intact, result=result, done=done, total=total
        )
    )


async def fail(factory: SessionFactory, run_id: UUID, *, status: str, error: str) -> None:
    """Close a run that broke off."""
    async with session_scope(factory) as session:
        await session.execute(
            update(IntegrityRun)
            .where(IntegrityRun.id == run_id, IntegrityRun.status == "running")
            .values(status=status, ended_at=now(), error=error[:1000])
        )


def status_of(run: IntegrityRun) -> str:
    """The status as it is to be shown: a run without a sign of life is interrupted, also before anybody closes it."""
    return "interrupted" if run.status == "running" and run.beat_at < now() - DEAD_AFTER else run.status


async def get_run(session: AsyncSession, run_id: UUID, *kinds: str) -> IntegrityRun:
    """One run of these kinds as it is stored now. Raises NotFound."""
    run: IntegrityRun | None = await session.scalar(
        select(IntegrityRun)
        .where(IntegrityRun.id == run_id, IntegrityRun.kind.in_(kinds))
        .execution_options(populate_existing=True)
    )
    if run is None:
        raise NotFound("run_not_found", "There is no such check.")
    return run


async def list_runs(session: AsyncSession, *kinds: str, limit: int, offset: int) -> tuple[Sequence[IntegrityRun], int]:
    """Runs of these kinds, newest first: (page, total)."""
    mine = IntegrityRun.kind.in_(kinds)
    total = await session.scalar(select(func.count()).select_from(IntegrityRun).where(mine))
    rows = await session.scalars(
        select(IntegrityRun)
        .where(mine)
        .order_by(IntegrityRun.started_at.desc(), IntegrityRun.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return rows.all(), total or 0
