"""Changes of rights that wait for a second administrator."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.permissions import Role
from app.models.base import Base, WithCreatedAt, WithId, one_of

OUTCOMES = ("confirmed", "refused", "withdrawn", "replaced")


class RoleChange(WithId, WithCreatedAt, Base):
    """What one administrator asked for and another has to confirm. Rows are closed, never deleted."""

    __tablename__ = "role_change"
    __table_args__ = (
        CheckConstraint(one_of("role", Role, nullable=True), name="role_known"),
        CheckConstraint(one_of("outcome", OUTCOMES, nullable=True), name="outcome_known"),
        CheckConstraint("num_nonnulls(role, auditor, is_active) > 0", name="changes_something"),
        CheckConstraint("expires_at > created_at", name="ends_after_it_begins"),
        CheckConstraint(
            "(closed_at IS NULL) = (outcome IS NULL) AND (closed_at IS NULL) = (closed_by_id IS NULL)",
            name="closed_with_outcome",
        ),
        CheckConstraint("outcome <> 'confirmed' OR closed_by_id <> requested_by_id", name="second_person"),
        # One at a time for each person.
        Index("uq_role_change_user_open", "user_id", unique=True, postgresql_where=text("closed_at IS NULL")),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    requested_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str | None]
    """Null, as the two flags, where it stays as it is."""
    auditor: Mapped[bool | None]
    is_active: Mapped[bool | None]
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    outcome: Mapped[str | None]
