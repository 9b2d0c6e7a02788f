"""Evidence: the stored object apart from its place on a side of a round."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, JsonObject, WithCreatedAt, WithId, one_of

EVIDENCE_SIDES = ("red", "blue", "remediation")
SENSITIVITIES = ("normal", "sensitive", "secret")
CHECK_OUTCOMES = ("verified", "altered", "missing")


class EvidenceObject(WithId, WithCreatedAt, Base):
    """Bytes in the store, known by their SHA-256."""

    __tablename__ = "evidence_object"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
        CheckConstraint("size >= 0", name="size_not_negative"),
        CheckConstraint(one_of("check_outcome", CHECK_OUTCOMES), name="check_outcome_known"),
        CheckConstraint("(checked_at IS NULL) = (check_outcome IS NULL)", name="check_dated"),
        Index("ix_evidence_object_sha256", "sha256"),
    )

    key: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str]
    dangerous: Mapped[bool] = mapped_column(server_default="false")
    store: Mapped[str]
    store_facts: Mapped[JsonObject] = mapped_column(server_default="{}")
    purged_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    """When the bytes were last read back and hashed."""
    check_outcome: Mapped[str | None]
    """What that found."""


class Evidence(WithId, WithCreatedAt, Base):
    """One file that proves something on one side of a round."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint(one_of("side", EVIDENCE_SIDES), name="side_known"),
        CheckConstraint(one_of("sensitivity", SENSITIVITIES), name="sensitivity_known"),
        CheckConstraint("char_length(filename) BETWEEN 1 AND 200", name="filename_length"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdraw_reason IS NULL)", name="withdrawal_reasoned"),
        Index("ix_evidence_round_id_side", "round_id", "side"),
        Index("ix_evidence_object_id", "object_id"),
        Index("ix_evidence_uploaded_by_id_created_at", "uploaded_by_id", "created_at"),
    )

    test_id: Mapped[UUID] = mapped_column(ForeignKey("security_test.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("test_round.id"))
    object_id: Mapped[UUID] = mapped_column(ForeignKey("evidence_object.id"))
    side: Mapped[str]
    filename: Mapped[str]
    caption: Mapped[str] = mapped_column(server_default="")
    notes: Mapped[str] = mapped_column(server_default="")
    sensitivity: Mapped[str] = mapped_column(server_default="normal")
    late: Mapped[bool] = mapped_column(server_default="false")
    collected_at: Mapped[datetime | None]
    collected_from: Mapped[str | None]
    carried_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("evidence.id"))
    uploaded_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    withdraw_reason: Mapped[str | None]


class CustodyEvent(WithId, Base):
    """One thing that happened to a piece of evidence. Never changed."""

    __tablename__ = "custody_event"
    __table_args__ = (
        CheckConstraint(
            one_of(
                "kind",
                (
                    "received",
                    "link_issued",
                    "fetched",
                    "previewed",
                    "verified",
                    "altered",
                    "missing",
                    "withdrawn",
                    "purged",
                ),
            ),
            name="kind_known",
        ),
        Index("ix_custody_event_evidence_id_at", "evidence_id", "at"),
    )

    evidence_id: Mapped[UUID] = mapped_column(ForeignKey("evidence.id"))
    kind: Mapped[str]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    actor_label: Mapped[str]
    address: Mapped[str | None]
    details: Mapped[JsonObject] = mapped_column(server_default="{}")
    at: Mapped[datetime]
