"""Looks every minute what is due. Intervals count from the last recorded run, not from the start of the process."""

import asyncio
from uuid import UUID

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from app.errors import NotFound
from app.jobs.base import Job, JobContext
from app.jobs.content import request_due_sources
from app.jobs.registry import JOBS
from app.jobs.runner import run_job
from app.services.content.runner import mark_interrupted

log = structlog.get_logger(__name__)
TICK_SECONDS = 60


class JobScheduler:
    """The jobs of one process. Several processes may have one each: locks keep them from doing anything twice."""

    def __init__(self, context: JobContext) -> None:
        self.context = context
        self._scheduler: AsyncIOScheduler | None = None
        self._tasks: set[asyncio.Task[UUID | None]] = set()

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_job(self.tick, "interval", seconds=TICK_SECONDS, max_instances=1, coalesce=True)
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop ticking and end what runs here."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def tick(self) -> None:
        """Start what is due; a fault of the database is logged and the next tick tries again."""
        try:
            await mark_interrupted(self.context.factory)
            await request_due_sources(self.context)
        except Exception:  # the scheduler outlives a lost database
            log.exception("scheduler.tick_failed")
            return
        for job in JOBS.values():
            if job.interval(self.context.settings) is not None:
                self._spawn(job, trigger="schedule", requested_by=None)

    def trigger(self, name: str, requested_by: UUID | None) -> None:
        """Start a job by hand, in the background. Raises NotFound."""
        self._spawn(job_named(name), trigger="manual", requested_by=requested_by)

    def _spawn(self, job: Job, *, trigger: str, requested_by: UUID | None) -> None:
        if any(task.get_name() == job.name for task in self._tasks):
            return
        task = asyncio.create_task(
            run_job(self.context, job, trigger=trigger, requested_by=requested_by), name=job.name
        )
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[UUID | None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("scheduler.job_crashed", job=task.get_name(), exc_info=task.exception())


def job_named(name: str) -> Job:
    """The job with this name. Raises NotFound."""
    if name not in JOBS:
        raise NotFound("job_not_found", "There is no such job.")
    return JOBS[name]
