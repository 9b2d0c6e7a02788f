"""Links whose technique our ATT&CK release does not know, or knows several of; a lead says what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.actor import Actor
from app.errors import FieldError, Invalid, NotFound
from app.models.knowledge import Technique
from app.models.organisation import Environment
from app.services import audit, coverage

_OPEN: Final = "l.resolution IN ('unresolved', 'ambiguous') AND l.target_kind = 'technique' AND l.is_active"
_OF_ID: Final = "l.target_attack_id = :attack_id AND l.target_upstream_id IS NULL AND l.target_kind = 'technique'"

_GROUPS: Final = f"""
SELECT l.target_attack_id AS attack_id, min(l.details->>'name') AS name, count(*) AS links,
  bool_or(l.resolution = 'ambiguous') AS ambiguous, array_agg(DISTINCT l.source ORDER BY l.source) AS sources,
  count(*) FILTER (WHERE l.source_kind = 'template') AS templates,
  count(*) FILTER (WHERE l.source_kind = 'rule') AS rules,
  count(*) FILTER (WHERE l.source_kind NOT IN ('template', 'rule')) AS others
FROM content_link l
WHERE {_OPEN} AND l.target_attack_id IS NOT NULL AND (:source = '' OR l.source = :source)
  AND starts_with(upper(l.target_attack_id), upper(:q))
GROUP BY l.target_attack_id
"""  # noqa: S608  constants of ours

_CANDIDATES: Final = """
SELECT named, t.id, t.attack_id, t.name, reason, sum(number)::integer AS items FROM (
  SELECT l.target_attack_id AS named, f.id AS before, 'moved' AS reason, count(*) AS number
  FROM content_link l CROSS JOIN LATERAL jsonb_array_elements_text(l.details->'moved_from') AS f(id)
  WHERE l.target_attack_id = ANY(:ids) AND l.is_active GROUP BY 1, 2
  UNION ALL
  SELECT x.named, x.known, 'redirect', 0 FROM attack_redirect r
  CROSS JOIN LATERAL (VALUES (r.new_id, r.old_id), (r.old_id, r.new_id)) AS x(named, known) WHERE x.named = ANY(:ids)
  UNION ALL
  SELECT a.external_id, t.attack_id, a.kind, 0 FROM technique_alias a JOIN technique t ON t.id = a.technique_id
  WHERE a.scheme = 'attack' AND a.external_id = ANY(:ids)
) c JOIN technique t ON t.attack_id = c.before AND t.is_active
GROUP BY 1, 2, 3, 4, 5 ORDER BY named, items DESC, t.attack_id, reason
"""

_LINKS: Final = f"""
SELECT l.id, l.source, l.source_kind AS kind, l.source_id AS item_id, l.source_upstream_id AS upstream_id,
  coalesce(s.name, r.name, c.name, k.name, l.source_upstream_id) AS name, l.raw_tactic AS tactic, l.resolution,
  t.attack_id AS technique,
  ARRAY(SELECT jsonb_array_elements_text(l.details->'moved_from')) AS moved_from, count(*) OVER () AS total
