"""Findings: gaps that tests showed, what is done about them, and what proves that it helped."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.findings import CLOSED, OPEN, Severity, Status, StepStatus
from app.domain.outcomes import MISS_CAUSES
from app.models.base import Base, JsonObject, WithCreatedAt, WithId, one_of
from app.models.security_test import SIDES

finding_number = Sequence("finding_number", start=1001, metadata=Base.metadata)


class Finding(WithId, WithCreatedAt, Base):
    """One gap, whatever the number of tests that showed it."""

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint(one_of("status", Status), name="status_known"),
        CheckConstraint(one_of("severity", Severity), name="severity_known"),
        CheckConstraint(one_of("cause", MISS_CAUSES), name="cause_known"),
        CheckConstraint("title <> ''", name="title_not_empty"),
        CheckConstraint(f"(closed_at IS NOT NULL) = ({one_of('status', CLOSED)})", name="closed_dated"),
        CheckConstraint("(proven_at IS NOT NULL) = (status = 'closed_proven')", name="proven_dated"),
        CheckConstraint("status <> 'closed_unproven' OR close_reason <> ''", name="unproven_reasoned"),
        CheckConstraint("merged_into_id IS NULL OR status = 'closed_unproven'", name="merged_is_closed"),
        Index("ix_finding_opened_at_id", "opened_at", "id"),
        Index("ix_finding_proven_at", "proven_at", postgresql_where=text("proven_at IS NOT NULL")),
        Index("ix_finding_remediated_at", "remediated_at", postgresql_where=text("remediated_at IS NOT NULL")),
        Index("ix_finding_open_cause", "cause", "tool_id", postgresql_where=text(one_of("status", OPEN))),
    )

    number: Mapped[int] = mapped_column(server_default=finding_number.next_value())
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    cause: Mapped[str]
    tool_id: Mapped[UUID | None] = mapped_column(ForeignKey("security_tool.id"))
    """The tool that should have seen it, where the records name just one."""
    severity: Mapped[str]
    owner: Mapped[str] = mapped_column(server_default="")
    """Team or function that owns the gap; by cause where nobody said otherwise."""
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    due_on: Mapped[date | None]
    external_ticket: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=Status.OPEN)
    status_since: Mapped[datetime]
    version: Mapped[int] = mapped_column(server_default="1")
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    """Null: the system, at the confirmation of a test."""
    remediated_at: Mapped[datetime | None]
    """When all steps were last done: what is claimed, before a retest proves it."""
    proven_at: Mapped[datetime | None]
    """When the retest ran that proved the last of its procedures."""
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    close_reason: Mapped[str | None]
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("finding.id"))
    updated_at: Mapped[datetime]


class FindingResult(Base):
    """A result below expectation that shows the finding. A result belongs to one finding."""

    __tablename__ = "finding_result"
    __table_args__ = (Index("ix_finding_result_finding_id", "finding_id"),)

    test_id: Mapped[UUID] = mapped_column(ForeignKey("security_test.id"), primary_key=True)
    finding_id: Mapped[UUID] = mapped_column(ForeignKey("finding.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("test_round.id"))
    added_at: Mapped[datetime]
    added_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class FindingRetest(Base):
    """A test that repeats one of the finding's results."""

    __tablename__ = "finding_retest"
    __table_args__ = (Index("ix_finding_retest_test_id", "test_id"),)

    finding_id: Mapped[UUID] = mapped_column(ForeignKey("finding.id"), primary_key=True)
    test_id: Mapped[UUID] = mapped_column(ForeignKey("security_test.id"), primary_key=True)
    origin_id: Mapped[UUID] = mapped_column(ForeignKey("security_test.id"))
    """The failing test that it repeats."""
    added_at: Mapped[datetime]


class FindingStep(WithId, WithCreatedAt, Base):
    """One thing to do about a finding."""

    __tablename__ = "finding_step"
    __table_args__ = (
        UniqueConstraint("finding_id", "no"),
        CheckConstraint(one_of("status", StepStatus), name="status_known"),
        CheckConstraint(one_of("side", SIDES), name="side_known"),
        CheckConstraint("title <> ''", name="title_not_empty"),
        CheckConstraint("(done_at IS NOT NULL) = (status = 'done')", name="done_dated"),
        CheckConstraint("(done_by_id IS NOT NULL) = (status = 'done')", name="done_by_somebody"),
        Index("ix_finding_step_assignee_id", "assignee_id", postgresql_where=text("status = 'open'")),
    )

    finding_id: Mapped[UUID] = mapped_column(ForeignKey("finding.id"))
    no: Mapped[int]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    side: Mapped[str] = mapped_column(server_default="blue")
    """Whose work it is: who writes or ticks it does not judge this side of the retest."""
    status: Mapped[str] = mapped_column(server_default=StepStatus.OPEN)
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    due_on: Mapped[date | None]
    notes: Mapped[str] = mapped_column(server_default="")
    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime]


class RiskAcceptance(WithId, WithCreatedAt, Base):
    """A finding that two people decided to live with, in one environment or all, from a date until a date."""

    __tablename__ = "risk_acceptance"
    __table_args__ = (
        CheckConstraint("valid_until > valid_from", name="valid_range"),
        CheckConstraint("valid_until <= valid_from + interval '366 days'", name="at_most_a_year"),
        CheckConstraint("requested_by_id <> confirmed_by_id", name="two_people"),
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_reasoned"),
        Index(
            "uq_risk_acceptance_current",
            "finding_id",
            "environment_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_risk_acceptance_valid_until", "valid_until", postgresql_where=text("ended_at IS NULL")),
    )

    finding_id: Mapped[UUID] = mapped_column(ForeignKey("finding.id"))
    environment_id: Mapped[UUID | None] = mapped_column(ForeignKey("environment.id"))
    """Null: everywhere."""
    reason: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    requested_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    confirmed_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    """`expired`, `closed`, `replaced`, or why somebody took it back."""


class FindingEvent(WithId, Base):
    """One visible step of a finding's life."""

    __tablename__ = "finding_event"
    __table_args__ = (Index("ix_finding_event_finding_id_at", "finding_id", "at"),)

    finding_id: Mapped[UUID] = mapped_column(ForeignKey("finding.id"))
    event: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    actor_label: Mapped[str]
    reason: Mapped[str | None]
    details: Mapped[JsonObject] = mapped_column(server_default="{}")
    at: Mapped[datetime]
