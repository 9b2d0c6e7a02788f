"""Threat actors and what they use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.content import CUSTOM_SOURCE
from app.errors import NotFound
from app.models.knowledge import ContentLink, ObjectDomain, Technique, ThreatActor
from app.services.knowledge.actor_uses import USES, actor_sets, coverage_of
from app.services.knowledge.listing import like_pattern, statuses_of, text_condition

_COUNTS = text(
    f"SELECT u.actor_id, count(DISTINCT u.technique_id) FROM ({USES}) u JOIN technique t ON t.id = u.technique_id"  # noqa: S608  the text above
    " WHERE t.is_active AND u.actor_id = ANY(:actors) GROUP BY 1"
)
_TECHNIQUES = text(
    'SELECT t.id, t.attack_id, t.name, t.domain, u.how, u.via_campaign, u.source, u."references",'  # noqa: S608  the text above
    " ARRAY(SELECT y.shortname FROM technique_tactic x JOIN tactic y ON y.id = x.tactic_id WHERE x.technique_id = t.id"
    f" ORDER BY y.position) AS tactics FROM ({USES}) u JOIN technique t ON t.id = u.technique_id"
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
    sources: Sequence[str] = ()
    sectors: Sequence[str] = ()
    regions: Sequence[str] = ()
    country: str | None = None
    q: str = ""


def _conditions(wanted: ActorFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.active is not None:
        conditions.append(ThreatActor.is_active == wanted.active)
    if wanted.sources:
        conditions.append(ThreatActor.source.in_(wanted.sources))
    for column, labels in ((ThreatActor.sectors, wanted.sectors), (ThreatActor.regions, wanted.regions)):
        if labels:
            lowered = func.lower(func.array_to_string(column, "\n"))
            ours = func.string_to_array(lowered, "\n", type_=ARRAY(Text))
            conditions.append(ours.overlap([label.lower() for label in labels]))
    if wanted.country:
        conditions.append(func.lower(ThreatActor.country) == wanted.country.lower())
    if wanted.q:
        labels_of = (ThreatActor.aliases, ThreatActor.sectors, ThreatActor.regions)
        words = func.concat_ws("\n", *(func.array_to_string(column, "\n") for column in labels_of), ThreatActor.country)
        named = text_condition(wanted.q, ThreatActor.attack_id, ThreatActor.name)
        conditions.append(or_(named, cast(words, Text).ilike(f"%{like_pattern(wanted.q)}%")))
    if wanted.technique:
        users = text(
            f"threat_actor.id IN (SELECT u.actor_id FROM ({USES}) u JOIN technique t ON t.id = u.technique_id"  # noqa: S608  the text above
            " WHERE t.attack_id = :technique)"
        ).bindparams(technique=wanted.technique.upper())
        conditions.append(users)  # type: ignore[arg-type]  # a text condition is a condition
    if wanted.domain:
        member = (
            select(ObjectDomain.upstream_id)
            .where(ObjectDomain.object_id == ThreatActor.id, ObjectDomain.kind == "group")
            .where(ObjectDomain.source == ThreatActor.source, ObjectDomain.upstream_id == ThreatActor.stix_id)
            .where(ObjectDomain.domain == wanted.domain)
        )
        # No publisher says where an actor of ours belongs: what it uses does.
        used = (
            select(ContentLink.id)
            .join(Technique, Technique.id == ContentLink.technique_id)
            .where(ContentLink.source == CUSTOM_SOURCE, ContentLink.source_id == ThreatActor.id)
            .where(ContentLink.relation == "uses", Technique.domain == wanted.domain)
        )
        conditions.append(or_(member.exists(), used.exists()))
    return conditions


async def list_actors(
    session: AsyncSession, wanted: ActorFilter, *, sort: str, limit: int, offset: int, coverage: bool = False
) -> tuple[list[dict[str, Any]], int]:
    """A page of actors with how many techniques each uses, and how we stand against them where that is asked for."""
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
    ids = [row.id for row in rows]
    counts = {row[0]: row[1] for row in await session.execute(_COUNTS, {"actors": ids})}
    figures = await coverage_of(session, await actor_sets(session, ids)) if coverage else None
    return [
        {
            **_facts(row, counts.get(row.id, 0)),
            "coverage": None if figures is None else figures.get(row.id, []),
        }
        for row in rows
    ], total or 0


def _facts(actor: ThreatActor, techniques: int) -> dict[str, Any]:
    own = {column.key: getattr(actor, column.key) for column in ThreatActor.__table__.columns}
    return {**own, "techniques": techniques, "is_custom": actor.source == CUSTOM_SOURCE}


async def actor_detail(
    session: AsyncSession, found: ThreatActor, *, software: bool = False, platforms: Sequence[str] = ()
) -> dict[str, Any]:
    """An actor with its techniques, software, campaigns, and how we stand against it.

    software: the figures count what its software does as well. platforms: judge by results on these only.
    """
    parameters = {"actor": found.id}
    uses = (await session.execute(_TECHNIQUES, parameters)).all()
    judged = await statuses_of(session, sorted({use.domain for use in uses}))
    sets = await actor_sets(session, [found.id], software=software)
    counted = frozenset[UUID]().union(*sets.get(found.id, {}).values())
    domains = await session.scalars(
        select(ObjectDomain.domain)
        .where(ObjectDomain.source == found.source, ObjectDomain.kind == "group")
        .where(ObjectDomain.upstream_id == found.stix_id)
        .order_by(ObjectDomain.domain)
    )
    return {
        **_facts(found, len({use.id for use in uses})),
        "coverage": (await coverage_of(session, sets, platforms=platforms)).get(found.id, []),
        "references": found.external_references,
        "domains": domains.all() or sorted({use.domain for use in uses}),
        "technique_uses": [
            {
                **use._mapping,  # noqa: SLF001  SQLAlchemy's public name
                "status": judged[use.id].status if use.id in judged else None,
                "own": use.source == CUSTOM_SOURCE,
                "counted": use.id in counted,
            }
            for use in uses
        ],
        "software": (await session.execute(_SOFTWARE, parameters)).all(),
        "campaigns": (await session.execute(_CAMPAIGNS, parameters)).all(),
    }


async def find_actor(session: AsyncSession, name: str) -> ThreatActor:
    """An actor by id or ATT&CK id, one in force first. Raises NotFound `actor_not_found`."""
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
