"""The test and everything of its rounds.

The test row holds identity, plan and state; each `TestRound` holds one pass with both records.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.domain.outcomes import (
    EXPECTATIONS,
    MISS_CAUSES,
    OBSERVATION_REASONS,
    SEVERITIES,
    Detection,
    ExecutionResult,
    Seen,
)
from app.domain.permissions import Role
from app.domain.states import State
from app.models.base import Base, JsonObject, WithCreatedAt, WithId, one_of

SIDES = ("red", "blue")
TIME_SOURCES = ("siem", "edr", "ticket", "import", "manual")
REDO_CHOICES = ("red", "blue", "both")
REJECTION_CODES = (
    "insufficient_proof",
    "wrong_technique",
    "wrong_procedure",
    "wrong_times",
    "wrong_outcome",
    "out_of_bounds",
    "other",
)

security_test_number = Sequence("security_test_number", start=1001, metadata=Base.metadata)


class SecurityTest(WithId, WithCreatedAt, Base):
    """One planned or finished attack on one technique."""

    __tablename__ = "security_test"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint(one_of("state", State), name="state_known"),
        CheckConstraint(one_of("expected", EXPECTATIONS), name="expected_known"),
        CheckConstraint("(archived_at IS NULL) = (archive_reason IS NULL)", name="archive_reasoned"),
        CheckConstraint("(annulled_at IS NULL) = (annul_reason IS NULL)", name="annul_reasoned"),
        CheckConstraint("annulled_at IS NULL OR state = 'validated'", name="annulled_was_validated"),
        CheckConstraint("archived_at IS NULL OR state <> 'validated'", name="archived_not_validated"),
        CheckConstraint(
            "deleted_at IS NULL OR (state = 'draft' AND archived_at IS NOT NULL)", name="deleted_was_draft"
        ),
        CheckConstraint("number IS NOT NULL OR (blind AND revealed_at IS NULL)", name="number_unless_sealed"),
        CheckConstraint("revealed_at IS NULL OR blind", name="revealed_was_blind"),
        CheckConstraint("window_to >= window_from", name="window_order"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        Index("ix_security_test_technique_id", "technique_id"),
        Index("ix_security_test_state_created_at", "state", "created_at"),
        Index("ix_security_test_created_at_id", "created_at", "id"),
        Index("ix_security_test_red_assignee_id", "red_assignee_id"),
        Index("ix_security_test_blue_assignee_id", "blue_assignee_id"),
        Index("ix_security_test_sealed", "handed_over_at", postgresql_where=text("blind AND revealed_at IS NULL")),
        Index(
            "ix_security_test_uncounted",
            "environment_id",
            "state",
            postgresql_where=text("annulled_at IS NOT NULL OR (blind AND revealed_at IS NULL)"),
        ),
        Index("ix_security_test_tags", "tags", postgresql_using="gin"),
        Index(
            "uq_security_test_retest_of_generation",
            "retest_of_id",
            "generation",
            unique=True,
            postgresql_where=text("retest_of_id IS NOT NULL AND automatic"),
        ),
    )

    number: Mapped[int | None] = mapped_column(server_default=security_test_number.next_value())
    """Taken at the reveal by a blind test: a gap in the numbers would give it away."""
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default=State.DRAFT)
    state_since: Mapped[datetime]
    current_round: Mapped[int] = mapped_column(server_default="1")
    version: Mapped[int] = mapped_column(server_default="1")

    technique_id: Mapped[UUID] = mapped_column(ForeignKey("technique.id"))
    technique_at_test: Mapped[str]
    attack_version: Mapped[str] = mapped_column(server_default="")
    environment_id: Mapped[UUID] = mapped_column(ForeignKey("environment.id"))
    platform: Mapped[str | None]
    template_id: Mapped[UUID | None] = mapped_column(ForeignKey("test_template.id"))
    template_hash: Mapped[str | None]
    template_inputs: Mapped[JsonObject] = mapped_column(server_default="{}")
    procedure_key: Mapped[str]
    procedure_text: Mapped[str] = mapped_column(server_default="")
    procedure_hash: Mapped[str]
    expected: Mapped[str | None]
    expected_reason: Mapped[str | None]
    blind: Mapped[bool] = mapped_column(server_default="false")
    revealed_at: Mapped[datetime | None]
    window_from: Mapped[datetime | None]
    """What blue is told of a blind test at the hand-over: when to look."""
    window_to: Mapped[datetime | None]
    target_group: Mapped[str | None]
    handed_over_at: Mapped[datetime | None]
    """When blue was first told of the test."""
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")

    created_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    red_assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    blue_assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    retest_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("security_test.id"))
    generation: Mapped[int] = mapped_column(server_default="0")
    automatic: Mapped[bool] = mapped_column(server_default="false")

    started_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    archived_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    archive_reason: Mapped[str | None]
    deleted_at: Mapped[datetime | None]
    """A deleted draft: archived, and gone for every reader. The row stays because its history does."""
    annulled_at: Mapped[datetime | None]
    annul_reason: Mapped[str | None]
    updated_at: Mapped[datetime]


class TestRound(WithId, WithCreatedAt, Base):
    """One pass through the workflow: both records, who handed over when, the verdict and its seal."""

    __tablename__ = "test_round"
    __table_args__ = (
        UniqueConstraint("test_id", "no"),
        CheckConstraint("no >= 1", name="no_positive"),
        CheckConstraint(one_of("redo", REDO_CHOICES), name="redo_known"),
        CheckConstraint(one_of("detection", Detection), name="detection_known"),
        CheckConstraint(one_of("verdict", ("validated", "rejected")), name="verdict_known"),
        CheckConstraint("(verdict IS NULL) = (decided_at IS NULL)", name="verdict_dated"),
        CheckConstraint(one_of("miss_cause", MISS_CAUSES), name="miss_cause_known"),
        Index("ix_test_round_decided_at", "decided_at"),
        Index("ix_test_round_first_executed_at", "first_executed_at"),
        Index("ix_test_round_inconclusive", "test_id", postgresql_where=text("detection = 'inconclusive'")),
    )

    test_id: Mapped[UUID] = mapped_column(ForeignKey("security_test.id", ondelete="CASCADE"))
    no: Mapped[int]
    opened_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    open_reason: Mapped[str] = mapped_column(server_default="")
    redo: Mapped[str] = mapped_column(server_default="both")

    red_version: Mapped[int] = mapped_column(server_default="1")
    red_summary: Mapped[str | None]
    red_submitted_at: Mapped[datetime | None]
    red_submitted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    red_carried_from: Mapped[int | None]
    red_carry_confirmed_at: Mapped[datetime | None]
    entered_later: Mapped[bool] = mapped_column(server_default="false")

    blue_version: Mapped[int] = mapped_column(server_default="1")
    blue_summary: Mapped[str | None]
    blue_submitted_at: Mapped[datetime | None]
    blue_submitted_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    blue_carried_from: Mapped[int | None]
    blue_carry_confirmed_at: Mapped[datetime | None]
    miss_cause: Mapped[str | None]
    further_causes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    unattributed_reason: Mapped[str | None]
    clock_skew: Mapped[bool] = mapped_column(server_default="false")
    frozen_at: Mapped[datetime | None]
    """When blue's sightings of a blind test were frozen, at the reveal."""
    frozen_blue: Mapped[JsonObject | None]
    """The frozen sightings, as they were; later changes attribute them."""

    detection: Mapped[str | None]
    silent_block: Mapped[bool] = mapped_column(server_default="false")
    unattributed: Mapped[bool] = mapped_column(server_default="false")
    actionable_severity: Mapped[str | None]
    expected_at_decision: Mapped[str | None]
    first_executed_at: Mapped[datetime | None]
    verdict: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    seal: Mapped[str | None]
    sealed_plan: Mapped[JsonObject | None]
    """The test's plan as it was decided on; a later round may change the plan."""
    returned_count: Mapped[int] = mapped_column(server_default="0")


