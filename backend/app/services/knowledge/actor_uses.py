"""What threat actors use, and how we stand against that."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor_sets import figures, narrowed
from app.domain.content import DOMAINS
from app.services.coverage import TechniqueStatus, statuses

USES: Final = """
SELECT l.source_id AS actor_id, l.technique_id, l.description AS how, NULL::text AS via_campaign, l.source,
  l.external_references AS "references"
FROM content_link l WHERE l.relation = 'uses' AND l.source_kind = 'group' AND l.is_active AND l.technique_id IS NOT NULL
UNION ALL
SELECT a.target_id, l.technique_id, l.description, c.attack_id, l.source, l.external_references
FROM content_link a JOIN attack_campaign c ON c.id = a.source_id AND c.is_active
JOIN content_link l ON l.source_id = c.id AND l.relation = 'uses' AND l.is_active AND l.technique_id IS NOT NULL
WHERE a.relation = 'attributed-to' AND a.target_kind = 'group' AND a.is_active
"""
"""Direct uses, and those in campaigns attributed to the actor."""

_THROUGH_SOFTWARE: Final = """
UNION
SELECT g.source_id, l.technique_id FROM content_link g JOIN software s ON s.id = g.target_id AND s.is_active
JOIN content_link l ON l.source_id = s.id AND l.relation = 'uses' AND l.is_active AND l.technique_id IS NOT NULL
WHERE g.relation = 'uses' AND g.source_kind = 'group' AND g.is_active
"""
_USED: Final = f"SELECT u.actor_id, u.technique_id FROM ({USES}) u"  # noqa: S608  the text above
_SETS: Final = """
SELECT x.actor_id, t.domain, t.id, t.parent_id FROM ({used}) x JOIN technique t ON t.id = x.technique_id
WHERE t.is_active AND x.actor_id = ANY(:actors) GROUP BY 1, 2, 3, 4
"""

ActorSets = Mapping[UUID, Mapping[str, frozenset[UUID]]]


async def actor_sets(session: AsyncSession, actors: Sequence[UUID], *, software: bool = False) -> ActorSets:
    """By actor and domain the techniques in force that count against it, before scope is looked at.

    software: count what its software does as well.
    """
    used = _USED + (_THROUGH_SOFTWARE if software else "")
    rows = await session.execute(text(_SETS.format(used=used)), {"actors": list(actors)})
    found: dict[UUID, dict[str, dict[UUID, UUID | None]]] = defaultdict(lambda: defaultdict(dict))
    for actor_id, domain, technique_id, parent_id in rows:
        found[actor_id][domain][technique_id] = parent_id
    return {actor: {domain: narrowed(uses) for domain, uses in by_domain.items()} for actor, by_domain in found.items()}


async def coverage_of(
    session: AsyncSession, sets: ActorSets, *, platforms: Sequence[str] = ()
) -> dict[UUID, list[dict[str, Any]]]:
    """By actor the figures of each domain in which it uses something.

    platforms: judge by results on these only.
    """
    judged: dict[UUID, TechniqueStatus] = {}
    moment = now()
    for domain in DOMAINS:
        within = sorted({key for of_actor in sets.values() for key in of_actor.get(domain, ())})
        if within:
            judged |= await statuses(session, domain=domain, platforms=platforms, now=moment, within=within)
    return {
        actor: [
            {"domain": domain, **asdict(figures((judged[key].status, judged[key].proven) for key in by_domain[domain]))}
            for domain in DOMAINS
            if domain in by_domain
        ]
        for actor, by_domain in sets.items()
    }
