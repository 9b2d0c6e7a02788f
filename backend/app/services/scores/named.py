"""How we stand against what names techniques: threat actors, campaigns, compliance controls."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import UNCOUNTED
from app.domain.scores import mean_of, without_covered_parents
from app.errors import Invalid, NotFound
from app.services.knowledge.actor_uses import actor_sets
from app.services.knowledge.actors import find_actor
from app.services.knowledge.campaigns import CAMPAIGN_USES
from app.services.reading import read_rows
from app.services.scores.answers import Judged, ScoreQuery, judge_scores

# The exact key, or our id, names one; a number alone may stand in several frameworks and in several versions of one.
_CONTROLS: Final = """
SELECT c.id, c.control_id, c.upstream_id, c.name, f.framework, f.version, f.upstream_id
FROM control c JOIN framework f ON f.source = c.source AND f.upstream_id = c.framework_upstream_id
WHERE c.withdrawn_at IS NULL AND f.withdrawn_at IS NULL
  AND (upper(c.control_id) = upper(%(name)s) OR upper(c.upstream_id) = upper(%(name)s) OR c.id = %(id)s)
ORDER BY f.version DESC, c.id
"""
_MAPPED: Final = """
SELECT DISTINCT CAST(l.technique_id AS text) FROM control c
JOIN content_link l ON l.source = c.source AND l.source_upstream_id = c.upstream_id
WHERE c.id = %(id)s AND l.source_kind = 'control' AND l.is_active AND l.technique_id IS NOT NULL
"""
_CAMPAIGNS: Final = """
SELECT id, 'campaign', attack_id, name FROM attack_campaign
WHERE is_active AND (attack_id = upper(%(name)s) OR id = %(id)s)
UNION ALL
SELECT id, 'plan', upstream_id, name FROM blueprint
WHERE withdrawn_at IS NULL AND (upper(upstream_id) = upper(%(name)s) OR id = %(id)s)
ORDER BY 2, 1 LIMIT 1
"""
_USED: Final = f"""
SELECT DISTINCT CAST(u.technique_id AS text) FROM ({CAMPAIGN_USES}) u WHERE u.campaign_id = %(id)s
"""  # noqa: S608  the text of another module of ours


async def actor_score(
    session: AsyncSession, name: str, query: ScoreQuery, now: datetime, *, software: bool = False
) -> dict[str, Any]:
    """How we stand against an actor. Raises NotFound, and Invalid for an unknown environment."""
    actor = await find_actor(session, name)
    uses = (await actor_sets(session, [actor.id], software=software)).get(actor.id, {})
    judged = await judge_scores(session, query, now)
    return {
        "actor_id": actor.id,
        "attack_id": actor.attack_id,
        "name": actor.name,
        **_against(judged, map(str, uses.get(query.domain, ()))),
    }


async def campaign_score(session: AsyncSession, name: str, query: ScoreQuery, now: datetime) -> dict[str, Any]:
    """How we stand against a campaign of ATT&CK or a plan, by our id, ATT&CK id or key.

    Raises NotFound, and Invalid for an unknown environment.
    """
    (rows,) = await read_rows(session, (_CAMPAIGNS, {"name": name, "id": _uuid(name)}))
    if not rows:
        raise NotFound("campaign_not_found", "There is no such campaign.")
    identity, kind, key, called = rows[0]
    return {
        "campaign_id": identity,
        "kind": kind,
        "key": key,
        "name": called,
        **await _against_all(session, query, now, _USED, identity),
    }


async def control_score(session: AsyncSession, name: str, query: ScoreQuery, now: datetime) -> dict[str, Any]:
    """How we stand on what a compliance control is mapped to, by our id, its key or its number alone.

    Raises NotFound, and Invalid for a number of several frameworks and for an unknown environment.
    """
    (rows,) = await read_rows(session, (_CONTROLS, {"name": name, "id": _uuid(name)}))
    if not rows:
        raise NotFound("control_not_found", "There is no such compliance control.")
    if len({framework for *_, framework, _, _ in rows}) > 1:
        keys = ", ".join(row[2] for row in rows)
        raise Invalid("ambiguous_control", f"Several frameworks have it; give one of the keys {keys}.")
    identity, control_id, key, called, _, _, framework = rows[0]
    return {
        "id": identity,
        "control_id": control_id,
        "key": key,
        "name": called,
        "framework": framework,
        **await _against_all(session, query, now, _MAPPED, identity),
    }


async def _against_all(
    session: AsyncSession, query: ScoreQuery, now: datetime, statement: str, identity: object
) -> dict[str, Any]:
    """How we stand against the techniques that a statement gives for an id."""
    (rows,) = await read_rows(session, (statement, {"id": identity}))
    judged = await judge_scores(session, query, now)
    return _against(judged, (technique for (technique,) in rows))


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _against(judged: Judged, technique_ids: Iterable[str]) -> dict[str, Any]:
    """The mean over the techniques in force among those named, each family once."""
    scores = judged.scores
    ends = scores.inputs.successors
    found = list(without_covered_parents(scores, [ends.get(key, key) for key in technique_ids]))
    counted = [key for key in found if scores.techniques[key].status not in UNCOUNTED]
    return {
        "techniques": len(found),
        "out_of_scope": len(found) - len(counted),
        **judged.show(mean_of(scores, found), counted),
    }
