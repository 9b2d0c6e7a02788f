"""The audit trail: numbered, chained entries and the head of the chain."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, one_of

VIAS = ("session", "token", "system", "anonymous")


class AuditLog(Base):
    """One entry. Only ever inserted; the columns repeat parts of `body`, which alone is what the hash covers."""

    __tablename__ = "audit_log"
    __table_args__ = (
        CheckConstraint("seq > 0", name="seq_positive"),
        CheckConstraint("char_length(hash) = 64 AND char_length(prev_hash) = 64", name="hash_length"),
        CheckConstraint(one_of("via", VIAS), name="via"),
        UniqueConstraint("hash"),
        UniqueConstraint("prev_hash"),
        Index("ix_audit_log_subject", "subject_kind", "subject_id", "seq"),
        Index("ix_audit_log_actor", "actor_id", "seq"),
        Index("ix_audit_log_action", "action", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInteger(), primary_key=True, autoincrement=False)
    """1, 2, 3, … without a gap."""
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[UUID | None]
    actor_label: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str | None]
    subject_label: Mapped[str | None]
    request_id: Mapped[str | None]
    address: Mapped[str | None]
    via: Mapped[str]
    body: Mapped[str]
    """The whole entry as canonical JSON: sorted keys, no spaces, UTF-8."""
    prev_hash: Mapped[str]
    """Hash of the entry before this one; 64 zeros for the first."""
    hash: Mapped[str]
    """HMAC-SHA-256 over `prev_hash` and `body`, in hex."""


class AuditHead(Base):
    """The last number and hash; one row, locked as the last act of every transaction that is audited."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"), CheckConstraint("seq >= 0", name="seq"))

    id: Mapped[int] = mapped_column(SmallInteger(), primary_key=True, autoincrement=False, server_default=text("1"))
    seq: Mapped[int] = mapped_column(BigInteger())
    hash: Mapped[str]


class AuditStream(Base):
    """How far the trail was sent to the system outside; one row, or none before the first entry went."""

    __tablename__ = "audit_stream"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"), CheckConstraint("seq >= 0", name="seq"))

    id: Mapped[int] = mapped_column(SmallInteger(), primary_key=True, autoincrement=False, server_default=text("1"))
    seq: Mapped[int] = mapped_column(BigInteger())
    sent_at: Mapped[datetime | None]
