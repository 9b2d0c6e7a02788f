"""Proofs and deputies."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    make_proofs()
    make_deputies()


def downgrade() -> None:
    drop_deputies()
    drop_proofs()


def make_proofs() -> None:
    """Runs of the integrity checks, what they found of each object, and the plan that a seal covers."""
    op.create_table(
        "integrity_run",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="running", nullable=False),
        sa.Column("requested_by_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("intact", sa.Boolean(), nullable=True),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('trail', 'facts', 'evidence')", name=op.f("ck_integrity_run_kind_known")),
        sa.CheckConstraint(
            "status IN ('running', 'succeeded', 'failed', 'interrupted')", name=op.f("ck_integrity_run_status_known")
        ),
        sa.CheckConstraint("(status = 'running') = (ended_at IS NULL)", name=op.f("ck_integrity_run_ended_when_done")),
        sa.CheckConstraint(
            "status <> 'succeeded' OR intact IS NOT NULL", name=op.f("ck_integrity_run_success_has_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["user_account.id"], name=op.f("fk_integrity_run_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_run")),
    )
    op.create_index("ix_integrity_run_kind_started_at", "integrity_run", ["kind", "started_at"])
    op.create_index(
        "uq_integrity_run_running",
        "integrity_run",
        ["kind"],
        unique=True,
        postgresql_where=sa.text("status = 'running'"),
    )
    op.add_column("evidence_object", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("evidence_object", sa.Column("check_outcome", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_evidence_object_check_outcome_known"),
        "evidence_object",
        "check_outcome IN ('verified', 'altered', 'missing')",
    )
    op.create_check_constraint(
        op.f("ck_evidence_object_check_dated"), "evidence_object", "(checked_at IS NULL) = (check_outcome IS NULL)"
    )
    op.add_column("test_round", sa.Column("sealed_plan", postgresql.JSONB(astext_type=sa.Text()), nullable=True))


def drop_proofs() -> None:
    op.drop_column("test_round", "sealed_plan")
    op.drop_constraint(op.f("ck_evidence_object_check_dated"), "evidence_object")
    op.drop_constraint(op.f("ck_evidence_object_check_outcome_known"), "evidence_object")
    op.drop_column("evidence_object", "check_outcome")
    op.drop_column("evidence_object", "checked_at")
    op.drop_index("uq_integrity_run_running", table_name="integrity_run")
    op.drop_index("ix_integrity_run_kind_started_at", table_name="integrity_run")
    op.drop_table("integrity_run")


def make_deputies() -> None:
    """Who votes in a lead's place, and that a vote was cast so."""
    op.create_table(
        "deputy",
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("side IN ('red', 'blue')", name=op.f("ck_deputy_side_known")),
        sa.CheckConstraint("lead_id <> user_id", name=op.f("ck_deputy_somebody_else")),
        sa.CheckConstraint("until > created_at", name=op.f("ck_deputy_ends_after_it_begins")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_deputy_ended_by_somebody")),
        sa.ForeignKeyConstraint(["lead_id"], ["user_account.id"], name=op.f("fk_deputy_lead_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_deputy_user_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["user_account.id"], name=op.f("fk_deputy_ended_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy")),
    )
    still_open = sa.text("ended_at IS NULL")
    op.create_index("uq_deputy_lead_open", "deputy", ["lead_id"], unique=True, postgresql_where=still_open)
    op.create_index("ix_deputy_user_open", "deputy", ["user_id"], postgresql_where=still_open)
    op.add_column("vote", sa.Column("as_deputy_of_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_vote_as_deputy_of_id"), "vote", "user_account", ["as_deputy_of_id"], ["id"])


def drop_deputies() -> None:
    op.drop_constraint(op.f("fk_vote_as_deputy_of_id"), "vote", type_="foreignkey")
    op.drop_column("vote", "as_deputy_of_id")
    op.drop_index("ix_deputy_user_open", table_name="deputy")
    op.drop_index("uq_deputy_lead_open", table_name="deputy")
    op.drop_table("deputy")
