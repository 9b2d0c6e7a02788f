"""Threat actors and what they use."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.models.knowledge import ObjectDomain, ThreatActor
from app.services.knowledge.listing import like_pattern, statuses_of, text_condition

_USES = """
SELECT l.source_id AS actor_id, l.technique_id, l.description AS how, NULL::text AS via_campaign, l.source
FROM content_link l WHERE l.relation = 'uses' AND l.source_kind = 'group' AND l.is_active AND l.technique_id IS NOT NULL
UNION ALL
SELECT a.target_id, l.technique_id, l.description, c.attack_id, l.source
FROM content_link a JOIN attack_campaign c ON c.id = a.source_id AND c.is_active
JOIN content_link l ON l.source_id = c.id AND l.relation = 'uses' AND l.is_active AND l.technique_id IS NOT NULL
WHERE a.relation = 'attributed-to' AND a.target_kind = 'group' AND a.is_active
"""
_COUNTS = text(
    f"SELECT u.actor_id, count(DISTINCT u.technique_id) FROM ({_USES}) u JOIN technique t ON t.id = u.technique_id"  # noqa: S608  the text above
    " WHERE t.is_active AND u.actor_id = ANY(:actors) GROUP BY 1"
)
_TECHNIQUES = text(
    "SELECT t.id, t.attack_id, t.name, t.domain, u.how, u.via_campaign, u.source,"  # noqa: S608  the text above
    " ARRAY(SELECT y.shortname FROM technique_tactic x JOIN tactic y ON y.id = x.tactic_id WHERE x.technique_id = t.id"
    f" ORDER BY y.position) AS tactics FROM ({_USES}) u JOIN technique t ON t.id = u.technique_id"
    " WHERE t.is_active AND u.actor_id = :actor ORDER BY t.attack_id, u.via_campaign NULLS FIRST"
)
_SOFTWARE = text(
    "SELECT DISTINCT s.attack_id, s.name, s.software_type FROM content_link l JOIN software s ON s.id = l.target_id"
    " WHERE l.source_id = :actor AND l.relation = 'uses' AND l.is_active AND s.is_active ORDER BY s.name, s.attack_id"
)
_CAMPAIGNS = text(
    "SELECT c.attack_id, c.name, c.first_seen, c.last_seen FROM content_link l"
    " JOIN attack_campaign c ON c.id = l.source_id"
    " WHERE l.target_id = :actor AND l.relation = 'attributed-to' AND l.is_active AND c.is_active ORDER BY c.attack_id"
)


@dataclass(frozen=True, slots=True)
class ActorFilter:
    """What the list of actors is narrowed to."""

    technique: str | None = None
    domain: str | None = None
    active: bool | None = True
    q: str = ""


def _conditions(wanted: ActorFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.active is not None:
        conditions.append(ThreatActor.is_active == wanted.active)
    if wanted.q:
        alias = cast(func.array_to_string(ThreatActor.aliases, "\n"), Text).ilike(f"%{like_pattern(wanted.q)}%")
        conditions.append(or_(text_condition(wanted.q, ThreatActor.attack_id, ThreatActor.name), alias))
    if wanted.technique:
        users = text(
            f"threat_actor.id IN (SELECT u.actor_id FROM ({_USES}) u JOIN technique t ON t.id = u.technique_id"  # noqa: S608  the text above
            " WHERE t.attack_id = :technique)"
        ).bindparams(technique=wanted.technique.upper())
        conditions.append(users)  # type: ignore[arg-type]  # a text condition is a condition
    if wanted.domain:
        conditions.append(
            select(ObjectDomain.upstream_id)
            .where(ObjectDomain.object_id == ThreatActor.id, ObjectDomain.kind == "group")
            .where(ObjectDomain.source == ThreatActor.source, ObjectDomain.upstream_id == ThreatActor.stix_id)
            .where(ObjectDomain.domain == wanted.domain)
            .exists()
        )
    return conditions


async def list_actors(
    session: AsyncSession, wanted: ActorFilter, *, sort: str, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """A page of actors with how many techniques each uses."""
    conditions = _conditions(wanted)
    total = await session.scalar(select(func.count()).select_from(ThreatActor).where(*conditions))
    column: Any = getattr(ThreatActor, sort.removeprefix("-"))
    rows = (
        await session.scalars(
            select(ThreatActor)
            .where(*conditions)
            .order_by(column.desc() if sort.startswith("-") else column.asc(), ThreatActor.id)
            .limit(limit)
            .offset(offset)
        )
    ).all()
    counted = await session.execute(_COUNTS, {"actors": [row.id for row in rows]})
    counts = {row[0]: row[1] for row in counted}
    return [_facts(row, counts.get(row.id, 0)) for row in rows], total or 0


def _facts(actor: ThreatActor, techniques: int) -> dict[str, Any]:
    own = {column.key: getattr(actor, column.key) for column in ThreatActor.__table__.columns}
    return {**own, "techniques": techniques}


async def actor_detail(session: AsyncSession, name: str) -> dict[str, Any]:
    """An actor by id or ATT&CK id, with its techniques, software and campaigns.

    Raises NotFound `actor_not_found`.
    """
    found = await _find(session, name)
    parameters = {"actor": found.id}
    uses = (await session.execute(_TECHNIQUES, parameters)).all()
    judged = await statuses_of(session, sorted({use.domain for use in uses}))
    domains = await session.scalars(
        select(ObjectDomain.domain)
        .where(ObjectDomain.source == found.source, ObjectDomain.kind == "group")
        .where(ObjectDomain.upstream_id == found.stix_id)
        .order_by(ObjectDomain.domain)
    )
    return {
        **_facts(found, len({use.id for use in uses})),
        "references": found.external_references,
        "domains": domains.all(),
        "technique_uses": [
            {**use._mapping, "status": judged[use.id].status if use.id in judged else None}  # noqa: SLF001  SQLAlchemy's public name
            for use in uses
        ],
        "software": (await session.execute(_SOFTWARE, parameters)).all(),
        "campaigns": (await session.execute(_CAMPAIGNS, parameters)).all(),
    }


async def _find(session: AsyncSession, name: str) -> ThreatActor:
    found = await session.scalar(
        select(ThreatActor)
        .where(ThreatActor.attack_id == name.upper())
        .order_by(ThreatActor.is_active.desc(), ThreatActor.id)
        .limit(1)
    )
    if found is None:
        try:
            found = await session.get(ThreatActor, UUID(name))
        except ValueError:
            found = None
    if found is None:
        raise NotFound("actor_not_found", "There is no such threat actor.")
    return found
