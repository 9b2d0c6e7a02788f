"""Coverage snapshots."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("coverage_snapshot", "coverage_snapshot_technique")


def upgrade() -> None:
    op.create_table(
        "coverage_snapshot",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attack_version", sa.Text(), nullable=True),
        sa.Column("formula", sa.Integer(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("inputs", postgresql.JSONB(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("domain IN ('enterprise', 'mobile', 'ics')", name=op.f("ck_coverage_snapshot_domain_known")),
        sa.CheckConstraint("trigger IN ('manual', 'schedule')", name=op.f("ck_coverage_snapshot_trigger_known")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_coverage_snapshot_name_not_empty")),
        sa.CheckConstraint("formula >= 1", name=op.f("ck_coverage_snapshot_formula_positive")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user_account.id"], name=op.f("fk_coverage_snapshot_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_snapshot")),
    )
    op.create_index("ix_coverage_snapshot_domain_taken_at", "coverage_snapshot", ["domain", "taken_at"])
    op.create_table(
        "coverage_snapshot_technique",
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("technique_id", sa.Uuid(), nullable=False),
        sa.Column("attack_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("tactics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('validated', 'partial', 'not_covered', 'in_progress', 'not_evaluated', 'out_of_scope',"
            " 'not_applicable')",
            name=op.f("ck_coverage_snapshot_technique_status_known"),
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_coverage_snapshot_technique_score_range")),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["coverage_snapshot.id"], name=op.f("fk_coverage_snapshot_technique_snapshot_id")
        ),
        sa.ForeignKeyConstraint(
            ["technique_id"], ["technique.id"], name=op.f("fk_coverage_snapshot_technique_technique_id")
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "technique_id", name=op.f("pk_coverage_snapshot_technique")),
    )
    op.create_index("ix_coverage_snapshot_technique_technique_id", "coverage_snapshot_technique", ["technique_id"])
    # What was told stays told: snapshots are added and read, never changed.
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_rows")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_truncate")


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)
