"""Lists of techniques and tactics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, case, exists, func, or_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.clock import now
from app.domain.content import DOMAINS
from app.models.knowledge import Tactic, Technique, TechniqueTactic
from app.services.coverage import TechniqueStatus, statuses

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


@dataclass(frozen=True, slots=True)
class ListedTechnique:
    """One row of the list with its status."""

    row: AnyRow
    status: TechniqueStatus | None

    def as_dict(self) -> dict[str, Any]:
        """Everything that the summary shows."""
        status = self.status
        return {
            **self.row._mapping,  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
            "status": status.status if status else None,
            "in_scope": status.in_scope if status else False,
            "expected": status.expected if status else None,
            "proven": status.proven if status else False,
            "tests": status.tests if status else 0,
            "open_tests": status.open_tests if status else 0,
        }


def like_pattern(text: str) -> str:
    """Text with LIKE's own characters made plain."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def text_condition(q: str, identifier: Any, *names: Any) -> ColumnElement[bool]:
    """Below three characters the beginnings of id and name, else any part."""
    pattern = like_pattern(q)
    pattern = f"{pattern}%" if len(q) < SHORT_QUERY else f"%{pattern}%"
    return or_(identifier.ilike(pattern), *(name.ilike(pattern) for name in names))


_PARENT = aliased(Technique)
_TACTICS = func.coalesce(
    select(func.array_agg(Tactic.shortname))
    .select_from(TechniqueTactic)
    .join(Tactic, Tactic.id == TechniqueTactic.tactic_id)
    .where(TechniqueTactic.technique_id == Technique.id)
    .correlate(Technique)
    .scalar_subquery(),
    array([], type_=Tactic.shortname.type),
)
_COLUMNS = (
    Technique.id,
    Technique.attack_id,
    Technique.name,
    Technique.domain,
    _TACTICS.label("tactics"),
    Technique.platforms,
    Technique.is_subtechnique,
    _PARENT.attack_id.label("parent"),
    Technique.review_required,
    Technique.is_active,
    Technique.is_custom,
    Technique.unresolved,
    Technique.source,
    Technique.version,
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
) -> tuple[list[ListedTechnique], int]:
    """A page of techniques with their status, and how many there are under the same filters."""
    conditions = _conditions(wanted)
    judged: Mapping[UUID, TechniqueStatus] = {}
    if wanted.statuses:
        judged = await statuses_of(session, wanted.domains or DOMAINS, wanted.environment_id)
        fitting = [key for key, status in judged.items() if status.status in wanted.statuses]
        conditions.append(Technique.id.in_(fitting))
    total = await session.scalar(select(func.count()).select_from(Technique).where(*conditions)) or 0
    name = sort.removeprefix("-")
    column: Any = getattr(Technique, name)
    ordered = column.desc() if sort.startswith("-") else column.asc()
    rows = (
        await session.execute(
            select(*_COLUMNS)
            .outerjoin(_PARENT, _PARENT.id == Technique.parent_id)
            .where(*conditions)
            .order_by(ordered, Technique.id)
            .limit(limit)
            .offset(offset)
        )
    ).all()
    if not wanted.statuses:
        judged = await statuses_of(session, sorted({row.domain for row in rows}), wanted.environment_id)
    return [ListedTechnique(row, judged.get(row.id)) for row in rows], total


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
