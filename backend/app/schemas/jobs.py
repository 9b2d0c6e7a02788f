"""Bodies of the scheduler."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from app.schemas.base import OutputModel


class JobRunOutput(OutputModel):
    """One run of a job."""

    id: UUID
    job: str
    status: Literal["running", "succeeded", "failed", "interrupted", "skipped"]
    trigger: Literal["schedule", "manual"]
    started_at: datetime
    ended_at: datetime | None
    counts: dict[str, int]
    error: str | None


class JobOutput(OutputModel):
    """A job with its schedule."""

    name: str
    title: str
    interval_hours: int
    """0: only by hand."""
    last_run: JobRunOutput | None
    next_run_at: datetime | None


class SchedulerOutput(OutputModel):
    """All jobs."""

    enabled: bool
    """Whether this process runs jobs on schedule."""
    jobs: list[JobOutput]


class JobStarted(OutputModel):
    """A job was asked for."""

    job: str
    status: Literal["requested"]
