"""What an import left in the database, in the shape of the recorded content's expected counts."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

TYPES = {
    "attack-pattern": ("technique", "technique"),
    "campaign": ("attack_campaign", "campaign"),
    "course-of-action": ("mitigation", "mitigation"),
    "intrusion-set": ("threat_actor", "group"),
    "malware": ("software", "software"),
    "tool": ("software", "software"),
    "x-mitre-analytic": ("analytic", "analytic"),
    "x-mitre-asset": ("reference_object", "reference_object"),
    "x-mitre-data-component": ("data_component", "data_component"),
    "x-mitre-data-source": ("reference_object", "reference_object"),
    "x-mitre-detection-strategy": ("detection_strategy", "detection_strategy"),
    "x-mitre-tactic": ("tactic", "tactic"),
}
MEMBER = """
FROM {table} t JOIN object_domain d
  ON d.source = t.source AND d.upstream_id = t.stix_id AND d.kind = '{kind}' AND d.domain = :domain
WHERE t.stix_id LIKE :type
"""
USES = """
FROM content_link l JOIN threat_actor g ON g.id = l.source_id AND g.is_active
JOIN technique t ON t.id = l.technique_id AND t.is_active
JOIN object_domain d ON d.upstream_id = l.upstream_id AND d.source = l.source AND d.kind = 'link' AND d.domain = :domain
WHERE l.relation = 'uses' AND l.source_kind = 'group'
"""


async def stored_counts(session: AsyncSession, domain: str) -> dict[str, Any]:
    """Count the rows that are members of a domain."""

    async def rows(statement: str) -> list[Any]:
        return list((await session.execute(text(statement), {"domain": domain})).all())

    techniques = "FROM technique t WHERE t.domain = :domain AND t.source = 'mitre_attack' AND t.withdrawn_at IS NULL"
    tactics = await rows(
        "SELECT y.attack_id AS id, y.shortname, y.name, y.is_active AS active,"
        " count(t.id) FILTER (WHERE NOT t.is_subtechnique) AS techniques,"
        " count(t.id) FILTER (WHERE t.is_subtechnique) AS subtechniques"
        " FROM tactic y LEFT JOIN technique_tactic x ON x.tactic_id = y.id"
        " LEFT JOIN technique t ON t.id = x.technique_id AND t.is_active"
        " WHERE y.domain = :domain AND y.position IS NOT NULL AND y.withdrawn_at IS NULL"
        " GROUP BY y.id ORDER BY y.position"
    )
    links = await rows(
        "SELECT split_part(source_upstream_id, '--', 1) || ' ' || relation"
        " || ' ' || split_part(target_upstream_id, '--', 1), count(*)"
        " FROM content_link l JOIN object_domain d ON d.upstream_id = l.upstream_id AND d.source = l.source"
        " AND d.kind = 'link' AND d.domain = :domain GROUP BY 1"
    )
    uses = await rows("SELECT count(DISTINCT (g.id, t.id)), count(DISTINCT g.id), count(DISTINCT t.id) " + USES)
    revoked = await rows(
        "SELECT t.attack_id, f.attack_id FROM technique t LEFT JOIN technique_alias a ON a.scheme = 'stix'"
        " AND a.external_id = t.stix_id AND a.kind = 'revoked_by' LEFT JOIN technique f ON f.id = a.technique_id"
        " WHERE t.domain = :domain AND t.revoked AND t.withdrawn_at IS NULL"
    )
    deprecated = await rows(f"SELECT t.attack_id {techniques} AND t.deprecated AND NOT t.revoked ORDER BY 1")
    active = dict(
        tuple(row) for row in await rows(f"SELECT t.is_subtechnique, count(*) {techniques} AND t.is_active GROUP BY 1")
    )
    return {
        "by_type": {name: found for name in TYPES if (found := await _states(session, name, domain))},
        "active_techniques": active.get(False, 0),
        "active_subtechniques": active.get(True, 0),
        "tactics_in_order": [dict(row._mapping) for row in tactics],
        "relationships": dict(tuple(row) for row in links),
        "group_uses_technique_pairs_active": uses[0][0],
        "groups_with_a_technique": uses[0][1],
        "techniques_used_by_a_group": uses[0][2],
        "revoked_technique_final_target": dict(tuple(row) for row in revoked),
        "deprecated_techniques": [row[0] for row in deprecated],
    }


async def _states(session: AsyncSession, stix_type: str, domain: str) -> dict[str, int] | None:
    table, kind = TYPES[stix_type]
    statement = (
        "SELECT count(*) AS total, count(*) FILTER (WHERE t.is_active) AS active,"
        " count(*) FILTER (WHERE t.revoked) AS revoked,"
        " count(*) FILTER (WHERE t.deprecated AND NOT t.revoked) AS deprecated "
    ) + MEMBER.format(table=table, kind=kind)
    row = (await session.execute(text(statement), {"domain": domain, "type": f"{stix_type}--%"})).one()
    return dict(row._mapping) if row.total else None


TABLES = (
    "tactic",
    "technique",
    "technique_tactic",
    "technique_alias",
    "mitigation",
    "software",
    "threat_actor",
    "attack_campaign",
    "detection_strategy",
    "analytic",
    "data_component",
    "reference_object",
    "content_link",
    "object_domain",
)


async def fingerprint(session: AsyncSession) -> dict[str, str]:
    """One hash over every row of each content table, with PostgreSQL's own mark of when the row was written."""
    found = {}
    for table in TABLES:
        rows = f"SELECT xmin::text || t::text AS x FROM {table} t"
        statement = f"SELECT md5(coalesce(string_agg(x, '|' ORDER BY x), '')) FROM ({rows}) y"
        found[table] = await session.scalar(text(statement))
    return found
