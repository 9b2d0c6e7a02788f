"""Findings, steps, accepted risks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE finding_number START 1001")
    op.create_table(
        "finding",
        sa.Column("number", sa.Integer(), server_default=sa.text("nextval('finding_number')"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("tool_id", sa.Uuid(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("external_ticket", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Uuid(), nullable=True),
        sa.Column("remediated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (status IN ('closed_proven', 'closed_unproven'))",
            name=op.f("ck_finding_closed_dated"),
        ),
        sa.CheckConstraint(
            "(proven_at IS NOT NULL) = (status = 'closed_proven')", name=op.f("ck_finding_proven_dated")
        ),
        sa.CheckConstraint(
            "cause IN ('no_sensor', 'no_telemetry', 'not_forwarded', 'parsing', 'no_rule', 'rule_broken',"
            " 'rule_suppressed', 'allow_listed', 'late', 'low_severity', 'not_triaged', 'by_design', 'other')",
            name=op.f("ck_finding_cause_known"),
        ),
        sa.CheckConstraint(
            "merged_into_id IS NULL OR status = 'closed_unproven'", name=op.f("ck_finding_merged_is_closed")
        ),
        sa.CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name=op.f("ck_finding_severity_known")),
        sa.CheckConstraint(
            "status <> 'closed_unproven' OR close_reason <> ''", name=op.f("ck_finding_unproven_reasoned")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'in_remediation', 'awaiting_retest', 'closed_proven', 'closed_unproven',"
            " 'risk_accepted', 'chronic')",
            name=op.f("ck_finding_status_known"),
        ),
        sa.CheckConstraint("title <> ''", name=op.f("ck_finding_title_not_empty")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["user_account.id"], name=op.f("fk_finding_closed_by_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["finding.id"], name=op.f("fk_finding_merged_into_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["user_account.id"], name=op.f("fk_finding_opened_by_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_finding_owner_id")),
        sa.ForeignKeyConstraint(["tool_id"], ["security_tool.id"], name=op.f("fk_finding_tool_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("number", name=op.f("uq_finding_number")),
    )
    op.create_index(
        "ix_finding_open_cause",
        "finding",
        ["cause", "tool_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('open', 'in_remediation', 'awaiting_retest', 'chronic')"),
    )
    op.create_index("ix_finding_opened_at_id", "finding", ["opened_at", "id"], unique=False)
    op.create_index(
        "ix_finding_proven_at",
        "finding",
        ["proven_at"],
        unique=False,
        postgresql_where=sa.text("proven_at IS NOT NULL"),
    )
    op.create_index(
        "ix_finding_remediated_at",
        "finding",
        ["remediated_at"],
        unique=False,
        postgresql_where=sa.text("remediated_at IS NOT NULL"),
    )
    op.create_table(
        "finding_event",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name=op.f("fk_finding_event_actor_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_finding_event_finding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_event")),
    )
    op.create_index("ix_finding_event_finding_id_at", "finding_event", ["finding_id", "at"], unique=False)
    op.create_table(
        "finding_result",
        sa.Column("test_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["user_account.id"], name=op.f("fk_finding_result_added_by_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_finding_result_finding_id")),
        sa.ForeignKeyConstraint(["round_id"], ["test_round.id"], name=op.f("fk_finding_result_round_id")),
        sa.ForeignKeyConstraint(["test_id"], ["security_test.id"], name=op.f("fk_finding_result_test_id")),
        sa.PrimaryKeyConstraint("test_id", name=op.f("pk_finding_result")),
    )
    op.create_index("ix_finding_result_finding_id", "finding_result", ["finding_id"], unique=False)
    op.create_table(
        "finding_retest",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("test_id", sa.Uuid(), nullable=False),
        sa.Column("origin_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_finding_retest_finding_id")),
        sa.ForeignKeyConstraint(["origin_id"], ["security_test.id"], name=op.f("fk_finding_retest_origin_id")),
        sa.ForeignKeyConstraint(["test_id"], ["security_test.id"], name=op.f("fk_finding_retest_test_id")),
        sa.PrimaryKeyConstraint("finding_id", "test_id", name=op.f("pk_finding_retest")),
    )
    op.create_index("ix_finding_retest_test_id", "finding_retest", ["test_id"], unique=False)
    op.create_table(
        "finding_step",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("side", sa.Text(), server_default="blue", nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("(done_at IS NOT NULL) = (status = 'done')", name=op.f("ck_finding_step_done_dated")),
        sa.CheckConstraint(
            "(done_by_id IS NOT NULL) = (status = 'done')", name=op.f("ck_finding_step_done_by_somebody")
        ),
        sa.CheckConstraint("side IN ('red', 'blue')", name=op.f("ck_finding_step_side_known")),
        sa.CheckConstraint("status IN ('open', 'done', 'dropped')", name=op.f("ck_finding_step_status_known")),
        sa.CheckConstraint("title <> ''", name=op.f("ck_finding_step_title_not_empty")),
        sa.ForeignKeyConstraint(["assignee_id"], ["user_account.id"], name=op.f("fk_finding_step_assignee_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"], name=op.f("fk_finding_step_created_by_id")),
        sa.ForeignKeyConstraint(["done_by_id"], ["user_account.id"], name=op.f("fk_finding_step_done_by_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_finding_step_finding_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_step")),
        sa.UniqueConstraint("finding_id", "no", name=op.f("uq_finding_step_finding_id_no")),
    )
    op.create_index(
        "ix_finding_step_assignee_id",
        "finding_step",
        ["assignee_id"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "risk_acceptance",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("environment_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "valid_until <= valid_from + interval '366 days'", name=op.f("ck_risk_acceptance_at_most_a_year")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_risk_acceptance_end_reasoned")),
        sa.CheckConstraint("requested_by_id <> confirmed_by_id", name=op.f("ck_risk_acceptance_two_people")),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_risk_acceptance_valid_range")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["user_account.id"], name=op.f("fk_risk_acceptance_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(["environment_id"], ["environment.id"], name=op.f("fk_risk_acceptance_environment_id")),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name=op.f("fk_risk_acceptance_finding_id")),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user_account.id"], name=op.f("fk_risk_acceptance_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_acceptance")),
    )
    op.create_index(
        "ix_risk_acceptance_valid_until",
        "risk_acceptance",
        ["valid_until"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_risk_acceptance_current",
        "risk_acceptance",
        ["finding_id", "environment_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_test_round_decided_at", "test_round", ["decided_at"], unique=False)
    op.create_index("ix_test_round_first_executed_at", "test_round", ["first_executed_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_test_round_first_executed_at", table_name="test_round")
    op.drop_index("ix_test_round_decided_at", table_name="test_round")
    op.drop_table("risk_acceptance")
    op.drop_table("finding_step")
    op.drop_table("finding_retest")
    op.drop_table("finding_result")
    op.drop_table("finding_event")
    op.drop_table("finding")
    op.execute("DROP SEQUENCE finding_number")
