"""The techniques that templates, rules, countermeasures and controls name: links that belong to their items.

They are no items of their own, so no report counts them. Only links of items that changed are looked at.
"""

from typing import Any, Final

from psycopg.rows import dict_row
from psycopg.sql import SQL

from app.services.content.catalogue_kinds import LINKING_KINDS, MAPPINGS, RELATIONS
from app.services.content.difference import write_kind
from app.services.content.staging import NEW_ID, Driver

_WANTED: Final = """
CREATE TEMP TABLE wanted_link ON COMMIT DROP AS
SELECT DISTINCT ON (c.kind, c.key, x.attack_id, coalesce(x.tactic, ''))
  c.kind, c.key, c.id, c.what, p.release, c.key || '>' || x.attack_id || coalesce('@' || x.tactic, '') AS upstream_id,
  x.attack_id, x.tactic, coalesce(x.description, '') AS description, coalesce(x.details, '{}') AS details
FROM change c JOIN incoming i ON i.n = c.n JOIN part p ON p.domain = c.domain
CROSS JOIN LATERAL json_to_recordset(i.record::json->'techniques')
  AS x(attack_id text, tactic text, description text, details jsonb)
WHERE c.kind = ANY(%(kinds)s) AND c.what <> 'unchanged'
ORDER BY c.kind, c.key, x.attack_id, coalesce(x.tactic, '')
"""

# Links of an item have its key in front; mappings of a control are rows of the same table and items of their own.
_LEFT: Final = """
CREATE TEMP TABLE left_link ON COMMIT DROP AS
SELECT l.id AS link_id, c.kind, c.key, c.id, l.target_attack_id, l.technique_id
FROM content_link l JOIN change c ON l.source_kind = c.kind AND l.source_id = c.id
WHERE l.source = %(source)s AND c.kind = ANY(%(kinds)s) AND c.what IN ('updated', 'returned')
  AND left(l.upstream_id, length(c.key) + 1) = c.key || '>'
  AND NOT EXISTS (SELECT FROM wanted_link w WHERE w.upstream_id = l.upstream_id)
"""

_MOVED: Final = """
CREATE TEMP TABLE moved ON COMMIT DROP AS
SELECT c.kind, c.key, c.id, coalesce(b.ids, '{}') AS before, coalesce(a.ids, '{}') AS after
FROM change c
LEFT JOIN LATERAL (
  SELECT array_agg(DISTINCT l.target_attack_id ORDER BY l.target_attack_id) AS ids FROM content_link l
  WHERE l.source = %(source)s AND l.source_kind = c.kind AND l.source_id = c.id
    AND left(l.upstream_id, length(c.key) + 1) = c.key || '>'
) b ON true
LEFT JOIN LATERAL (
  SELECT array_agg(DISTINCT w.attack_id ORDER BY w.attack_id) AS ids FROM wanted_link w
  WHERE w.kind = c.kind AND w.key = c.key
) a ON true
WHERE c.what = 'updated' AND c.kind = ANY(%(kinds)s) AND b.ids IS DISTINCT FROM a.ids
"""

_INSERT: Final = SQL(
    """
    INSERT INTO content_link (id, source, upstream_id, relation, source_kind, source_upstream_id, source_id,
      target_kind, target_attack_id, raw_tactic, source_version, description, details)
    SELECT {new_id}, %(source)s, w.upstream_id, %(relations)s::jsonb->>w.kind, w.kind, w.key, w.id, 'technique',
      w.attack_id, w.tactic, w.release, w.description,
      w.details || CASE WHEN f.ids IS NULL THEN '{{}}' ELSE jsonb_build_object('moved_from', f.ids) END
    FROM wanted_link w LEFT JOIN LATERAL (
      SELECT jsonb_agg(DISTINCT t.attack_id) AS ids FROM left_link g JOIN technique t ON t.id = g.technique_id
      WHERE g.kind = w.kind AND g.key = w.key
    ) f ON true
    ON CONFLICT (source, upstream_id) DO UPDATE SET is_active = true, source_id = excluded.source_id,
      source_version = excluded.source_version, description = excluded.description,
      details = jsonb_strip_nulls(jsonb_build_object('moved_from', content_link.details->'moved_from'))
        || excluded.details
    WHERE (content_link.is_active, content_link.source_id, content_link.description,
        content_link.details - 'moved_from')
      IS DISTINCT FROM (true, excluded.source_id, excluded.description, excluded.details - 'moved_from')
    """
)


_NAMED_ONLY: Final = SQL(
    """
    INSERT INTO control (id, source, upstream_id, name, framework_upstream_id, control_id, position)
    SELECT {new_id}, %(source)s, x.key, x.control_id, f.upstream_id, x.control_id, 100000
    FROM (SELECT DISTINCT l.source_upstream_id AS key,
            split_part(l.source_upstream_id, ':', 1) || ':' || split_part(l.source_upstream_id, ':', 2) AS framework,
            split_part(l.source_upstream_id, ':', 3) AS control_id
          FROM content_link l WHERE l.source = %(source)s AND l.source_kind = 'control' AND l.source_id IS NULL) x
    JOIN framework f ON f.source = %(source)s AND f.upstream_id = x.framework AND f.withdrawn_at IS NULL
    WHERE x.control_id <> '' AND NOT EXISTS (SELECT FROM change c WHERE c.kind = 'control' AND c.key = x.key)
    ON CONFLICT DO NOTHING
    """
)


