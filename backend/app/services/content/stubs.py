"""Techniques that content names and that no ATT&CK release of ours knows: rows that tests can already be made on."""

from typing import Final

from psycopg.sql import SQL

from app.domain.content import STUB_SOURCE
from app.services.content.staging import NEW_ID, Driver

_CREATE: Final = SQL(
    """
    INSERT INTO technique (id, source, stix_id, attack_id, name, description, domain, is_subtechnique, unresolved)
    SELECT {new_id}, %(stub)s, %(stub)s || ':' || x.attack_id, x.attack_id, x.name, '', 'enterprise',
      strpos(x.attack_id, '.') > 0, true
    FROM (
      SELECT l.target_attack_id AS attack_id, coalesce(min(l.details->>'name'), l.target_attack_id) AS name
      FROM content_link l
      WHERE l.resolution IN ('unresolved', 'ambiguous') AND l.target_kind = 'technique' AND l.is_active
        AND l.target_attack_id ~ '^T[0-9]{{4}}([.][0-9]{{3}})?$'
      GROUP BY l.target_attack_id
    ) x
    WHERE NOT EXISTS (SELECT FROM technique t WHERE t.attack_id = x.attack_id AND t.withdrawn_at IS NULL)
    ON CONFLICT DO NOTHING
    """
)

# Whichever source comes first may not say what the technique is called, or say it otherwise.
_NAME: Final = """
UPDATE technique t SET name = x.name FROM (
  SELECT l.target_attack_id AS attack_id, min(l.details->>'name') AS name FROM content_link l
  WHERE l.resolution IN ('unresolved', 'ambiguous') AND l.target_kind = 'technique' AND l.is_active
  GROUP BY l.target_attack_id
) x
WHERE t.source = %(stub)s AND t.attack_id = x.attack_id AND t.name <> x.name
"""

_PARENTS: Final = """
UPDATE technique t SET parent_id = p.id FROM technique p
WHERE t.source = %(stub)s AND t.is_subtechnique AND t.parent_id IS NULL AND p.withdrawn_at IS NULL
  AND p.domain = t.domain AND p.attack_id = split_part(t.attack_id, '.', 1)
"""

_ADOPT: Final = """
UPDATE technique t SET source = %(source)s, stix_id = x.key, domain = x.domain, unresolved = false, parent_id = NULL,
  withdrawn_at = clock_timestamp()
FROM (
  SELECT DISTINCT ON (i.record::json->>'attack_id') i.record::json->>'attack_id' AS attack_id, i.key,
    i.record::json->>'domain' AS domain
  FROM incoming i WHERE i.kind = 'technique'
    AND EXISTS (SELECT FROM technique s WHERE s.source = %(stub)s)
    AND NOT EXISTS (SELECT FROM technique k WHERE k.source = %(source)s AND k.stix_id = i.key)
  ORDER BY 1, (i.record::json->>'revoked')::boolean, i.n
) x
WHERE t.source = %(stub)s AND t.attack_id = x.attack_id
"""


async def create(driver: Driver) -> int:
    """Give every id that is named and not known a row, called what content calls it. Answers how many are new."""
    parameters = {"stub": STUB_SOURCE}
    made = await driver.execute(_CREATE.format(new_id=NEW_ID), parameters)
    await driver.execute(_NAME, parameters)
    if made.rowcount:
        await driver.execute(_PARENTS, parameters)
    return made.rowcount


async def adopt(driver: Driver, source: str) -> int:
    """Hand stubs to the release that arrives and knows them: the row, and all work on it, goes on under its real name.

    They look withdrawn until the import writes them, so that its report counts them as added.
    """
    return (await driver.execute(_ADOPT, {"stub": STUB_SOURCE, "source": source})).rowcount
