"""What keeps the lists of tests and the imports quick on large tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index(
        "ix_security_test_uncounted",
        "security_test",
        ["environment_id", "state"],
        postgresql_where=sa.text("annulled_at IS NOT NULL OR (blind AND revealed_at IS NULL)"),
    )
    # Imports wait for these statistics, and 6,000 rows of a table say enough until autovacuum looks at more.
    op.execute("ALTER FUNCTION refresh_content_statistics() SET default_statistics_target = 20")


def downgrade() -> None:
    op.execute("ALTER FUNCTION refresh_content_statistics() RESET default_statistics_target")
    op.drop_index("ix_security_test_uncounted", table_name="security_test")
