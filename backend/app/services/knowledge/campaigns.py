"""Campaigns of adversaries as others describe them, and plans that play an adversary. Nothing that we run."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.knowledge.listing import SHORT_QUERY, like_pattern
from app.services.reading import read_rows

CAMPAIGN_USES: Final = """
SELECT 'campaign' AS kind, c.id AS campaign_id, l.technique_id
FROM attack_campaign c JOIN content_link l ON l.source_id = c.id
WHERE l.relation = 'uses' AND l.source_kind = 'campaign' AND l.is_active AND l.technique_id IS NOT NULL AND c.is_active
UNION ALL
SELECT 'plan', b.id, l.technique_id
FROM blueprint b CROSS JOIN LATERAL jsonb_array_elements(b.steps) AS s (step)
CROSS JOIN LATERAL jsonb_array_elements_text(s.step -> 'templates') AS k (template)
JOIN content_link l ON l.source = b.source AND l.source_kind = 'template' AND l.source_upstream_id = k.template
WHERE l.is_active AND l.technique_id IS NOT NULL AND b.withdrawn_at IS NULL
"""
"""Techniques of ATT&CK's campaigns, and those of the templates that a plan plays."""

_ALL: Final = """
SELECT id, 'campaign' AS kind, attack_id AS key, name, first_seen, last_seen FROM attack_campaign WHERE is_active
UNION ALL
SELECT id, 'plan', upstream_id, name, NULL, NULL FROM blueprint WHERE withdrawn_at IS NULL
"""
_NAMED: Final = f"SELECT * FROM ({_ALL}) c WHERE c.key ILIKE %(like)s OR c.name ILIKE %(like)s"  # noqa: S608  the text above
_TOTAL: Final = f"SELECT count(*) FROM ({_NAMED}) c"  # noqa: S608  the text above
_PAGE: Final = f"""
WITH page AS ({_NAMED} ORDER BY kind, name, id LIMIT %(limit)s OFFSET %(offset)s)
SELECT p.id, p.kind, p.key, p.name, p.first_seen, p.last_seen,
       (SELECT count(DISTINCT u.technique_id) FROM ({CAMPAIGN_USES}) u JOIN technique t ON t.id = u.technique_id
        WHERE u.campaign_id = p.id AND t.is_active)
FROM page p ORDER BY p.kind, p.name, p.id
"""  # noqa: S608  the text above
_FIELDS: Final = ("id", "kind", "key", "name", "first_seen", "last_seen", "techniques")


async def list_campaigns(session: AsyncSession, *, q: str, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
    """A page of campaigns, then plans, by name, with how many techniques each uses."""
    words = like_pattern(q)
    asked = {"like": f"{words}%" if len(q) < SHORT_QUERY else f"%{words}%", "limit": limit, "offset": offset}
    ((total,),), rows = await read_rows(session, (_TOTAL, asked), (_PAGE, asked))
    return [dict(zip(_FIELDS, row, strict=True)) for row in rows], total
