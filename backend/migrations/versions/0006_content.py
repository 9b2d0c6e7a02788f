"""Content packs, own actors and reviews."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PUBLISHED = "NOT revoked AND NOT deprecated AND withdrawn_at IS NULL"


def _is_active(expression: str) -> None:
    """A computed column takes another expression only as another column."""
    op.drop_column("threat_actor", "is_active")
    op.add_column(
        "threat_actor", sa.Column("is_active", sa.Boolean(), sa.Computed(expression, persisted=True), nullable=False)
    )


def upgrade() -> None:
    for name in ("sectors", "regions"):
        op.add_column(
            "threat_actor",
            sa.Column(name, postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        )
    op.add_column("threat_actor", sa.Column("country", sa.Text(), nullable=True))
    op.add_column("threat_actor", sa.Column("notes", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "threat_actor", sa.Column("switched_off", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    _is_active(f"{_PUBLISHED} AND NOT switched_off")

    op.add_column("data_source", sa.Column("base_url", sa.Text(), nullable=True))
    op.add_column("data_source", sa.Column("auto", sa.Boolean(), server_default=sa.text("true"), nullable=False))

    op.add_column("test_template", sa.Column("held_text", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("test_template", sa.Column("released_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("test_template", sa.Column("released_by_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_test_template_released_by_id"), "test_template", "user_account", ["released_by_id"], ["id"]
    )

    op.create_table(
        "technique_change",
        sa.Column("technique_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('text', 'place', 'use', 'template', 'rule')", name=op.f("ck_technique_change_kind")
        ),
        sa.ForeignKeyConstraint(
            ["technique_id"],
            ["technique.id"],
            name=op.f("fk_technique_change_technique_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technique_change")),
    )
    op.create_index("ix_technique_change_technique_id_at", "technique_change", ["technique_id", "at"], unique=False)
    op.create_index("ix_rule_result_rule_id_fired", "rule_result", ["rule_id", "fired"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_rule_result_rule_id_fired", table_name="rule_result")
    op.drop_table("technique_change")
    op.drop_constraint(op.f("fk_test_template_released_by_id"), "test_template", type_="foreignkey")
    for name in ("released_by_id", "released_at", "held_text"):
        op.drop_column("test_template", name)
    for name in ("auto", "base_url"):
        op.drop_column("data_source", name)
    _is_active(_PUBLISHED)
    for name in ("switched_off", "notes", "country", "regions", "sectors"):
        op.drop_column("threat_actor", name)
