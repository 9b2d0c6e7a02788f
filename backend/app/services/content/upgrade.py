"""What an ATT&CK import did to techniques, and which of our work it touches."""

from collections.abc import Mapping
from typing import Any, Final, LiteralString

from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from app.clock import now
from app.services.content.staging import NEW_ID, Driver

_TECHNIQUES: Final = SQL(
    """
    SELECT t.id, t.attack_id, t.name, t.domain, md5(t.description) AS text, t.platforms, t.revoked, t.deprecated,
      t.withdrawn_at IS NOT NULL AS withdrawn,
      ARRAY(SELECT y.shortname FROM technique_tactic x JOIN tactic y ON y.id = x.tactic_id WHERE x.technique_id = t.id
            ORDER BY 1) AS tactics
    FROM technique t WHERE t.source = %(source)s AND t.domain = ANY(%(domains)s)
    """
)

_USES: Final = SQL(
    """
    SELECT l.technique_id, l.source_upstream_id AS user_id,
      md5(string_agg(l.description, '|' ORDER BY l.upstream_id)) AS use
    FROM content_link l
    WHERE l.source = %(source)s AND l.relation = 'uses' AND l.source_kind IN ('group', 'campaign')
      AND l.is_active AND l.technique_id IS NOT NULL GROUP BY 1, 2
    """
)

_TURNED_USES: Final = SQL(
    """
    CREATE TEMP TABLE turned_use ON COMMIT DROP AS
    WITH after AS ({uses}), known AS (
      SELECT stix_id, name FROM threat_actor WHERE source = %(source)s
      UNION ALL SELECT stix_id, name FROM attack_campaign WHERE source = %(source)s
    )
    SELECT technique_id, coalesce(k.name, user_id) AS name,
      CASE WHEN b.use IS NULL THEN 'new' WHEN a.use IS NULL THEN 'gone' ELSE 'changed' END AS what
    FROM before_use b FULL JOIN after a USING (technique_id, user_id) LEFT JOIN known k ON k.stix_id = user_id
    WHERE a.use IS DISTINCT FROM b.use
    """
).format(uses=_USES)

_COMPARE: Final = SQL(
    """
    CREATE TEMP TABLE turned ON COMMIT DROP AS
    WITH after AS ({techniques}), turn AS (
      SELECT a.*, b.name AS old_name, b.tactics AS old_tactics, b.platforms AS old_platforms,
        NOT a.revoked AND NOT a.deprecated AND NOT a.withdrawn AS active,
        b.id IS NULL OR (b.withdrawn AND NOT a.withdrawn) AS is_added,
        b.id IS NOT NULL AND a.withdrawn AND NOT b.withdrawn AS now_withdrawn,
        b.id IS NOT NULL AND a.revoked AND NOT b.revoked AS now_revoked,
        b.id IS NOT NULL AND a.deprecated AND NOT b.deprecated AS now_deprecated,
        b.id IS NOT NULL AND (b.revoked AND NOT a.revoked OR b.deprecated AND NOT a.deprecated) AS restored,
        b.id IS NOT NULL AND a.name <> b.name AS renamed,
        b.id IS NOT NULL AND a.tactics <> b.tactics AS moved,
        b.id IS NOT NULL AND a.platforms <> b.platforms AS platforms_changed,
        b.id IS NOT NULL AND a.text <> b.text AS text_changed,
        b.id IS NOT NULL AND a.id IN (SELECT technique_id FROM turned_use) AS uses_changed
      FROM after a LEFT JOIN before_technique b ON b.id = a.id
    )
    SELECT t.*,
      (SELECT f.attack_id FROM technique_alias x JOIN technique f ON f.id = x.technique_id
       WHERE x.scheme = 'attack' AND x.external_id = t.attack_id AND x.kind = 'revoked_by'
       ORDER BY f.attack_id LIMIT 1) AS successor,
      CASE WHEN now_revoked THEN 'revoked' WHEN now_deprecated THEN 'deprecated' WHEN now_withdrawn THEN 'withdrawn'
        WHEN moved THEN 'moved' WHEN renamed THEN 'renamed'
        WHEN platforms_changed OR text_changed THEN 'changed' END AS change
    FROM turn t
    """
).format(techniques=_TECHNIQUES)

_REASONS: Final = SQL(
    """
    INSERT INTO technique_change (id, technique_id, at, kind, source, reason)
    SELECT {new_id}, x.id, %(moment)s, r.kind, %(source)s, r.reason FROM turned x
    CROSS JOIN LATERAL (VALUES
      ('text', CASE WHEN x.restored THEN 'It is in force again.' END),
      ('text', CASE WHEN x.renamed THEN format('Renamed from %%s.', x.old_name) END),
      ('text', CASE WHEN x.text_changed THEN 'Its description changed.' END),
      ('place', CASE WHEN x.moved
        THEN format('Tactics were %%s, now %%s.', {old_tactics}, {tactics}) END),
      ('place', CASE WHEN x.platforms_changed
        THEN format('Platforms were %%s, now %%s.', {old_platforms}, {platforms}) END),
      ('use', CASE WHEN x.uses_changed THEN (
        SELECT string_agg(format('%%s: %%s.', upper(left(y.what, 1)) || substr(y.what, 2) || CASE y.what
            WHEN 'gone' THEN ' among its users' ELSE ' procedures' END, y.names), ' ' ORDER BY y.what DESC)
        FROM (SELECT u.what, left(string_agg(DISTINCT u.name, ', ' ORDER BY u.name), 400) AS names
              FROM turned_use u WHERE u.technique_id = x.id GROUP BY u.what) y) END)
    ) AS r(kind, reason)
    WHERE x.active AND r.reason IS NOT NULL
    """
).format(
    new_id=NEW_ID,
    **{
        name: SQL("coalesce(nullif(array_to_string(x.{}, ', '), ''), 'none')").format(Identifier(name))
        for name in ("old_tactics", "tactics", "old_platforms", "platforms")
    },
)

