"""Scheduled jobs."""

from typing import Annotated

from fastapi import Depends, Request, status

from app.dependencies import AppSettings, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.jobs.registry import JOBS
from app.jobs.scheduler import JobScheduler, job_named
from app.routers.base import protected_router
from app.schemas.base import Page
from app.schemas.jobs import JobOutput, JobRunOutput, JobStarted, SchedulerOutput
from app.services import job_runs

router = protected_router("/system/scheduler", "system")
Keeper = Annotated[Actor, Depends(require(Permission.SYSTEM_MANAGE))]
JobName = str


async def get_scheduler(request: Request) -> JobScheduler:
    """The scheduler of this process."""
    scheduler: JobScheduler = request.app.state.jobs
    return scheduler


@router.get("")
async def get_scheduler_state(actor: Keeper, session: ReadSession, settings: AppSettings) -> SchedulerOutput:
    """All jobs with their last and next runs."""
    del actor
    newest = await job_runs.newest_runs(session)
    jobs = []
    for job in JOBS.values():
        interval, last = job.interval(settings), newest.get(job.name)
        jobs.append(
            JobOutput(
                name=job.name,
                title=job.title,
                interval_hours=getattr(settings, job.interval_setting),
                last_run=JobRunOutput.model_validate(last) if last else None,
                next_run_at=last.started_at + interval if last and interval else None,
            )
        )
    return SchedulerOutput(enabled=settings.scheduler_enabled, jobs=jobs)


@router.post("/{job}/run", status_code=status.HTTP_202_ACCEPTED)
async def run_job_now(
    job: JobName, actor: Keeper, scheduler: Annotated[JobScheduler, Depends(get_scheduler)]
) -> JobStarted:
    """Start a job by hand; its run appears among the job's runs."""
    scheduler.trigger(job, actor.user_id)
    return JobStarted(job=job, status="requested")


@router.get("/{job}/runs")
async def list_job_runs(job: JobName, actor: Keeper, session: ReadSession, page: PageParams) -> Page[JobRunOutput]:
    """A job's runs, newest first."""
    del actor
    rows, total = await job_runs.list_runs(session, job_named(job).name, limit=page.limit, offset=page.offset)
    return Page(
        items=[JobRunOutput.model_validate(row) for row in rows], total=total, limit=page.limit, offset=page.offset
    )
