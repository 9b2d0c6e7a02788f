"""Current results summed, so that the matrix costs the same however many there are."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COUNTS = (
    "prevented", "detected", "partially_detected", "not_detected", "expired", "prevented_ageing", "detected_ageing",
    "partially_ageing", "prevented_fading", "detected_fading", "partially_fading", "missed_fading",
)  # fmt: skip
SUMS = (
    "as_of", "exact_until", "newest", "prevented_kept", "detected_kept", "partially_kept", "prevented_left",
    "detected_left", "partially_left", "missed_left",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "result_sum",
        sa.Column("technique_id", sa.Uuid(), nullable=False),
        sa.Column("environment_id", sa.Uuid(), nullable=False),
        sa.Column("expected", sa.Text(), nullable=True),
        sa.Column("ageing", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("prevented_on", "detected_on", "partially_on")),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["environment_id"], ["environment.id"], name=op.f("fk_result_sum_environment_id")),
        sa.ForeignKeyConstraint(["technique_id"], ["technique.id"], name=op.f("fk_result_sum_technique_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_sum")),
        sa.UniqueConstraint(
            "technique_id",
            "environment_id",
            "expected",
            name=op.f("uq_result_sum_technique_id_environment_id_expected"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_result_sum_environment_id", "result_sum", ["environment_id"])
    # Never exact: whoever reads them sums anew, until the housekeeping has kept the sums.
    names = ", ".join((*COUNTS, *SUMS))
    zeros = ", ".join("0" for _ in (*COUNTS, *SUMS))
    op.execute(
        f"INSERT INTO result_sum (id, technique_id, environment_id, expected, ageing, {names})"
        f" SELECT gen_random_uuid(), technique_id, environment_id, expected, '', {zeros}"
        " FROM current_result GROUP BY technique_id, environment_id, expected"
    )


def downgrade() -> None:
    op.drop_table("result_sum")
