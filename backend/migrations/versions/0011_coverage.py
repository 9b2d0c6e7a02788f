"""What the matrix counts of current results, kept in the order in which it is counted."""

from collections.abc import Sequence

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_current_result_counted",
        "current_result",
        ["technique_id", "environment_id", "expected"],
        postgresql_include=["detection", "executed_at", "platform"],
    )


def downgrade() -> None:
    op.drop_index("ix_current_result_counted", table_name="current_result")
