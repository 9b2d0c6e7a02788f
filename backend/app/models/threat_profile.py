"""Which actors and techniques matter to us, as dated decisions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, WithCreatedAt, WithId


class ThreatProfileEntry(WithId, WithCreatedAt, Base):
    """An actor or a technique with its priority, from a date until a date or until another decision replaced it."""

    __tablename__ = "threat_profile_entry"
    __table_args__ = (
        CheckConstraint("num_nonnulls(actor_id, technique_id) = 1", name="one_subject"),
        CheckConstraint("priority BETWEEN 0 AND 3", name="priority_range"),
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="valid_range"),
        Index(
            "uq_threat_profile_entry_actor",
            "actor_id",
            unique=True,
            postgresql_where=text("replaced_at IS NULL AND actor_id IS NOT NULL"),
        ),
        Index(
            "uq_threat_profile_entry_technique",
            "technique_id",
            unique=True,
            postgresql_where=text("replaced_at IS NULL AND technique_id IS NOT NULL"),
        ),
    )

    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("threat_actor.id"))
    technique_id: Mapped[UUID | None] = mapped_column(ForeignKey("technique.id"))
    priority: Mapped[int]
    """0 not relevant, 3 highest."""
    reason: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    """As decided; null: until further notice."""
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    replaced_at: Mapped[datetime | None]
    """When a later decision took its place or took it back; null for what stands."""
    replaced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    replaced_reason: Mapped[str | None]