async def prepare(driver: Driver, source: str) -> dict[str, int]:
    """Fill `wanted_link`, `left_link` and `moved`, and answer how many items of each kind name other techniques."""
    parameters: dict[str, Any] = {"source": source, "kinds": list(LINKING_KINDS)}
    await driver.execute(_WANTED, parameters)
    await driver.execute("CREATE INDEX ON wanted_link (upstream_id); CREATE INDEX ON wanted_link (kind, key)")
    await driver.execute("ANALYZE wanted_link")
    await driver.execute(_LEFT, parameters)
    await driver.execute(_MOVED, parameters)
    cursor = await driver.execute("SELECT kind, count(*) FROM moved GROUP BY kind")
    return {str(kind): int(number) for kind, number in await cursor.fetchall()}


async def write(driver: Driver, source: str) -> None:
    """Write links of changed items, and mappings. Their meaning is found afterwards. Fills `touched`."""
    await driver.execute("CREATE TEMP TABLE IF NOT EXISTS touched (technique_id uuid NOT NULL) ON COMMIT DROP")
    await driver.execute("DELETE FROM content_link l USING left_link g WHERE g.link_id = l.id")
    await driver.execute("INSERT INTO touched SELECT technique_id FROM left_link WHERE technique_id IS NOT NULL")
    await driver.execute(
        "WITH gone AS (UPDATE content_link l SET is_active = false FROM withdrawn w WHERE l.source = %(source)s"
        " AND l.source_kind = w.kind AND l.source_id = w.id AND l.is_active RETURNING l.technique_id)"
        " INSERT INTO touched SELECT technique_id FROM gone WHERE technique_id IS NOT NULL",
        {"source": source},
    )
    relations = ", ".join(f'"{kind}": "{relation}"' for kind, relation in RELATIONS.items())
    await driver.execute(_INSERT.format(new_id=NEW_ID), {"source": source, "relations": f"{{{relations}}}"})
    await driver.execute(
        # A returning item's links mean what they meant, and count again.
        "INSERT INTO touched SELECT l.technique_id FROM content_link l JOIN change c ON l.source_kind = c.kind"
        " AND l.source_id = c.id WHERE c.what = 'returned' AND l.technique_id IS NOT NULL"
    )
    await write_kind(driver, MAPPINGS, {"source": source})
    # A mapping may speak of a control that no catalogue of ours has, because it is newer or the publisher's slip.
    await driver.execute(_NAMED_ONLY.format(new_id=NEW_ID), {"source": source})
    # A mapping may come before the control that it speaks of.
    await driver.execute(
        "UPDATE content_link l SET source_id = k.id FROM control k WHERE l.source = %(source)s AND l.source_id IS NULL"
        " AND l.source_kind = 'control' AND k.source = l.source AND k.upstream_id = l.source_upstream_id",
        {"source": source},
    )


async def write_places(driver: Driver) -> None:
    """Follow rules that say the same in another file or with other comments: people read path and text.

    Their meaning did not change, so that no report counts them and nobody has to look at them again.
    """
    await driver.execute(
        "UPDATE detection_rule t SET path = r.path, source_text = r.source_text, query = r.query, url = r.url"
        " FROM change c JOIN incoming i ON i.n = c.n CROSS JOIN LATERAL json_to_record(i.record::json)"
        " AS r(path text, source_text text, query text, url text)"
        " WHERE c.kind = 'rule' AND c.what = 'unchanged' AND t.id = c.id"
        " AND (t.path, t.source_text, t.query) IS DISTINCT FROM (r.path, r.source_text, r.query)"
    )


async def write_redirects(driver: Driver, source: str, *, complete: bool) -> bool:
    """Replace what the source says of techniques that went from one release to the next. Answers whether it changed.

    complete: false when a file could not be read, so that what is missing may have stood there.
    """
    cursor = await driver.execute("SELECT EXISTS (SELECT FROM incoming WHERE kind = 'redirect')")
    row = await cursor.fetchone()
    if row is None or not row[0]:
        return False
    await driver.execute(
        "CREATE TEMP TABLE redirect ON COMMIT DROP AS SELECT DISTINCT ON (r.old_id, r.new_id) r.* FROM incoming i"
        " CROSS JOIN LATERAL json_to_record(i.record::json)"
        " AS r(old_id text, new_id text, from_version text, to_version text) WHERE i.kind = 'redirect'"
    )
    gone = await driver.execute(
        "DELETE FROM attack_redirect a WHERE a.source = %(source)s AND %(complete)s"
        " AND NOT EXISTS (SELECT FROM redirect r WHERE r.old_id = a.old_id AND r.new_id = a.new_id)",
        {"source": source, "complete": complete},
    )
    new = await driver.execute(
        SQL(
            "INSERT INTO attack_redirect (id, source, old_id, new_id, from_version, to_version)"
            " SELECT {new_id}, %(source)s, old_id, new_id, from_version, to_version FROM redirect"
            " ON CONFLICT DO NOTHING"
        ).format(new_id=NEW_ID),
        {"source": source},
    )
    return gone.rowcount + new.rowcount > 0


async def listed_moves(driver: Driver, limit: int) -> list[dict[str, Any]]:
    """The first items that name other techniques than before."""
    async with driver.cursor(row_factory=dict_row) as cursor:
        await cursor.execute("SELECT kind, key, before, after FROM moved ORDER BY kind, key LIMIT %s", [limit])
        return await cursor.fetchall()
