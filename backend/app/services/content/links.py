"""What links mean in the ATT&CK release that we hold.

A link keeps its raw ids for ever. The technique it means is found anew after every ATT&CK import, for all links of all
sources: an unchanged rule is touched by nothing else, and still its technique may have been revoked meanwhile.
"""

from typing import Any, Final

from psycopg.sql import SQL, Identifier

from app.domain.content import ATTACK_SOURCE
from app.services.content.difference import write_kind
from app.services.content.kinds import LINKS, OBJECTS
from app.services.content.staging import NEW_ID, Driver


async def write_matrix(driver: Driver, source: str) -> None:
    """Parents and tactics of techniques, strategies of analytics: what joins imported rows to each other."""
    parameters = {"source": source}
    await driver.execute(
        "WITH listed AS MATERIALIZED (SELECT i.key, i.record::json->>'parent_stix_id' AS parent FROM incoming i"
        " WHERE i.kind = 'technique') UPDATE technique t SET parent_id = p.id FROM listed s"
        " JOIN technique p ON p.source = %(source)s AND p.stix_id = s.parent"
        " WHERE t.source = %(source)s AND t.stix_id = s.key AND t.parent_id IS DISTINCT FROM p.id",
        parameters,
    )
    await driver.execute(
        "UPDATE analytic a SET strategy_id = s.id FROM detection_strategy s WHERE a.source = %(source)s"
        " AND s.source = a.source AND s.stix_id = a.strategy_stix_id AND a.strategy_id IS DISTINCT FROM s.id",
        parameters,
    )
    await driver.execute(
        # The record is read once a technique, however the join is planned.
        "CREATE TEMP TABLE placement ON COMMIT DROP AS"
        " WITH listed AS MATERIALIZED (SELECT i.key, i.hash, x.shortname FROM incoming i"
        " CROSS JOIN LATERAL json_array_elements_text(i.record::json->'tactics') AS x(shortname)"
        " WHERE i.kind = 'technique')"
        " SELECT t.id AS technique_id, y.id AS tactic_id FROM listed s"
        " JOIN technique t ON t.source = %(source)s AND t.stix_id = s.key AND t.content_hash = s.hash"
        " JOIN tactic y ON y.source = t.source AND y.domain = t.domain AND y.shortname = s.shortname"
        " AND y.withdrawn_at IS NULL",
        parameters,
    )
    await driver.execute(
        "DELETE FROM technique_tactic x USING technique t, incoming i WHERE t.id = x.technique_id"
        " AND t.source = %(source)s AND i.kind = 'technique' AND i.key = t.stix_id AND i.hash = t.content_hash"
        " AND NOT EXISTS (SELECT FROM placement p WHERE p.technique_id = x.technique_id AND p.tactic_id = x.tactic_id)",
        parameters,
    )
    await driver.execute(
        "INSERT INTO technique_tactic (technique_id, tactic_id) SELECT technique_id, tactic_id FROM placement"
        " ON CONFLICT DO NOTHING"
    )


async def write_aliases(driver: Driver, source: str) -> None:
    """Replace what the publisher says of revoked techniques of the domains at hand; equal rows stay untouched."""
    parameters = {"source": source}
    await driver.execute(
        "CREATE TEMP TABLE successor ON COMMIT DROP AS"
        " SELECT DISTINCT ON (g.id, x.scheme) x.scheme, x.external_id, f.id AS technique_id, p.release"
        " FROM incoming i JOIN part p USING (domain)"
        " CROSS JOIN LATERAL json_to_record(i.record::json) AS r(kind text, stix_id text, attack_id text,"
        " final_stix_id text)"
        " CROSS JOIN LATERAL (VALUES ('stix', r.stix_id), ('attack', r.attack_id)) AS x(scheme, external_id)"
        " JOIN technique g ON g.source = %(source)s AND g.stix_id = r.stix_id"
        " JOIN technique f ON f.source = %(source)s AND f.stix_id = r.final_stix_id"
        " WHERE i.kind = 'revocation' AND r.kind = 'technique'",
        parameters,
    )
    await driver.execute(
        "DELETE FROM technique_alias a USING technique g WHERE a.source = %(source)s AND a.kind = 'revoked_by'"
        " AND g.source = %(source)s AND g.domain IN (SELECT domain FROM part)"
        " AND a.external_id = CASE a.scheme WHEN 'stix' THEN g.stix_id ELSE g.attack_id END"
        " AND NOT EXISTS (SELECT FROM successor s WHERE s.scheme = a.scheme AND s.external_id = a.external_id"
        " AND s.technique_id = a.technique_id)",
        parameters,
    )
    await driver.execute(
        SQL(
            "INSERT INTO technique_alias (id, scheme, external_id, technique_id, to_version, kind, confidence, source)"
            " SELECT {new_id}, scheme, external_id, technique_id, release, 'revoked_by', 1, %(source)s FROM successor"
            " ON CONFLICT DO NOTHING"
        ).format(new_id=NEW_ID),
        parameters,
    )


