"""Derived rows, rewritten for what a transaction touched, inside it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.outcomes import Detection
from app.models.base import Base, WithId, one_of


class CurrentResult(WithId, Base):
    """The newest validated, conclusive, not annulled result of a procedure on a platform in an environment."""

    __tablename__ = "current_result"
    __table_args__ = (
        UniqueConstraint(
            "technique_id", "procedure_key", "platform", "environment_id", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint(
            one_of("detection", [d for d in Detection if d is not Detection.INCONCLUSIVE]), name="detection_counts"
        ),
        CheckConstraint(one_of("expected", ("prevented", "detected", "logged")), name="expected_known"),
        Index("ix_current_result_environment_id", "environment_id"),
        Index("ix_current_result_round_id", "round_id"),
        # All that the matrix counts, in its order: nothing has to be sorted, and the table is not looked at.
        Index(
            "ix_current_result_counted",
            "technique_id",
            "environment_id",
            "expected",
            postgresql_include=["detection", "executed_at", "platform"],
        ),
    )

    technique_id: Mapped[UUID] = mapped_column(ForeignKey("technique.id"))
    procedure_key: Mapped[str]
    platform: Mapped[str | None]
    environment_id: Mapped[UUID] = mapped_column(ForeignKey("environment.id"))
    test_id: Mapped[UUID] = mapped_column(ForeignKey("security_test.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("test_round.id"))
    detection: Mapped[str]
    expected: Mapped[str | None]
    """Null: follow the technique's expectation when read."""
    executed_at: Mapped[datetime]
    decided_at: Mapped[datetime]
    silent_block: Mapped[bool] = mapped_column(server_default="false")
    blind: Mapped[bool] = mapped_column(server_default="false")


class ResultSum(WithId, Base):
    """Current results of a technique in an environment that are judged by the same expectation, summed.

    Exact from `as_of` to `exact_until`; in between each sum falls by its `ageing` or `fading` in every microsecond.
    Times are microseconds since 1970, sums those of `domain.result_sums`.
    """

    __tablename__ = "result_sum"
    __table_args__ = (
        UniqueConstraint("technique_id", "environment_id", "expected", postgresql_nulls_not_distinct=True),
        Index("ix_result_sum_environment_id", "environment_id"),
    )

    technique_id: Mapped[UUID] = mapped_column(ForeignKey("technique.id"))
    environment_id: Mapped[UUID] = mapped_column(ForeignKey("environment.id"))
    expected: Mapped[str | None]
    """Null: follow the technique's expectation when read."""
    as_of: Mapped[int] = mapped_column(BigInteger)
    exact_until: Mapped[int] = mapped_column(BigInteger)
    ageing: Mapped[str]
    """How results aged when they were summed: microseconds as new, current, and fading."""
    prevented: Mapped[int]
    detected: Mapped[int]
    partially_detected: Mapped[int]
    not_detected: Mapped[int]
    expired: Mapped[int]
    newest: Mapped[int] = mapped_column(BigInteger)
    prevented_kept: Mapped[int] = mapped_column(BigInteger)
    detected_kept: Mapped[int] = mapped_column(BigInteger)
    partially_kept: Mapped[int] = mapped_column(BigInteger)
    prevented_left: Mapped[int] = mapped_column(BigInteger)
    detected_left: Mapped[int] = mapped_column(BigInteger)
    partially_left: Mapped[int] = mapped_column(BigInteger)
    missed_left: Mapped[int] = mapped_column(BigInteger)
    prevented_ageing: Mapped[int]
    detected_ageing: Mapped[int]
    partially_ageing: Mapped[int]
    prevented_fading: Mapped[int]
    detected_fading: Mapped[int]
    partially_fading: Mapped[int]
    missed_fading: Mapped[int]
    prevented_on: Mapped[str | None]
    """Platforms with a current result of the outcome, separated by the unit separator, in order."""
    detected_on: Mapped[str | None]
    partially_on: Mapped[str | None]


class TechniqueStats(Base):
    """Counts of a technique in an environment that depend on neither platform nor date.

    Tests are counted while they are neither archived, nor annulled, nor sealed; a technique without a row has none.
    """

    __tablename__ = "technique_stats"

    technique_id: Mapped[UUID] = mapped_column(ForeignKey("technique.id"), primary_key=True)
    environment_id: Mapped[UUID] = mapped_column(ForeignKey("environment.id"), primary_key=True)
    tests: Mapped[int] = mapped_column(server_default="0")
    draft: Mapped[int] = mapped_column(server_default="0")
    red_executing: Mapped[int] = mapped_column(server_default="0")
    blue_evaluating: Mapped[int] = mapped_column(server_default="0")
    in_review: Mapped[int] = mapped_column(server_default="0")
    rejected: Mapped[int] = mapped_column(server_default="0")
    validated: Mapped[int] = mapped_column(server_default="0")
    inconclusive: Mapped[int] = mapped_column(server_default="0")
    templates: Mapped[int] = mapped_column(server_default="0")
    rules_active: Mapped[int] = mapped_column(server_default="0")
    rules_deployed: Mapped[int] = mapped_column(server_default="0")
    rules_evaluated: Mapped[int] = mapped_column(server_default="0")
    rules_fired: Mapped[int] = mapped_column(server_default="0")
    countermeasures_mapped: Mapped[int] = mapped_column(server_default="0")
    countermeasures_implemented: Mapped[int] = mapped_column(server_default="0")
    countermeasures_planned: Mapped[int] = mapped_column(server_default="0")
    last_executed_at: Mapped[datetime | None]