class Execution(WithId, WithCreatedAt, Base):
    """One run of the procedure in a round."""

    __tablename__ = "execution"
    __table_args__ = (
        UniqueConstraint("round_id", "no"),
        CheckConstraint(one_of("result", ExecutionResult), name="result_known"),
        CheckConstraint("ended_at IS NULL OR started_at IS NULL OR ended_at >= started_at", name="ends_after_start"),
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("test_round.id", ondelete="CASCADE"))
    no: Mapped[int]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    source_host: Mapped[str | None]
    target: Mapped[str | None]
    principal: Mapped[str | None]
    privilege: Mapped[str | None]
    tool: Mapped[str | None]
    command: Mapped[str | None]
    result: Mapped[str | None]
    cleanup_done_at: Mapped[datetime | None]


class Observation(WithId, WithCreatedAt, Base):
    """What blue saw of an execution, per tool where known."""

    __tablename__ = "observation"
    __table_args__ = (
        UniqueConstraint("round_id", "no"),
        CheckConstraint(one_of("outcome", Seen), name="outcome_known"),
        CheckConstraint(one_of("reason", OBSERVATION_REASONS), name="reason_known"),
        CheckConstraint(one_of("severity", SEVERITIES), name="severity_known"),
        CheckConstraint(one_of("source", TIME_SOURCES), name="source_known"),
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("test_round.id", ondelete="CASCADE"))
    no: Mapped[int]
    execution_no: Mapped[int | None]
    outcome: Mapped[str]
    reason: Mapped[str | None]
    tool: Mapped[str | None]
    tool_id: Mapped[UUID | None] = mapped_column(ForeignKey("security_tool.id"))
    tool_version: Mapped[str | None]
    observed_at: Mapped[datetime | None]
    source: Mapped[str | None]
    severity: Mapped[str | None]
    reference: Mapped[str | None]
    notes: Mapped[str | None]


