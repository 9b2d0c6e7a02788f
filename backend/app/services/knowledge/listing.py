"""Lists of techniques and tactics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Row, case, exists, func, literal, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.content import DOMAINS
from app.models.knowledge import Tactic, Technique, TechniqueTactic
from app.services.coverage import TechniqueStatus, statuses
from app.services.coverage.page_facts import facts_column, facts_of_page
from app.services.coverage.status import judge
from app.services.reading import one_page

AnyRow = Row[*tuple[Any, ...]]
SHORT_QUERY = 3
SORT_KEYS = ("attack_id", "name", "domain")


@dataclass(frozen=True, slots=True)
class TechniqueFilter:
    """What a list of techniques is narrowed to."""

    tactics: Sequence[str] = ()
    platforms: Sequence[str] = ()
    statuses: Sequence[str] = ()
    domains: Sequence[str] = ()
    review_required: bool | None = None
    active: bool | None = True
    custom: bool | None = None
    subtechniques: bool | None = None
    environment_id: UUID | None = None
    q: str = ""


def like_pattern(text: str) -> str:
    """Text with LIKE's own characters made plain."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def text_condition(q: str, identifier: Any, *names: Any) -> ColumnElement[bool]:
    """Below three characters the beginnings of id and name, else any part."""
    pattern = like_pattern(q)
    pattern = f"{pattern}%" if len(q) < SHORT_QUERY else f"%{pattern}%"
    return or_(identifier.ilike(pattern), *(name.ilike(pattern) for name in names))


# One column of a query that has `listed (ids, total)`: `TechniqueSummary` but for what the status says.
_ITEMS: Final = text(
    """
    (SELECT coalesce(json_agg(item ORDER BY place), '[]')::text FROM (
      SELECT p.place, json_build_object(
        'id', t.id, 'attack_id', t.attack_id, 'name', t.name, 'domain', t.domain,
        'tactics', ARRAY(SELECT y.shortname FROM technique_tactic x JOIN tactic y ON y.id = x.tactic_id
                         WHERE x.technique_id = t.id ORDER BY y.position, y.shortname),
        'platforms', t.platforms, 'is_subtechnique', t.is_subtechnique, 'parent', u.attack_id,
        'review_required', t.review_required, 'is_active', t.is_active, 'is_custom', t.is_custom,
        'unresolved', t.unresolved, 'source', t.source, 'version', t.version) AS item
      FROM unnest(listed.ids) WITH ORDINALITY AS p(id, place)
      JOIN technique t ON t.id = p.id LEFT JOIN technique u ON u.id = t.parent_id
    ) written)
    """
)


def _conditions(wanted: TechniqueFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.active is not None:
        conditions.append(Technique.is_active == wanted.active)
    if wanted.domains:
        conditions.append(Technique.domain.in_(wanted.domains))
    if wanted.tactics:
        conditions.append(
            exists(
                select(TechniqueTactic.technique_id)
                .join(Tactic, Tactic.id == TechniqueTactic.tactic_id)
                .where(TechniqueTactic.technique_id == Technique.id)
                .where(or_(Tactic.shortname.in_(wanted.tactics), Tactic.attack_id.in_(wanted.tactics)))
            )
        )
    if wanted.platforms:
        conditions.append(Technique.platforms.overlap(list(wanted.platforms)))
    if wanted.review_required is not None:
        conditions.append(Technique.review_required == wanted.review_required)
    if wanted.custom is not None:
        conditions.append(Technique.is_custom == wanted.custom)
    if wanted.subtechniques is not None:
        conditions.append(Technique.is_subtechnique == wanted.subtechniques)
    if wanted.q:
        conditions.append(text_condition(wanted.q, Technique.attack_id, Technique.name))
    return conditions


async def statuses_of(
    session: AsyncSession, domains: Sequence[str], environment_id: UUID | None = None
) -> dict[UUID, TechniqueStatus]:
    """The status of every technique in force of some domains."""
    judged: dict[UUID, TechniqueStatus] = {}
    for domain in domains:
        judged |= await statuses(session, environment_id=environment_id, domain=domain, now=now())
    return judged


async def list_techniques(
    session: AsyncSession, wanted: TechniqueFilter, *, sort: str, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """A page of techniques with their status, each as the list shows it, and how many there are in all.

    Only what stands on the page is judged, unless the list is narrowed to statuses.
    """
    conditions, moment = _conditions(wanted), now()
    judged: Mapping[str, TechniqueStatus] | None = None
    if wanted.statuses or wanted.environment_id is not None:
        every = await statuses_of(session, wanted.domains or DOMAINS, wanted.environment_id)
        judged = {str(key): status for key, status in every.items()}
    if wanted.statuses:
        fitting = [key for key, status in (judged or {}).items() if status.status in wanted.statuses]
        conditions.append(Technique.id.in_(fitting))
    column: Any = getattr(Technique, sort.removeprefix("-"))
    order = (column.desc() if sort.startswith("-") else column.asc(), Technique.id)
    page = one_page(select(Technique.id).where(*conditions).order_by(*order), limit, offset)
    total = select(func.count()).select_from(Technique).where(*conditions)
    listed = select(func.array(page.scalar_subquery()).label("ids"), total.scalar_subquery().label("total")).cte(
        "listed"
    )
    facts = facts_column(session, moment) if judged is None else literal("")
    written, known, count = (await session.execute(select(_ITEMS, facts, listed.c.total))).one()
    if judged is None:
        judged = judge(facts_of_page(session, known, moment))
    return [_summary(item, judged.get(item["id"])) for item in orjson.loads(written)], int(count)


def _summary(item: dict[str, Any], status: TechniqueStatus | None) -> dict[str, Any]:
    return {
        **item,
        "status": status.status if status else None,
        "in_scope": status.in_scope if status else False,
        "expected": status.expected if status else None,
        "proven": status.proven if status else False,
        "tests": status.tests if status else 0,
        "open_tests": status.open_tests if status else 0,
    }


async def list_tactics(session: AsyncSession, domain: str | None) -> Sequence[AnyRow]:
    """Tactics in matrix order with how many techniques in force each has."""
    placed = (
        select(
            TechniqueTactic.tactic_id,
            func.count().filter(~Technique.is_subtechnique).label("techniques"),
            func.count().filter(Technique.is_subtechnique).label("subtechniques"),
        )
        .join(Technique, Technique.id == TechniqueTactic.technique_id)
        .where(Technique.is_active)
        .group_by(TechniqueTactic.tactic_id)
        .subquery()
    )
    statement = (
        select(
            Tactic.id,
            Tactic.attack_id,
            Tactic.domain,
            Tactic.shortname,
            Tactic.name,
            Tactic.description,
            Tactic.url,
            Tactic.position,
            func.coalesce(placed.c.techniques, 0).label("techniques"),
            func.coalesce(placed.c.subtechniques, 0).label("subtechniques"),
        )
        .outerjoin(placed, placed.c.tactic_id == Tactic.id)
        .where(Tactic.is_active)
        .order_by(case({"enterprise": 1, "mobile": 2}, value=Tactic.domain, else_=3), Tactic.position, Tactic.attack_id)
    )
    if domain is not None:
        statement = statement.where(Tactic.domain == domain)
    rows: Sequence[AnyRow] = (await session.execute(statement)).all()
    return rows
