"""Who judges in a lead's place, and until when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, WithCreatedAt, WithId, one_of


class Deputy(WithId, WithCreatedAt, Base):
    """A person who may vote on a lead's side in the lead's place. Rows are ended, never deleted."""

    __tablename__ = "deputy"
    __table_args__ = (
        CheckConstraint(one_of("side", ("red", "blue")), name="side_known"),
        CheckConstraint("lead_id <> user_id", name="somebody_else"),
        CheckConstraint("until > created_at", name="ends_after_it_begins"),
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended_by_somebody"),
        # One at a time for each lead.
        Index("uq_deputy_lead_open", "lead_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_deputy_user_open", "user_id", postgresql_where=text("ended_at IS NULL")),
    )

    lead_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    side: Mapped[str]
    """The lead's side when the deputy was named; void once the lead leads another or none."""
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(server_default="")
    ended_at: Mapped[datetime | None]
    """When somebody ended it before its time."""
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
