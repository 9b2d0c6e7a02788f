"""D3FEND's countermeasures, and which of them we have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.errors import NotFound
from app.models.catalogue import Countermeasure
from app.models.countermeasures import CountermeasureStatus
from app.models.knowledge import ContentLink, Technique
from app.services import audit
from app.services.coverage import recount_at_commit
from app.services.knowledge.listing import text_condition

NOT_THERE: Final = "no"
"""Status of a countermeasure of which nobody said anything."""
_STATUS: Final = func.coalesce(CountermeasureStatus.status, NOT_THERE)
_IN_FORCE: Final = and_(
    CountermeasureStatus.countermeasure_id == Countermeasure.id, CountermeasureStatus.valid_until.is_(None)
)
_LINKED: Final = and_(
    ContentLink.source_kind == "countermeasure",
    ContentLink.source_id == Countermeasure.id,
    ContentLink.target_kind == "technique",
)
_TECHNIQUES: Final = (
    select(func.count(func.coalesce(Technique.attack_id, ContentLink.target_attack_id).distinct()))
    .select_from(ContentLink)
    .outerjoin(Technique, Technique.id == ContentLink.technique_id)
    .where(_LINKED)
    .correlate(Countermeasure)
    .scalar_subquery()
    .label("techniques")
)


@dataclass(frozen=True, slots=True)
class CountermeasureFilter:
    """What the list is narrowed to."""

    tactics: Sequence[str] = ()
    statuses: Sequence[str] = ()
    techniques: Sequence[str] = ()
    include_subtechniques: bool = False
    q: str = ""


def _conditions(wanted: CountermeasureFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Countermeasure.withdrawn_at.is_(None)]
    if wanted.tactics:
        names = [name.lower() for name in wanted.tactics]
        conditions.append(func.lower(Countermeasure.tactic).in_(names))
    if wanted.statuses:
        conditions.append(_STATUS.in_(wanted.statuses))
    if wanted.techniques:
        names = [name.upper() for name in wanted.techniques]
        fits: ColumnElement[bool] = Technique.attack_id.in_(names) | ContentLink.target_attack_id.in_(names)
        if wanted.include_subtechniques:
            fits = or_(fits, *(Technique.attack_id.startswith(f"{name}.", autoescape=True) for name in names))
        linked = select(ContentLink.id).outerjoin(Technique, Technique.id == ContentLink.technique_id)
        conditions.append(exists(linked.where(_LINKED, fits)))
    if wanted.q:
        conditions.append(text_condition(wanted.q, Countermeasure.d3fend_id, Countermeasure.name))
    return conditions


async def list_countermeasures(
    session: AsyncSession, wanted: CountermeasureFilter, *, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """Countermeasures in the order of D3FEND's matrix, then by id."""
    conditions = _conditions(wanted)
    base = select(Countermeasure, _STATUS, CountermeasureStatus, _TECHNIQUES).outerjoin(CountermeasureStatus, _IN_FORCE)
    counted = select(func.count()).select_from(Countermeasure).outerjoin(CountermeasureStatus, _IN_FORCE)
    total = await session.scalar(counted.where(*conditions))
    rows = await session.execute(
        base.where(*conditions)
        .order_by(Countermeasure.tactic_position.nulls_last(), Countermeasure.d3fend_id, Countermeasure.id)
        .limit(limit)
        .offset(offset)
    )
    found = list(rows)
    parents = await _parents(session, [row[0] for row in found])
    return [_facts(row[0], row[1], row[2], row[3], parents) for row in found], total or 0


def _facts(
    row: Countermeasure, status: str, decision: CountermeasureStatus | None, techniques: int, parents: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "id": row.id,
        "d3fend_id": row.d3fend_id,
        "name": row.name,
        "description": row.description,
        "tactic": row.tactic,
        "parent": parents.get(row.parent_upstream_id or ""),
        "synonyms": row.synonyms,
        "url": row.url,
        "status": status,
        "status_reason": decision.reason if decision else None,
        "status_since": decision.valid_from if decision else None,
        "techniques": techniques,
    }


async def _parents(session: AsyncSession, rows: Sequence[Countermeasure]) -> dict[str, str]:
    keys = {row.parent_upstream_id for row in rows if row.parent_upstream_id}
    if not keys:
        return {}
    found = await session.execute(
        select(Countermeasure.upstream_id, Countermeasure.d3fend_id).where(Countermeasure.upstream_id.in_(keys))
    )
    return {row[0]: row[1] for row in found}


