"""Where content comes from, and every run that fetched some."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, false, func, text, true
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.content import RUN_STATUSES
from app.models.base import Base, JsonObject, WithCreatedAt, WithId, one_of

_EMPTY_OBJECT = text("'{}'")
_EMPTY_LIST = text("'[]'")


class DataSource(WithCreatedAt, Base):
    """A publisher, with our switches and what we hold of it. The row exists as soon as the source is known."""

    __tablename__ = "data_source"
    __table_args__ = (CheckConstraint("interval_hours BETWEEN 0 AND 8760", name="interval_hours"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool] = mapped_column(server_default=true())
    interval_hours: Mapped[int] = mapped_column(server_default="24")
    """Hours between runs that nobody asked for; 0 means only on request."""
    auto: Mapped[bool] = mapped_column(server_default=true())
    """Whether the interval counts at all."""
    base_url: Mapped[str | None]
    """Where this source is fetched from in the place of what the settings say: a mirror that the operator allows."""
    domains: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Which parts of the source are wanted."""
    state: Mapped[JsonObject] = mapped_column(JSONB, server_default=_EMPTY_OBJECT)
    """Per part: release, fingerprint, way, whether only a summary, when."""
    last_success_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    updated_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class SyncRun(WithId, WithCreatedAt, Base):
    """One run of one source. Written in short transactions of its own, so that a failed import leaves its record."""

    __tablename__ = "sync_run"
    __table_args__ = (
        CheckConstraint(one_of("status", RUN_STATUSES), name="status"),
        CheckConstraint("done >= 0 AND (total IS NULL OR done <= total)", name="progress"),
        CheckConstraint("(ended_at IS NULL) = (status IN ('queued', 'running'))", name="ended"),
        Index("ix_sync_run_source_created_at", "source", "created_at"),
        Index("uq_sync_run_open", "source", unique=True, postgresql_where=text("status IN ('queued', 'running')")),
    )

    source: Mapped[str] = mapped_column(ForeignKey("data_source.name"))
    status: Mapped[str] = mapped_column(server_default="queued")
    phase: Mapped[str] = mapped_column(server_default="queued")
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int | None]
    counts: Mapped[JsonObject] = mapped_column(JSONB, server_default=_EMPTY_OBJECT)
    problems: Mapped[list[Any]] = mapped_column(JSONB, server_default=_EMPTY_LIST)
    """At most a few hundred `{path, code, message}`; `report.problem_count` says how many there were."""
    report: Mapped[JsonObject] = mapped_column(JSONB, server_default=_EMPTY_OBJECT)
    request: Mapped[JsonObject] = mapped_column(JSONB, server_default=_EMPTY_OBJECT)
    """What was asked for: domains, way, force, upload."""
    way: Mapped[str | None]
    """How the content came: taxii, github, offline, upload, bundled."""
    error: Mapped[JsonObject | None] = mapped_column(JSONB)
    """`{code, message}` of a failed run."""
    cancel_requested: Mapped[bool] = mapped_column(server_default=false())
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    requested_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    """Null when the schedule asked."""
    notes: Mapped[list[Any]] = mapped_column(JSONB, server_default=_EMPTY_LIST)
    """Which ways were tried and why each was left."""