FROM content_link l LEFT JOIN technique t ON t.id = l.technique_id
LEFT JOIN test_template s ON l.source_kind = 'template' AND s.id = l.source_id
LEFT JOIN detection_rule r ON l.source_kind = 'rule' AND r.id = l.source_id
LEFT JOIN countermeasure c ON l.source_kind = 'countermeasure' AND c.id = l.source_id
LEFT JOIN control k ON l.source_kind = 'control' AND k.id = l.source_id
WHERE {_OF_ID} AND l.is_active AND l.resolution IN ('unresolved', 'ambiguous', 'chosen')
ORDER BY l.source, name, l.id LIMIT :limit OFFSET :offset
"""  # noqa: S608  constants of ours


@dataclass(frozen=True, slots=True)
class Choice:
    """What a choice did."""

    technique: Technique | None
    links: int


async def list_unresolved(
    session: AsyncSession, *, source: str, q: str, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """Ids that wait for a meaning, the most used first, each with what it could mean; and how many there are."""
    which = {"source": source, "q": q}
    total = await session.scalar(text(f"SELECT count(*) FROM ({_GROUPS}) x"), which)  # noqa: S608  as above
    rows = await session.execute(
        text(f"{_GROUPS} ORDER BY links DESC, attack_id LIMIT :limit OFFSET :offset"),
        {**which, "limit": limit, "offset": offset},
    )
    groups = [dict(row) for row in rows.mappings()]
    found = await session.execute(text(_CANDIDATES), {"ids": [group["attack_id"] for group in groups]})
    candidates = [dict(row) for row in found.mappings()]
    for group in groups:
        group["candidates"] = [item for item in candidates if item["named"] == group["attack_id"]]
    return groups, total or 0


async def list_links(
    session: AsyncSession, attack_id: str, *, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """The items that name an id which waits, or waited, for a lead's choice, and how many there are."""
    rows = await session.execute(text(_LINKS), {"attack_id": attack_id.upper(), "limit": limit, "offset": offset})
    found = [dict(row) for row in rows.mappings()]
    if not found and not offset:
        raise NotFound("not_unresolved", "No content waits for the meaning of this id.")
    return found, found[0]["total"] if found else 0


async def choose(
    session: AsyncSession,
    actor: Actor,
    attack_id: str,
    *,
    technique: str | None,
    link_ids: Sequence[UUID] | None,
    moved_from: str | None,
) -> Choice:
    """Say which technique an id means: for all its links, for some, or for those that stood elsewhere before.

    technique: null takes a choice back. The raw id stays; the next ATT&CK import does not overrule the choice.
    Raises NotFound `not_unresolved`, Invalid `unknown_technique`.
    """
    named = attack_id.upper()
    target = None if technique is None else await _target(session, technique)
    rows = await session.execute(
        text(
            "WITH old AS (SELECT l.id, l.technique_id FROM content_link l"  # noqa: S608  constants of ours
            f" WHERE {_OF_ID} AND l.resolution IN ('unresolved', 'ambiguous', 'chosen')"
            " AND (CAST(:links AS uuid[]) IS NULL OR l.id = ANY(:links))"
            " AND (CAST(:moved AS text) IS NULL OR l.details->'moved_from' @> jsonb_build_array(CAST(:moved AS text)))"
            " ORDER BY l.id FOR UPDATE)"
            " UPDATE content_link l SET technique_id = CAST(:technique AS uuid), resolved_by_id = CAST(:who AS uuid),"
            " resolution = CASE WHEN CAST(:technique AS uuid) IS NULL THEN 'unresolved' ELSE 'chosen' END"
            " FROM old WHERE old.id = l.id RETURNING old.technique_id"
        ),
        {
            "attack_id": named,
            "links": None if link_ids is None else list(link_ids),
            "moved": moved_from.upper() if moved_from else None,
            "technique": target.id if target else None,
            "who": actor.user_id if target else None,
        },
    )
    before = rows.scalars().all()
    if not before:
        raise NotFound("not_unresolved", "No content waits for the meaning of this id.")
    touched = {key for key in (*before, target.id if target else None) if key is not None}
    for environment_id in (await session.scalars(select(Environment.id).order_by(Environment.id))).all():
        await coverage.refresh_stats(session, touched, environment_id)
    audit.record(
        session,
        actor,
        "content.meaning_chosen" if target else "content.meaning_withdrawn",
        subject_kind="attack_id",
        subject_id=named,
        subject_label=named,
        after={"technique": target.attack_id if target else None},
        details={"links": len(before), "moved_from": moved_from},
    )
    return Choice(target, len(before))


async def _target(session: AsyncSession, attack_id: str) -> Technique:
    found = await session.scalar(
        select(Technique)
        .where(Technique.attack_id == attack_id.upper(), Technique.is_active)
        .order_by(Technique.domain != "enterprise", Technique.id)
        .limit(1)
    )
    if found is None:
        message = f"There is no technique {attack_id} in force."
        raise Invalid("unknown_technique", message, fields=[FieldError("technique", message, "unknown_technique")])
    return found