_LISTS: Final[Mapping[str, LiteralString]] = {
    "added": "SELECT attack_id, name FROM turned WHERE is_added AND active ORDER BY attack_id LIMIT 2000",
    "renamed": "SELECT attack_id, old_name AS before, name AS after FROM turned WHERE renamed ORDER BY"
    " attack_id LIMIT 2000",
    "moved": "SELECT attack_id, name, old_tactics AS before, tactics AS after FROM turned WHERE moved"
    " ORDER BY attack_id LIMIT 2000",
    "platforms_changed": "SELECT attack_id, name, old_platforms AS before, platforms AS after FROM turned"
    " WHERE platforms_changed AND active ORDER BY attack_id LIMIT 2000",
    "description_changed": "SELECT attack_id, name FROM turned WHERE text_changed AND active ORDER BY attack_id"
    " LIMIT 2000",
    "uses_changed": "SELECT attack_id, name FROM turned WHERE uses_changed AND active ORDER BY attack_id LIMIT 2000",
    "deprecated": "SELECT attack_id, name FROM turned WHERE now_deprecated ORDER BY attack_id LIMIT 2000",
    "revoked": "SELECT attack_id, name, successor FROM turned WHERE now_revoked ORDER BY attack_id LIMIT 2000",
    "restored": "SELECT attack_id, name FROM turned WHERE restored ORDER BY attack_id LIMIT 2000",
    "withdrawn": "SELECT attack_id, name FROM turned WHERE now_withdrawn ORDER BY attack_id LIMIT 2000",
}

_AFFECTED: Final[Mapping[str, LiteralString]] = {
    "tests": "SELECT s.id::text AS id, s.number, s.name, s.state, t.attack_id, t.successor, t.change FROM turned t"
    " JOIN security_test s ON s.technique_id = t.id WHERE t.change IS NOT NULL AND s.archived_at IS NULL"
    " AND s.annulled_at IS NULL AND (NOT s.blind OR s.revealed_at IS NOT NULL) ORDER BY s.number LIMIT 2000",
    "templates": "SELECT m.id::text AS id, m.name, m.source, t.attack_id, t.successor, t.change FROM turned t"
    " JOIN content_link l ON (l.technique_id = t.id OR l.target_attack_id = t.attack_id) AND l.source_kind = 'template'"
    " JOIN test_template m ON m.id = l.source_id WHERE m.withdrawn_at IS NULL AND t.change IS NOT NULL"
    " ORDER BY t.attack_id, m.name LIMIT 2000",
    "rules": "SELECT m.id::text AS id, m.name, m.source, t.attack_id, t.successor, t.change FROM turned t"
    " JOIN content_link l ON (l.technique_id = t.id OR l.target_attack_id = t.attack_id) AND l.source_kind = 'rule'"
    " JOIN detection_rule m ON m.id = l.source_id WHERE m.withdrawn_at IS NULL AND t.change IS NOT NULL"
    " ORDER BY t.attack_id, m.name LIMIT 2000",
    "actors": "SELECT m.id::text AS id, m.name, t.attack_id, t.successor, t.change FROM turned t"
    " JOIN content_link l ON (l.technique_id = t.id OR l.target_attack_id = t.attack_id) AND l.source_kind ="
    " 'group' AND l.source = 'custom'"
    " JOIN threat_actor m ON m.id = l.source_id WHERE t.change IS NOT NULL ORDER BY m.name, t.attack_id LIMIT 2000",
}


async def remember(driver: Driver, source: str, domains: list[str]) -> None:
    """Keep what techniques say, and who uses them how, before the import writes: `before_technique`, `before_use`."""
    parameters = {"source": source, "domains": domains}
    await driver.execute(SQL("CREATE TEMP TABLE before_technique ON COMMIT DROP AS {}").format(_TECHNIQUES), parameters)
    await driver.execute(SQL("CREATE TEMP TABLE before_use ON COMMIT DROP AS {}").format(_USES), parameters)


async def compare(driver: Driver, source: str, domains: list[str]) -> dict[str, Any]:
    """The upgrade report, after the import wrote. Marks techniques whose intelligence changed for a review."""
    parameters = {"source": source, "domains": domains, "moment": now()}
    await driver.execute(_TURNED_USES, parameters)
    await driver.execute(_COMPARE, parameters)
    report: dict[str, Any] = {name: await _rows(driver, query) for name, query in _LISTS.items()}
    report["affected"] = {name: await _rows(driver, query) for name, query in _AFFECTED.items()}
    await driver.execute(
        "UPDATE technique t SET intel_changed_at = %(moment)s FROM turned x WHERE x.id = t.id AND x.active"
        " AND (x.renamed OR x.moved OR x.platforms_changed OR x.text_changed OR x.uses_changed OR x.restored)",
        parameters,
    )
    await driver.execute(_REASONS, parameters)
    cursor = await driver.execute("SELECT count(*) FROM technique WHERE review_required AND is_active")
    row = await cursor.fetchone()
    report["review_required"] = row[0] if row else 0
    return report


async def _rows(driver: Driver, query: LiteralString) -> list[dict[str, Any]]:
    async with driver.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query)
        return [dict(row) for row in await cursor.fetchall()]
