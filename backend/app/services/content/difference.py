"""What an import would change, worked out in SQL before anything is written, and the writing of it.

`change` has one row an incoming item: added, returned (withdrawn earlier), updated or unchanged. `withdrawn` has the
items that lost their last domain. Rows of unchanged items are never touched.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, LiteralString

from psycopg.rows import dict_row
from psycopg.sql import SQL, Composable, Identifier

from app.errors import Conflict
from app.services.content.catalogue_kinds import ALL_KINDS, DELETED, WITHDRAWABLE
from app.services.content.kinds import GUARDED_KINDS, KindSpec
from app.services.content.staging import DERIVED_KINDS, NEW_ID, Driver, Progress, Staged

COUNTED: Final = ("added", "updated", "unchanged", "removed", "skipped")
SMALLEST_GUARDED: Final = 8
"""A single kind with fewer items than this says nothing by its share."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Counts by kind: `{"technique": {"added": 12, …}}`."""

    counts: Mapping[str, Mapping[str, int]]

    @property
    def changed(self) -> bool:
        """Whether anything at all has to be written."""
        return any(row["added"] or row["updated"] or row["removed"] for row in self.counts.values())

    def totals(self) -> dict[str, int]:
        """The sums over all kinds, with `read`."""
        sums = {name: sum(row[name] for row in self.counts.values()) for name in COUNTED}
        return {"read": sums["added"] + sums["updated"] + sums["unchanged"] + sums["skipped"], **sums}


async def work_out(driver: Driver, staged: Staged, *, force: bool) -> Difference:
    """Fill `change`, `gone` and `withdrawn`, and count."""
    parameters = {
        "source": staged.source,
        "domains": staged.domains,
        "force": force,
        "derived": list(DERIVED_KINDS),
        "only": list(staged.only) or None,
    }
    specs = [ALL_KINDS[kind] for kind in staged.files if kind in ALL_KINDS]
    await driver.execute(_EXISTING.format(union=SQL(" UNION ALL ").join(map(_existing_of, specs))), parameters)
    await driver.execute("ANALYZE existing (kind)")
    await driver.execute(_CHANGE.format(new_id=NEW_ID), parameters)
    await driver.execute("ANALYZE change (kind, what)")
    await driver.execute(_GONE, parameters)
    await driver.execute(_WITHDRAWN, parameters)
    await driver.execute("ANALYZE gone; ANALYZE withdrawn")
    return Difference(await _count(driver, staged))


def _existing_of(spec: KindSpec) -> Composable:
    gone = SQL("t.withdrawn_at IS NOT NULL") if spec.withdrawable else SQL("false")
    # A control's own mappings and its links are rows of one table: only membership tells them apart.
    dated = SQL("t.upstream_modified, t.content_domain" if spec.dated else "NULL::timestamptz, NULL::text")
    return SQL(
        "SELECT {kind}::text AS kind, t.id, t.{key} AS key, t.content_hash, {gone} AS gone, t.{version} AS release,"
        " {dated} FROM {table} t WHERE t.source = %(source)s"
    ).format(
        kind=spec.kind,
        key=Identifier(spec.key_column),
        gone=gone,
        version=Identifier(spec.version_column),
        dated=dated,
        table=Identifier(spec.table),
    )


_EXISTING: Final = SQL(
    "CREATE TEMP TABLE existing (kind, id, key, content_hash, gone, release, upstream_modified, content_domain)"
    " ON COMMIT DROP AS {union}"
)

_CHANGE: Final = SQL(
    """
    CREATE TEMP TABLE change ON COMMIT DROP AS
    WITH stored AS MATERIALIZED (
      SELECT p.key AS domain, coalesce((p.value->>'summary')::boolean, false) AS summary
      FROM data_source d CROSS JOIN LATERAL jsonb_each(d.state) AS p WHERE d.name = %(source)s
    )
    SELECT i.n, i.kind, i.key, i.domain, coalesce(e.id, {new_id}) AS id,
      CASE
        WHEN e.id IS NULL THEN 'added'
        WHEN e.gone THEN 'returned'
        WHEN e.content_hash = i.hash THEN 'unchanged'
        WHEN e.release IS NULL OR p.release_key IS NULL THEN 'updated'
        WHEN string_to_array(e.release, '.')::integer[] < p.release_key THEN 'updated'
        WHEN e.content_domain = i.domain AND (NOT p.summary OR coalesce(p.was_summary, true) OR %(force)s)
          AND (string_to_array(e.release, '.')::integer[] = p.release_key OR %(force)s) THEN 'updated'
        WHEN %(force)s AND e.content_domain = ANY(%(domains)s) THEN 'updated'
        WHEN string_to_array(e.release, '.')::integer[] > p.release_key OR p.summary THEN 'unchanged'
        WHEN w.was_summary OR s.summary OR (i.record::json->>'modified')::timestamptz > e.upstream_modified
        THEN 'updated'
        ELSE 'unchanged'
      END AS what
    FROM incoming i JOIN part p ON p.domain = i.domain
    LEFT JOIN existing e ON e.kind = i.kind AND e.key = i.key
    LEFT JOIN part w ON w.domain = e.content_domain
    LEFT JOIN stored s ON s.domain = e.content_domain
    WHERE i.kind <> ALL(%(derived)s)
    """
)

