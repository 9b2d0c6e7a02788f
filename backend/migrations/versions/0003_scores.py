"""Scores, threat profile."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "threat_profile_entry",
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("technique_id", sa.Uuid(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by_id", sa.Uuid(), nullable=True),
        sa.Column("replaced_reason", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "num_nonnulls(actor_id, technique_id) = 1", name=op.f("ck_threat_profile_entry_one_subject")
        ),
        sa.CheckConstraint("priority BETWEEN 0 AND 3", name=op.f("ck_threat_profile_entry_priority_range")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until > valid_from", name=op.f("ck_threat_profile_entry_valid_range")
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["threat_actor.id"], name=op.f("fk_threat_profile_entry_actor_id_threat_actor")
        ),
        sa.ForeignKeyConstraint(
            ["technique_id"], ["technique.id"], name=op.f("fk_threat_profile_entry_technique_id_technique")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_threat_profile_entry_decided_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["user_account.id"], name=op.f("fk_threat_profile_entry_replaced_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threat_profile_entry")),
    )
    for subject in ("actor", "technique"):
        op.create_index(
            f"uq_threat_profile_entry_{subject}",
            "threat_profile_entry",
            [f"{subject}_id"],
            unique=True,
            postgresql_where=sa.text(f"replaced_at IS NULL AND {subject}_id IS NOT NULL"),
        )


def downgrade() -> None:
    op.drop_table("threat_profile_entry")