class LedgerTime(WithId, Base):
    """A time that somebody claimed for a round, and when they claimed it. Rows are only added."""

    __tablename__ = "ledger_time"
    __table_args__ = (
        CheckConstraint(
            one_of(
                "kind",
                ("executed", "ended", "observed", "triaged", "contained", "started", "red_submitted", "blue_submitted"),
            ),
            name="kind_known",
        ),
        CheckConstraint(one_of("source", TIME_SOURCES), name="source_known"),
        Index("ix_ledger_time_round_id_kind", "round_id", "kind", "recorded_at"),
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("test_round.id", ondelete="CASCADE"))
    kind: Mapped[str]
    at: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(server_default="manual")
    tool: Mapped[str | None]
    item_no: Mapped[int | None]
    recorded_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]


class RuleResult(WithId, WithCreatedAt, Base):
    """Whether a detection rule fired on a round, and whether the firing is this attack's."""

    __tablename__ = "rule_result"
    __table_args__ = (
        UniqueConstraint("round_id", "rule_id"),
        CheckConstraint("fired OR NOT attributed", name="attributed_fired"),
        CheckConstraint("noise_count >= 0", name="noise_not_negative"),
        Index("ix_rule_result_rule_id_fired", "rule_id", "fired"),
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("test_round.id", ondelete="CASCADE"))
    rule_id: Mapped[UUID] = mapped_column(ForeignKey("detection_rule.id"))
    fired: Mapped[bool]
    attributed: Mapped[bool]
    noise_count: Mapped[int | None]
    notes: Mapped[str | None]
    recorded_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]


class Vote(WithId, WithCreatedAt, Base):
    """A lead's word that a side's record is true and sufficient, or not. Never changed."""

    __tablename__ = "vote"
    __table_args__ = (
        UniqueConstraint("round_id", "side"),
        UniqueConstraint("round_id", "user_id"),
        CheckConstraint(one_of("side", SIDES), name="side_known"),
        CheckConstraint(one_of("decision", ("approve", "reject")), name="decision_known"),
        CheckConstraint("decision = 'approve' OR notes <> ''", name="rejection_reasoned"),
        CheckConstraint(one_of("reason_code", REJECTION_CODES), name="reason_code_known"),
        CheckConstraint(one_of("role", Role), name="role_known"),
        Index("ix_vote_created_at", "created_at"),
    )

    round_id: Mapped[UUID] = mapped_column(ForeignKey("test_round.id"))
    side: Mapped[str]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[str]
    decision: Mapped[str]
    reason_code: Mapped[str | None]
    notes: Mapped[str] = mapped_column(server_default="")
    credentials_changed_recently: Mapped[bool] = mapped_column(server_default="false")
    as_deputy_of_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    """The lead in whose place a deputy voted."""


class TestTransition(WithId, Base):
    """One visible step of a test's life. Never changed."""

    __tablename__ = "test_transition"
    __table_args__ = (
        Index("ix_test_transition_test_id_at", "test_id", "at"),
        Index("ix_test_transition_at", "at"),
    )

    test_id: Mapped[UUID] = mapped_column(ForeignKey("security_test.id", ondelete="CASCADE"))
    round_no: Mapped[int]
    event: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    actor_label: Mapped[str]
    reason: Mapped[str | None]
    details: Mapped[JsonObject] = mapped_column(server_default="{}")
    at: Mapped[datetime]


class TestContribution(Base):
    """Who wrote, uploaded, ticked or submitted something on a side of a round."""

    __tablename__ = "test_contribution"
    __table_args__ = (CheckConstraint(one_of("side", SIDES), name="side_known"),)

    round_id: Mapped[UUID] = mapped_column(ForeignKey("test_round.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    first_at: Mapped[datetime]
