"""Coverage as it stood at a moment, kept with everything that it followed from. Never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.domain.content import DOMAINS
from app.domain.coverage import Status
from app.models.base import Base, JsonObject, WithCreatedAt, WithId, one_of

TRIGGERS = ("manual", "schedule")


class CoverageSnapshot(WithId, WithCreatedAt, Base):
    """A domain at a moment: the figures that were told, and the inputs and formulas that gave them."""

    __tablename__ = "coverage_snapshot"
    __table_args__ = (
        CheckConstraint(one_of("domain", DOMAINS), name="domain_known"),
        CheckConstraint(one_of("trigger", TRIGGERS), name="trigger_known"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint("formula >= 1", name="formula_positive"),
        Index("ix_coverage_snapshot_domain_taken_at", "domain", "taken_at"),
    )

    name: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    trigger: Mapped[str]
    domain: Mapped[str]
    taken_at: Mapped[datetime]
    attack_version: Mapped[str | None]
    formula: Mapped[int]
    """Version of the formulas behind the figures."""
    figures: Mapped[JsonObject]
    inputs: Mapped[JsonObject] = mapped_column(deferred=True, deferred_raiseload=True)
    """All inputs of all scores, as `domain.score_inputs.dump_inputs` writes them."""
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class CoverageSnapshotTechnique(Base):
    """One technique in a snapshot, with the id and name that it had."""

    __tablename__ = "coverage_snapshot_technique"
    __table_args__ = (
        CheckConstraint(one_of("status", Status), name="status_known"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score_range"),
        Index("ix_coverage_snapshot_technique_technique_id", "technique_id"),
    )

    snapshot_id: Mapped[UUID] = mapped_column(ForeignKey("coverage_snapshot.id"), primary_key=True)
    technique_id: Mapped[UUID] = mapped_column(ForeignKey("technique.id"), primary_key=True)
    attack_id: Mapped[str]
    name: Mapped[str]
    parent: Mapped[str | None]
    """ATT&CK id of the parent of a sub-technique."""
    tactics: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str]
    score: Mapped[float | None]
    proven: Mapped[bool]
    results: Mapped[int]
    """Current results behind it."""
    met: Mapped[int]
