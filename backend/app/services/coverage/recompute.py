"""Current results and statistics from scratch, and what that changed."""

# ruff: noqa: S608  every name in these statements is a constant of ours; values are bound

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.coverage.current import COLUMNS, COUNTING_RESULTS
from app.services.coverage.kept_sums import keep_all_sums
from app.services.coverage.stats import COUNTED_PAIRS, COUNTS, refresh_results


@dataclass(frozen=True, slots=True)
class Difference:
    """How stored rows differed from those worked out anew."""

    total: int
    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True)
class RecomputeReport:
    """What a recomputation found. Nothing but totals, where all was right."""

    results: Difference
    stats: Difference
    sums: Difference

    @property
    def was_right(self) -> bool:
        """Whether the stored rows were what they should be."""
        return not any((d.added, d.changed, d.removed) != (0, 0, 0) for d in (self.results, self.stats, self.sums))


_NEWEST_RESULTS = f"""
SELECT DISTINCT ON (technique_id, procedure_key, platform, environment_id) *
FROM ({COUNTING_RESULTS}) AS counting
ORDER BY technique_id, procedure_key, platform, environment_id, executed_at DESC, round_id DESC
"""
_ALL_PAIRS = """
pair AS (
    SELECT DISTINCT technique_id, environment_id FROM security_test
    UNION
    SELECT l.technique_id, e.id FROM content_link l CROSS JOIN environment e
    WHERE l.technique_id IS NOT NULL AND l.is_active AND l.source_kind IN ('template', 'rule', 'countermeasure')
)
"""
_RESULT_COLUMNS = ", ".join(COLUMNS)
_STATS_COLUMNS = ", ".join(("technique_id", "environment_id", *COUNTS))
_COUNTS_SOMETHING = " OR ".join(f"{name} > 0" for name in COUNTS if name != "last_executed_at")


async def recompute_all(session: AsyncSession) -> RecomputeReport:
    """Work out all current results, their sums and the statistics anew.

    Writers wait meanwhile; readers see the old rows until the caller commits. A technique without anything to count
    needs no row of statistics, so empty ones are no difference.
    """
    await session.flush()
    results = await _replace(
        session,
        table="current_result",
        columns=_RESULT_COLUMNS,
        wanted=f"SELECT {_RESULT_COLUMNS} FROM ({_NEWEST_RESULTS}) AS newest",
        same="s.round_id = w.round_id",
        key_column=("id", "gen_random_uuid()"),
    )
    stats = await _replace(
        session,
        table="technique_stats",
        columns=_STATS_COLUMNS,
        wanted=f"WITH {_ALL_PAIRS}, {COUNTED_PAIRS} SELECT {_STATS_COLUMNS} FROM counted WHERE {_COUNTS_SOMETHING}",
        same="s.technique_id = w.technique_id AND s.environment_id = w.environment_id",
        counted=_COUNTS_SOMETHING,
    )
    sums = Difference(*await session.run_sync(keep_all_sums))
    return RecomputeReport(results, stats, sums)


async def recompute_techniques(session: AsyncSession, technique_ids: Iterable[UUID]) -> None:
    """Work out everything about some techniques anew, in all environments: after tests or links moved between them."""
    await session.flush()
    which = {"techniques": sorted(set(technique_ids))}
    await session.execute(_LOCK_RESULTS, which)
    await session.execute(_DELETE_RESULTS, which)
    await session.execute(_INSERT_RESULTS, which)
    for environment_id in (await session.scalars(_ENVIRONMENTS)).all():
        await refresh_results(session, which["techniques"], environment_id)


_LOCK_RESULTS = text("SELECT FROM current_result WHERE technique_id = ANY(:techniques) ORDER BY id FOR UPDATE")
_DELETE_RESULTS = text("DELETE FROM current_result WHERE technique_id = ANY(:techniques)")
_INSERT_RESULTS = text(
    f"INSERT INTO current_result (id, {_RESULT_COLUMNS}) SELECT gen_random_uuid(), {_RESULT_COLUMNS}"
    f" FROM ({_NEWEST_RESULTS}) AS newest WHERE technique_id = ANY(:techniques)"
)
_ENVIRONMENTS = text("SELECT id FROM environment ORDER BY id")


async def _replace(
    session: AsyncSession,
    *,
    table: str,
    columns: str,
    wanted: str,
    same: str,
    counted: str = "true",
    key_column: tuple[str, str] | None = None,
) -> Difference:
    """Make a table's rows equal to a query's. `counted` says which stored rows a difference speaks of."""
    stored = f"SELECT {columns} FROM {table}"
    row = "({})".format
    equal = f"{same} AND {row(_of('s', columns))} IS NOT DISTINCT FROM {row(_of('w', columns))}"
    await session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
    await session.execute(text("DROP TABLE IF EXISTS pg_temp.wanted"))
    await session.execute(text(f"CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS {wanted}"))
    found = await session.execute(
        text(
            f"""
            SELECT count(w.technique_id),
                   count(*) FILTER (WHERE s.technique_id IS NULL),
                   count(*) FILTER (WHERE s.technique_id IS NOT NULL AND w.technique_id IS NOT NULL AND NOT ({equal})),
                   count(*) FILTER (WHERE w.technique_id IS NULL)
            FROM ({stored} WHERE {counted}) s FULL JOIN wanted w ON {same}
            """
        )
    )
    difference = Difference(*found.one())
    await session.execute(text(f"DELETE FROM {table} s WHERE NOT EXISTS (SELECT FROM wanted w WHERE {equal})"))
    names, values = (f"{key_column[0]}, {columns}", f"{key_column[1]}, {columns}") if key_column else (columns, columns)
    await session.execute(
        text(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM wanted w"
            f" WHERE NOT EXISTS (SELECT FROM {table} s WHERE {same})"
        )
    )
    return difference


def _of(alias: str, columns: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in columns.split(", "))
