"""Changes of rights that wait for a second administrator, and how far the trail was sent outside."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLES = "'admin', 'red_tech', 'blue_tech', 'red_lead', 'blue_lead', 'viewer'"


def upgrade() -> None:
    make_role_changes()
    op.create_table(
        "audit_stream",
        sa.Column("id", sa.SmallInteger(), server_default="1", autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_stream_single_row")),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_audit_stream_seq")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_stream")),
    )


def downgrade() -> None:
    op.drop_table("audit_stream")
    op.drop_index("uq_role_change_user_open", table_name="role_change")
    op.drop_table("role_change")


def make_role_changes() -> None:
    op.create_table(
        "role_change",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("auditor", sa.Boolean(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(f"role IN ({ROLES})", name=op.f("ck_role_change_role_known")),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'refused', 'withdrawn', 'replaced')", name=op.f("ck_role_change_outcome_known")
        ),
        sa.CheckConstraint("num_nonnulls(role, auditor, is_active) > 0", name=op.f("ck_role_change_changes_something")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_role_change_ends_after_it_begins")),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (outcome IS NULL) AND (closed_at IS NULL) = (closed_by_id IS NULL)",
            name=op.f("ck_role_change_closed_with_outcome"),
        ),
        sa.CheckConstraint(
            "outcome <> 'confirmed' OR closed_by_id <> requested_by_id", name=op.f("ck_role_change_second_person")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_role_change_user_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["user_account.id"], name=op.f("fk_role_change_requested_by_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["user_account.id"], name=op.f("fk_role_change_closed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_change")),
    )
    op.create_index(
        "uq_role_change_user_open",
        "role_change",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