async def write_links(driver: Driver, source: str) -> None:
    """Write the changed links of a source, resolved, after the objects at their ends."""
    parameters: dict[str, Any] = {"source": source}
    await _prepare(driver)
    joins = SQL(
        "LEFT JOIN object_id s ON s.kind = r.source_kind AND s.key = r.source_stix_id AND s.source = %(source)s"
        " LEFT JOIN object_id o ON o.kind = r.target_kind AND o.key = r.target_stix_id AND o.source = %(source)s"
        " LEFT JOIN meaning_of_stix t ON t.stix_id = r.target_stix_id AND t.source = %(source)s"
    )
    await write_kind(driver, LINKS, parameters, joins)


async def resolve_all(driver: Driver, source: str | None = None) -> int:
    """Find anew what every link means, or every link of one source; only rows whose meaning changed are written.

    Adds the techniques that won or lost a link to `touched`. Answers how many links changed.
    """
    await _prepare(driver)
    await driver.execute("CREATE TEMP TABLE IF NOT EXISTS touched (technique_id uuid NOT NULL) ON COMMIT DROP")
    by_stix = await driver.execute(_RESOLVE_BY_STIX) if source in {None, ATTACK_SOURCE} else None
    by_id = await driver.execute(_RESOLVE_BY_ATTACK_ID, {"source": source})
    row = await by_id.fetchone()
    return (by_stix.rowcount if by_stix else 0) + (row[0] if row else 0)


async def _prepare(driver: Driver) -> None:
    """Temporary tables of what ids mean now: `object_id`, `meaning_of_stix`, `meaning_of_attack_id`."""
    cursor = await driver.execute("SELECT to_regclass('pg_temp.object_id') IS NOT NULL")
    row = await cursor.fetchone()
    if row is not None and row[0]:
        return
    union = SQL(" UNION ALL ").join(
        SQL("SELECT {kind}::text AS kind, source, stix_id AS key, id FROM {table}").format(
            kind=spec.kind, table=Identifier(spec.table)
        )
        for spec in OBJECTS
    )
    await driver.execute(SQL("CREATE TEMP TABLE object_id ON COMMIT DROP AS {union}").format(union=union))
    await driver.execute(_MEANING_OF_STIX)
    await driver.execute(_MEANING_OF_ATTACK_ID)
    await driver.execute(
        "CREATE INDEX ON object_id (kind, key); CREATE INDEX ON meaning_of_stix (stix_id);"
        " CREATE INDEX ON meaning_of_attack_id (attack_id);"
        " ANALYZE object_id; ANALYZE meaning_of_stix; ANALYZE meaning_of_attack_id"
    )


_MEANING_OF_STIX: Final = """
CREATE TEMP TABLE meaning_of_stix ON COMMIT DROP AS
SELECT t.source, t.stix_id, coalesce(a.technique_id, t.id) AS technique_id,
  CASE WHEN a.technique_id IS NULL THEN 'exact' ELSE 'revoked_by' END AS resolution
FROM technique t LEFT JOIN technique_alias a
  ON t.revoked AND a.source = t.source AND a.scheme = 'stix' AND a.external_id = t.stix_id AND a.kind = 'revoked_by'
"""

