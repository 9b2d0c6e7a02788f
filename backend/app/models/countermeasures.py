"""What we have of D3FEND's countermeasures, as dated decisions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.content import COUNTERMEASURE_STATUSES
from app.models.base import Base, WithCreatedAt, WithId, one_of


class CountermeasureStatus(WithId, WithCreatedAt, Base):
    """Whether a countermeasure is in place, from a date until a date. Without a row it is not."""

    __tablename__ = "countermeasure_status"
    __table_args__ = (
        CheckConstraint(one_of("status", COUNTERMEASURE_STATUSES), name="status_known"),
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="valid_range"),
        Index(
            "uq_countermeasure_status_current",
            "countermeasure_id",
            unique=True,
            postgresql_where=text("valid_until IS NULL"),
        ),
        Index("ix_countermeasure_status_countermeasure_id", "countermeasure_id", "valid_from"),
    )

    countermeasure_id: Mapped[UUID] = mapped_column(ForeignKey("countermeasure.id"))
    status: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