_GONE: Final = SQL(
    """
    CREATE TEMP TABLE gone ON COMMIT DROP AS
    SELECT d.kind, d.upstream_id AS key, d.domain, d.object_id AS id FROM object_domain d
    WHERE d.source = %(source)s AND d.domain = ANY(%(domains)s)
      AND (%(only)s::text[] IS NULL OR d.kind = ANY(%(only)s))
      AND NOT EXISTS (SELECT FROM member m WHERE m.kind = d.kind AND m.key = d.upstream_id AND m.domain = d.domain)
    """
)

_WITHDRAWN: Final = SQL(
    """
    CREATE TEMP TABLE withdrawn ON COMMIT DROP AS
    SELECT DISTINCT g.kind, g.key, g.id FROM gone g
    WHERE NOT EXISTS (SELECT FROM member m WHERE m.kind = g.kind AND m.key = g.key)
      AND NOT EXISTS (SELECT FROM object_domain o WHERE o.source = %(source)s AND o.kind = g.kind
                      AND o.upstream_id = g.key AND o.domain <> ALL(%(domains)s))
    """
)


async def _count(driver: Driver, staged: Staged) -> dict[str, dict[str, int]]:
    counts = {kind: dict.fromkeys(COUNTED, 0) for kind in ALL_KINDS}
    cursor = await driver.execute(
        "SELECT kind, CASE what WHEN 'returned' THEN 'added' ELSE what END, count(*) FROM change GROUP BY 1, 2"
        " UNION ALL SELECT kind, 'removed', count(*) FROM withdrawn GROUP BY 1"
    )
    for kind, what, number in await cursor.fetchall():
        counts[kind][what] = number
    for kind, number in staged.skipped.items():
        counts.setdefault(kind, dict.fromkeys(COUNTED, 0))["skipped"] = number
    return {kind: row for kind, row in counts.items() if any(row.values())}


_LISTED: Final[Mapping[str, LiteralString]] = {
    # Cut first: a record is read for its name only where the name is shown.
    "added": "SELECT c.kind, c.key, i.record::json->>'name' AS name FROM (SELECT * FROM change WHERE what IN"
    " ('added', 'returned') AND kind <> 'link' ORDER BY kind, key LIMIT %(limit)s) c JOIN incoming i ON i.n = c.n"
    " ORDER BY c.kind, c.key",
    "updated": "SELECT c.kind, c.key, i.record::json->>'name' AS name FROM (SELECT * FROM change WHERE what ="
    " 'updated' AND kind <> 'link' ORDER BY kind, key LIMIT %(limit)s) c JOIN incoming i ON i.n = c.n"
    " ORDER BY c.kind, c.key",
    "removed": "SELECT kind, key FROM withdrawn WHERE kind <> 'link' ORDER BY kind, key LIMIT %(limit)s",
}