_MEANING_OF_ATTACK_ID: Final = """
CREATE TEMP TABLE meaning_of_attack_id ON COMMIT DROP AS
WITH candidate AS (
  SELECT t.attack_id, t.id AS technique_id, 'exact' AS resolution, 1 AS rank, 1.0::float AS confidence, t.domain
  FROM technique t WHERE t.is_active AND NOT t.unresolved
  UNION ALL
  SELECT a.external_id, a.technique_id, CASE a.kind WHEN 'revoked_by' THEN 'revoked_by' ELSE 'alias' END,
    CASE a.kind WHEN 'revoked_by' THEN 2 ELSE 3 END, a.confidence, t.domain
  FROM technique_alias a JOIN technique t ON t.id = a.technique_id
  WHERE a.scheme = 'attack' AND a.kind IN ('same', 'revoked_by', 'merge', 'redirect', 'split')
  UNION ALL
  SELECT x.named, t.id, 'alias', 3, 1.0, t.domain FROM attack_redirect r
  CROSS JOIN LATERAL (VALUES (r.new_id, r.old_id), (r.old_id, r.new_id)) AS x(named, known)
  JOIN technique t ON t.attack_id = x.known AND t.is_active
  UNION ALL
  SELECT t.attack_id, t.id, 'exact', 4, 1.0, t.domain FROM technique t
  WHERE (t.revoked OR t.deprecated) AND t.withdrawn_at IS NULL AND NOT t.unresolved
), best AS (
  SELECT *, min(rank) OVER (PARTITION BY attack_id) AS best_rank FROM candidate
), domain_first AS (
  SELECT *, min(CASE domain WHEN 'enterprise' THEN 1 WHEN 'mobile' THEN 2 ELSE 3 END) OVER (PARTITION BY attack_id) AS d
  FROM best WHERE rank = best_rank
)
SELECT attack_id, CASE WHEN count(DISTINCT technique_id) = 1 THEN (array_agg(technique_id))[1] END AS technique_id,
  CASE WHEN count(DISTINCT technique_id) = 1 THEN min(resolution) ELSE 'ambiguous' END AS resolution
FROM domain_first WHERE d = CASE domain WHEN 'enterprise' THEN 1 WHEN 'mobile' THEN 2 ELSE 3 END
GROUP BY attack_id
"""

_RESOLVE_BY_STIX: Final = """
UPDATE content_link l SET source_id = x.source_id, target_id = x.target_id, technique_id = x.technique_id,
  resolution = x.resolution
FROM (
  SELECT l.id, s.id AS source_id,
    CASE WHEN l.target_kind <> 'technique' THEN o.id END AS target_id,
    CASE WHEN l.target_kind = 'technique' THEN t.technique_id END AS technique_id,
    CASE WHEN l.target_kind <> 'technique' THEN 'not_a_technique' ELSE coalesce(t.resolution, 'unresolved') END
    AS resolution
  FROM content_link l
  LEFT JOIN object_id s ON s.kind = l.source_kind AND s.key = l.source_upstream_id AND s.source = l.source
  LEFT JOIN object_id o ON o.kind = l.target_kind AND o.key = l.target_upstream_id AND o.source = l.source
  LEFT JOIN meaning_of_stix t ON t.stix_id = l.target_upstream_id AND t.source = l.source
  WHERE l.target_upstream_id IS NOT NULL AND l.resolution <> 'chosen'
) x
WHERE l.id = x.id AND (l.source_id, l.target_id, l.technique_id, l.resolution)
  IS DISTINCT FROM (x.source_id, x.target_id, x.technique_id, x.resolution)
"""

_RESOLVE_BY_ATTACK_ID: Final = """
WITH meant AS (
  SELECT l.id, l.technique_id AS before, m.technique_id, coalesce(m.resolution, 'unresolved') AS resolution
  FROM content_link l LEFT JOIN meaning_of_attack_id m ON m.attack_id = l.target_attack_id
  WHERE l.target_upstream_id IS NULL AND l.target_kind = 'technique' AND l.resolution <> 'chosen'
    AND (%(source)s::text IS NULL OR l.source = %(source)s)
), changed AS (
  UPDATE content_link l SET technique_id = x.technique_id, resolution = x.resolution FROM meant x
  WHERE l.id = x.id AND (l.technique_id, l.resolution) IS DISTINCT FROM (x.technique_id, x.resolution)
  RETURNING x.before, x.technique_id
), noted AS (
  INSERT INTO touched SELECT y.id FROM changed CROSS JOIN LATERAL (VALUES (before), (technique_id)) AS y(id)
  WHERE y.id IS NOT NULL
)
SELECT count(*) FROM changed
"""
