"""Runs of scheduled jobs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, JsonObject, WithId, one_of


class JobRun(WithId, Base):
    """One run of one job: when, how it ended, what it did."""

    __tablename__ = "job_run"
    __table_args__ = (
        CheckConstraint(
            one_of("status", ("running", "succeeded", "failed", "interrupted", "skipped")), name="status_known"
        ),
        CheckConstraint("(status = 'running') = (ended_at IS NULL)", name="ended_when_done"),
        Index("ix_job_run_job_started_at", "job", "started_at"),
    )

    job: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="running")
    trigger: Mapped[str] = mapped_column(server_default="schedule")
    requested_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[JsonObject] = mapped_column(server_default="{}")
    error: Mapped[str | None]
