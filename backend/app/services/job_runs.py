"""Rows of job runs, each written in a short session of its own so that a failure is recorded too."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.database import SessionFactory, session_scope
from app.ids import new_id
from app.models.base import JsonObject
from app.models.jobs import JobRun
from app.services.announcements import announce


async def last_started(session: AsyncSession, job: str) -> datetime | None:
    """When the newest run of a job began."""
    found: datetime | None = await session.scalar(select(func.max(JobRun.started_at)).where(JobRun.job == job))
    return found


async def is_due(factory: SessionFactory, job: str, interval: timedelta | None) -> bool:
    """Whether the schedule asks for the job now."""
    if interval is None:
        return False
    async with factory() as session:
        last = await last_started(session, job)
    return last is None or now() >= last + interval


async def begin(factory: SessionFactory, job: str, *, trigger: str, requested_by: UUID | None) -> UUID:
    """Open a run."""
    run = JobRun(
        id=new_id(), job=job, status="running", trigger=trigger, requested_by_id=requested_by, started_at=now()
    )
    async with session_scope(factory) as session:
        session.add(run)
        await announce(session, "job_run", run.id)
    return run.id


async def finish(
    factory: SessionFactory, run_id: UUID, *, status: str, counts: JsonObject | None = None, error: str | None = None
) -> None:
    """Close a run."""
    async with session_scope(factory) as session:
        await session.execute(
            update(JobRun)
            .where(JobRun.id == run_id)
            .values(status=status, ended_at=now(), counts=counts or {}, error=error)
        )
        await announce(session, "job_run", run_id)


async def interrupt_running(factory: SessionFactory, job: str) -> int:
    """Mark runs that are still open as interrupted; the caller holds the job's lock. Returns how many."""
    async with session_scope(factory) as session:
        marked = await session.scalars(
            update(JobRun)
            .where(JobRun.job == job, JobRun.status == "running")
            .values(status="interrupted", ended_at=now(), error="the process ended during the run")
            .returning(JobRun.id)
        )
        return len(marked.all())


async def newest_runs(session: AsyncSession) -> dict[str, JobRun]:
    """The newest run of each job."""
    rows = await session.scalars(
        select(JobRun).ext(distinct_on(JobRun.job)).order_by(JobRun.job, JobRun.started_at.desc(), JobRun.id.desc())
    )
    return {row.job: row for row in rows}


async def list_runs(session: AsyncSession, job: str, *, limit: int, offset: int) -> tuple[Sequence[JobRun], int]:
    """A job's runs, newest first: (page, total)."""
    total = await session.scalar(select(func.count()).select_from(JobRun).where(JobRun.job == job))
    rows = await session.scalars(
        select(JobRun)
        .where(JobRun.job == job)
        .order_by(JobRun.started_at.desc(), JobRun.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return rows.all(), total or 0
