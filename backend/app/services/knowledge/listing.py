"""Lists of techniques and tactics."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, case, exists, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.content import DOMAINS
from app.models.knowledge import Tactic, Technique, TechniqueTactic
from app.services.coverage import TechniqueStatus, statuses
from app.services.reading import read_rows

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


_FIELDS: Final = (
    "id", "attack_id", "name", "domain", "tactics", "platforms", "is_subtechnique", "parent", "review_required",
    "is_active", "is_custom", "unresolved", "source", "version",
)  # fmt: skip
_ITEMS: Final = """
SELECT CAST(t.id AS text), t.attack_id, t.name, t.domain,
       ARRAY(SELECT y.shortname FROM technique_tactic x JOIN tactic y ON y.id = x.tactic_id
             WHERE x.technique_id = t.id ORDER BY y.position, y.shortname),
       t.platforms, t.is_subtechnique, u.attack_id, t.review_required, t.is_active, t.is_custom, t.unresolved, t.source,
       t.version
FROM unnest(CAST(%(ids)s AS uuid[])) WITH ORDINALITY AS p(id, place)
JOIN technique t ON t.id = p.id LEFT JOIN technique u ON u.id = t.parent_id
ORDER BY p.place
"""


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
    conditions = _conditions(wanted)
    judged: Mapping[UUID, TechniqueStatus] | None = None
    if wanted.statuses:
        judged = await statuses_of(session, wanted.domains or DOMAINS, wanted.environment_id)
        fitting = [key for key, status in judged.items() if status.status in wanted.statuses]
        conditions.append(Technique.id.in_(fitting))
    column: Any = getattr(Technique, sort.removeprefix("-"))
    page = (
        select(func.concat(Technique.domain, " ", Technique.id))
        .where(*conditions)
        .order_by(column.desc() if sort.startswith("-") else column.asc(), Technique.id)
        .limit(limit)
        .offset(offset)
    )
    total = select(func.count()).select_from(Technique).where(*conditions)
    found = (
        await session.execute(select(func.array(page.scalar_subquery(), type_=ARRAY(Text())), total.scalar_subquery()))
    ).one()
    within: dict[str, list[UUID]] = defaultdict(list)
    for domain, _, identity in (place.partition(" ") for place in found[0]):
        within[domain].append(UUID(identity))
    ids = [place.partition(" ")[2] for place in found[0]]
    (rows,) = await read_rows(session, (_ITEMS, {"ids": ids}))
    if judged is None:
        judged = {}
        for domain, some in within.items():
            judged |= await statuses(
                session, environment_id=wanted.environment_id, domain=domain, now=now(), within=some
            )
    return [_summary(row, judged.get(UUID(row[0]))) for row in rows], int(found[1])


def _summary(row: tuple[Any, ...], status: TechniqueStatus | None) -> dict[str, Any]:
    return {
        **dict(zip(_FIELDS, row, strict=True)),
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
