"""Runs one job once, whatever the number of processes."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import structlog
from sqlalchemy import text

from app.database import SessionFactory
from app.jobs.base import Job, JobContext
from app.services import job_runs
from app.services.content.runner import engine_of

log = structlog.get_logger(__name__)
LOCK_SPACE = 7_105


def lock_key(name: str) -> int:
    """Second half of a job's advisory lock."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big", signed=True)


@asynccontextmanager
async def job_lock(factory: SessionFactory, name: str) -> AsyncIterator[bool]:
    """The job's lock, on a connection of its own: it falls with the process that held it. False while held."""
    engine = engine_of(factory).execution_options(isolation_level="AUTOCOMMIT")
    keys = {"space": LOCK_SPACE, "key": lock_key(name)}
    async with engine.connect() as connection:
        held = bool(await connection.scalar(text("SELECT pg_try_advisory_lock(:space, :key)"), keys))
        try:
            yield held
        finally:
            if held:
                await connection.execute(text("SELECT pg_advisory_unlock(:space, :key)"), keys)


async def run_job(
    context: JobContext, job: Job, *, trigger: str = "schedule", requested_by: UUID | None = None
) -> UUID | None:
    """Run the job if nobody else does, and, on schedule, only if it is due. Returns the run, or None.

    A `running` row whose lock is free belongs to a process that died: it is marked `interrupted`.
    """
    async with job_lock(context.factory, job.name) as held:
        if not held:
            return None
        await job_runs.interrupt_running(context.factory, job.name)
        interval = job.interval(context.settings)
        if trigger == "schedule" and not await job_runs.is_due(context.factory, job.name, interval):
            return None
        run_id = await job_runs.begin(context.factory, job.name, trigger=trigger, requested_by=requested_by)
        log.info("job.started", job=job.name, trigger=trigger)
        try:
            async with asyncio.timeout(job.timeout_seconds):
                counts = await job.run(context)
        except asyncio.CancelledError:
            # The process stops: the next one sees the free lock and marks the run.
            raise
        except Exception as error:  # a job's failure is its result, and the scheduler goes on
            log.exception("job.failed", job=job.name)
            message = "took too long" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
            await job_runs.finish(context.factory, run_id, status="failed", error=message[:1000])
        else:
            await job_runs.finish(context.factory, run_id, status="succeeded", counts=dict(counts))
            log.info("job.finished", job=job.name, **counts)
        return run_id