async def listed_changes(driver: Driver, limit: int) -> dict[str, list[dict[str, Any]]]:
    """The first changed items of each sort, for the report."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, statement in _LISTED.items():
        async with driver.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, {"limit": limit})
            found[name] = await cursor.fetchall()
    return found


async def refuse_mass_withdrawal(driver: Driver, staged: Staged, share: float) -> None:
    """Raise Conflict `too_many_withdrawn` when more than `share` of the items, or of one main kind, would vanish."""
    cursor = await driver.execute(
        "SELECT held.kind, held.number, coalesce(lost.number, 0) FROM (SELECT kind, count(DISTINCT upstream_id)"
        " AS number"
        " FROM object_domain WHERE source = %(source)s AND domain = ANY(%(domains)s) AND kind <> 'link' GROUP"
        " BY kind) held"
        " LEFT JOIN (SELECT kind, count(*) AS number FROM withdrawn GROUP BY kind) lost USING (kind)",
        {"source": staged.source, "domains": staged.domains},
    )
    rows = await cursor.fetchall()
    held, lost = sum(row[1] for row in rows), sum(row[2] for row in rows)
    worst = [
        f"{gone} of {number} {kind.replace('_', ' ')}s"
        for kind, number, gone in rows
        if kind in GUARDED_KINDS and number >= SMALLEST_GUARDED and gone > share * number
    ]
    if lost > share * held or worst:
        detail = ", ".join(worst) or f"{lost} of {held} items"
        raise Conflict(
            "too_many_withdrawn",
            f"The new content lacks {detail}, more than the allowed share of {share:.0%}. Nothing was changed."
            " The report names what would go. If the publisher did drop or rewrite it, ask for the sync with force:"
            " what is withdrawn stays with the tests that were made of it.",
        )


async def apply(driver: Driver, staged: Staged, progress: Progress) -> None:
    """Write memberships and objects; links come after, once their ends are there."""
    parameters: dict[str, Any] = {"source": staged.source}
    # Most runs find nothing new and never come here: only those that write pay for indexes.
    await driver.execute("CREATE INDEX ON incoming (kind); CREATE INDEX ON change (kind, key)")
    await _apply_memberships(driver, parameters)
    await _withdraw(driver)
    specs = [spec for spec in WITHDRAWABLE if spec.kind in staged.files]
    for number, spec in enumerate(specs):
        await write_kind(driver, spec, parameters)
        await progress("writing", number + 1, len(specs))


async def _apply_memberships(driver: Driver, parameters: Mapping[str, Any]) -> None:
    await driver.execute(
        "DELETE FROM object_domain d USING gone g WHERE d.source = %(source)s AND d.kind = g.kind"
        " AND d.upstream_id = g.key AND d.domain = g.domain",
        parameters,
    )
    await driver.execute(
        "INSERT INTO object_domain (source, domain, kind, upstream_id, object_id)"
        " SELECT %(source)s, m.domain, m.kind, m.key, c.id FROM member m JOIN change c ON c.kind = m.kind AND"
        " c.key = m.key"
        " WHERE NOT EXISTS (SELECT FROM object_domain d WHERE d.source = %(source)s AND d.domain = m.domain"
        " AND d.kind = m.kind AND d.upstream_id = m.key)",
        parameters,
    )


async def _withdraw(driver: Driver) -> None:
    for spec in WITHDRAWABLE:
        await driver.execute(
            SQL(
                "UPDATE {table} t SET withdrawn_at = clock_timestamp(), updated_at = clock_timestamp()"
                " FROM withdrawn w WHERE w.kind = {kind} AND w.id = t.id AND t.withdrawn_at IS NULL"
            ).format(table=Identifier(spec.table), kind=spec.kind)
        )
    for spec in DELETED:
        await driver.execute(
            SQL("DELETE FROM {table} t USING withdrawn w WHERE w.kind = {kind} AND w.id = t.id").format(
                table=Identifier(spec.table), kind=spec.kind
            )
        )


async def write_kind(
    driver: Driver, spec: KindSpec, parameters: Mapping[str, Any], joins: Composable | None = None
) -> None:
    """Update the changed rows of a kind and insert the new ones. `joins` gives more tables to the expressions."""
    columns = {**spec.columns, spec.version_column: "p.release", "content_hash": "i.hash"}
    if spec.dated:
        columns["content_domain"] = "c.domain"
    if spec.withdrawable:
        columns |= {"updated_at": "clock_timestamp()", "withdrawn_at": "NULL::timestamptz"}
    names = [Identifier(name) for name in columns]
    values = [SQL(expression) for expression in columns.values()]
    parts: dict[str, Composable | str] = {
        "table": Identifier(spec.table),
        "kind": spec.kind,
        "key": Identifier(spec.key_column),
        "names": SQL(", ").join(names),
        "values": SQL(", ").join(values),
        "named": SQL(", ").join(SQL("{} AS {}").format(value, name) for name, value in zip(names, values, strict=True)),
        "assigned": SQL(", ").join(SQL("{} = x.{}").format(name, name) for name in names),
        "reads": SQL(
            "FROM change c JOIN incoming i ON i.n = c.n JOIN part p ON p.domain = c.domain"
            " CROSS JOIN LATERAL json_to_record(i.record::json) AS r({record}) {joins}"
        ).format(record=SQL(spec.record), joins=joins or SQL("")),
    }
    # Old names and places are given up first, but for a row that may move below a new one.
    for statement in (_INSERT, _UPDATE) if spec.nested else (_UPDATE, _INSERT):
        await driver.execute(statement.format(**parts), parameters)


_UPDATE: Final = SQL(
    "UPDATE {table} t SET {assigned} FROM (SELECT c.id AS row_id, {named} {reads}"
    " WHERE c.kind = {kind} AND i.kind = {kind} AND c.what IN ('updated', 'returned')) x WHERE t.id = x.row_id"
)
_INSERT: Final = SQL(
    "INSERT INTO {table} (id, source, {key}, {names}) SELECT c.id, %(source)s, c.key, {values} {reads}"
    " WHERE c.kind = {kind} AND i.kind = {kind} AND c.what = 'added'"
)