async def countermeasure_detail(session: AsyncSession, identifier: str) -> dict[str, Any]:
    """One countermeasure by its D3FEND id or ours, with its techniques and every decision about it."""
    row = await _find(session, identifier)
    decisions = (
        await session.scalars(
            select(CountermeasureStatus)
            .where(CountermeasureStatus.countermeasure_id == row.id)
            .order_by(CountermeasureStatus.valid_from.desc(), CountermeasureStatus.id.desc())
            .limit(200)
        )
    ).all()
    current = next((decision for decision in decisions if decision.valid_until is None), None)
    links = await session.execute(
        select(
            ContentLink.target_attack_id.label("attack_id"),
            Technique.attack_id.label("technique"),
            Technique.name.label("name"),
            ContentLink.resolution.label("resolution"),
            ContentLink.details["artifacts"].label("artifacts"),
        )
        .outerjoin(Technique, Technique.id == ContentLink.technique_id)
        .where(
            ContentLink.source_kind == "countermeasure",
            ContentLink.source_id == row.id,
            ContentLink.target_kind == "technique",
        )
        .order_by(ContentLink.target_attack_id)
    )
    techniques = [dict(link) for link in links.mappings()]
    distinct = len({link["technique"] or link["attack_id"] for link in techniques})
    parents = await _parents(session, [row])
    return {
        **_facts(row, current.status if current else NOT_THERE, current, distinct, parents),
        "technique_links": techniques,
        "history": decisions,
    }


async def list_tactics(session: AsyncSession) -> list[dict[str, Any]]:
    """D3FEND's tactics in the order of its matrix, with how much of each we have."""
    rows = await session.execute(
        select(
            Countermeasure.tactic.label("name"),
            func.min(Countermeasure.tactic_position).label("position"),
            func.count().label("techniques"),
            func.count().filter(_STATUS == "implemented").label("implemented"),
            func.count().filter(_STATUS == "planned").label("planned"),
        )
        .outerjoin(CountermeasureStatus, _IN_FORCE)
        .where(Countermeasure.withdrawn_at.is_(None), Countermeasure.tactic.is_not(None))
        .group_by(Countermeasure.tactic)
        .order_by(func.min(Countermeasure.tactic_position).nulls_last(), Countermeasure.tactic)
    )
    return [dict(row) for row in rows.mappings()]


async def set_status(session: AsyncSession, actor: Actor, identifier: str, *, status: str, reason: str) -> None:
    """Say from now on whether we have a countermeasure. The same statement again changes nothing. Raises NotFound."""
    found = await _find(session, identifier)
    row = await session.get_one(Countermeasure, found.id, with_for_update=True, populate_existing=True)
    current: CountermeasureStatus | None = await session.scalar(
        select(CountermeasureStatus).where(
            CountermeasureStatus.countermeasure_id == row.id, CountermeasureStatus.valid_until.is_(None)
        )
    )
    before = current.status if current else NOT_THERE
    if (before, current.reason if current else "") == (status, reason):
        return
    moment = now()
    if current is not None and current.valid_from < moment:
        current.valid_until = moment
    elif current is not None:
        await session.delete(current)
    # Only one decision may be in force: the old one ends before the new one comes.
    await session.flush()
    session.add(
        CountermeasureStatus(
            countermeasure_id=row.id, status=status, reason=reason, valid_from=moment, decided_by_id=actor.user_id
        )
    )
    audit.record(
        session,
        actor,
        "countermeasure.decided",
        subject_kind="countermeasure",
        subject_id=row.id,
        subject_label=f"{row.d3fend_id} {row.name}",
        before={"status": before},
        after={"status": status, "reason": reason},
    )
    recount_at_commit(session, await _technique_ids(session, row.id))


async def _technique_ids(session: AsyncSession, countermeasure_id: UUID) -> set[UUID]:
    rows = await session.scalars(
        select(ContentLink.technique_id).where(
            ContentLink.source_kind == "countermeasure",
            ContentLink.source_id == countermeasure_id,
            ContentLink.technique_id.is_not(None),
        )
    )
    return {technique_id for technique_id in rows if technique_id is not None}


async def _find(session: AsyncSession, identifier: str) -> Countermeasure:
    try:
        key = UUID(identifier)
    except ValueError:
        condition = func.upper(Countermeasure.d3fend_id) == identifier.upper()
    else:
        condition = Countermeasure.id == key
    row: Countermeasure | None = await session.scalar(
        select(Countermeasure).where(condition).order_by(Countermeasure.withdrawn_at.is_not(None)).limit(1)
    )
    if row is None:
        raise NotFound("countermeasure_not_found", "There is no such countermeasure.")
    return row
