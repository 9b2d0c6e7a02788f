"""Runs of the checks that prove trail, facts and evidence."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, JsonObject, WithId, one_of

CHECK_KINDS = ("trail", "facts", "evidence")
CHECK_STATUSES = ("running", "succeeded", "failed", "interrupted")


class IntegrityRun(WithId, Base):
    """One check of the trail, of the trail with all facts, or of all evidence. One of a kind runs at a time."""

    __tablename__ = "integrity_run"
    __table_args__ = (
        CheckConstraint(one_of("kind", CHECK_KINDS), name="kind_known"),
        CheckConstraint(one_of("status", CHECK_STATUSES), name="status_known"),
        CheckConstraint("(status = 'running') = (ended_at IS NULL)", name="ended_when_done"),
        CheckConstraint("status <> 'succeeded' OR intact IS NOT NULL", name="success_has_verdict"),
        Index("uq_integrity_run_running", "kind", unique=True, postgresql_where=text("status = 'running'")),
        Index("ix_integrity_run_kind_started_at", "kind", "started_at"),
    )

    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="running")
    requested_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    """None when the scheduler or a command asked."""
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    """Last sign of life of the process that works on it."""
    ended_at: Mapped[datetime | None]
    done: Mapped[int] = mapped_column(BigInteger, server_default="0")
    total: Mapped[int] = mapped_column(BigInteger, server_default="0")
    intact: Mapped[bool | None]
    result: Mapped[JsonObject] = mapped_column(server_default="{}")
    error: Mapped[str | None]
