"""All evidence of all tests in one list, for those who look after it: what there is and when it was last proven."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import UnaryExpression

from app.domain.actor import Actor
from app.models.evidence import Evidence, EvidenceObject
from app.models.identity import UserAccount
from app.models.security_test import SecurityTest, TestRound
from app.services.evidence.queries import readable

STATUSES: Final = ("intact", "altered", "missing", "unchecked", "purged")
_STATUS: Final = case(
    (EvidenceObject.purged_at.is_not(None), "purged"),
    (EvidenceObject.check_outcome == "verified", "intact"),
    (EvidenceObject.check_outcome.is_not(None), EvidenceObject.check_outcome),
    else_="unchecked",
)
_SORTS: Final[dict[str, Any]] = {
    "created_at": Evidence.created_at,
    "size": EvidenceObject.size,
    "filename": Evidence.filename,
    "checked_at": EvidenceObject.checked_at,
}
SORTS: Final = tuple(f"{sign}{name}" for name in _SORTS for sign in ("", "-"))


@dataclass(frozen=True, slots=True)
class InventoryFilter:
    """What to list. Empty fields let everything through."""

    statuses: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    q: str | None = None
    withdrawn: bool | None = None
    dangerous: bool | None = None


@dataclass(frozen=True, slots=True)
class InventoryItem:
    """A piece of evidence with its test and the last proof of its object."""

    id: UUID
    test_id: UUID
    test_number: int | None
    test_name: str
    round_no: int
    side: str
    filename: str
    content_type: str
    dangerous: bool
    sensitivity: str
    size: int
    sha256: str
    object_key: str
    store: str
    status: str
    checked_at: datetime | None
    uploaded_by: str
    uploaded_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class InventoryTotals:
    """Files, objects and bytes that the actor may know of, and files by status."""

    files: int
    objects: int
    size: int
    withdrawn: int
    by_status: dict[str, int]
    oldest_check_at: datetime | None


def _conditions(actor: Actor, filters: InventoryFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [readable(actor)]
    if filters.statuses:
        found.append(_STATUS.in_(filters.statuses))
    if filters.sides:
        found.append(Evidence.side.in_(filters.sides))
    if filters.withdrawn is not None:
        gone = Evidence.withdrawn_at.is_not(None)
        found.append(gone if filters.withdrawn else ~gone)
    if filters.dangerous is not None:
        found.append(EvidenceObject.dangerous.is_(filters.dangerous))
    if filters.q:
        wanted = filters.q.strip()
        number = wanted.upper().removeprefix("AT-")
        hits = [
            Evidence.filename.icontains(wanted, autoescape=True),
            EvidenceObject.sha256.startswith(wanted.lower(), autoescape=True),
            EvidenceObject.key.startswith(wanted.lower(), autoescape=True),
        ]
        if number.isdecimal() and len(number) < 10:
            hits.append(SecurityTest.number == int(number))
        found.append(or_(*hits))
    return found


def _joined(*columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(Evidence)
        .join(EvidenceObject, EvidenceObject.id == Evidence.object_id)
        .join(SecurityTest, SecurityTest.id == Evidence.test_id)
    )


def _order(sort: str) -> UnaryExpression[Any]:
    column = _SORTS[sort.removeprefix("-")]
    ordered: UnaryExpression[Any] = column.desc() if sort.startswith("-") else column.asc()
    return ordered.nulls_first() if sort == "checked_at" else ordered


async def list_inventory(
    session: AsyncSession, actor: Actor, filters: InventoryFilter, *, sort: str, limit: int, offset: int
) -> tuple[Sequence[InventoryItem], int]:
    """One page of the evidence that exists for the actor, and how many there are under the filter."""
    conditions = _conditions(actor, filters)
    total = await session.scalar(_joined(func.count()).where(*conditions))
    rows = await session.execute(
        _joined(
            Evidence.id,
            Evidence.test_id,
            SecurityTest.number,
            SecurityTest.name,
            TestRound.no,
            Evidence.side,
            Evidence.filename,
            EvidenceObject.content_type,
            EvidenceObject.dangerous,
            Evidence.sensitivity,
            EvidenceObject.size,
            EvidenceObject.sha256,
            EvidenceObject.key,
            EvidenceObject.store,
            _STATUS,
            EvidenceObject.checked_at,
            UserAccount.username,
            Evidence.created_at,
            Evidence.withdrawn_at,
        )
        .join(TestRound, TestRound.id == Evidence.round_id)
        .join(UserAccount, UserAccount.id == Evidence.uploaded_by_id)
        .where(*conditions)
        .order_by(_order(sort), Evidence.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [InventoryItem(*row) for row in rows], total or 0


async def inventory_totals(session: AsyncSession, actor: Actor) -> InventoryTotals:
    """Sums over all evidence that exists for the actor; an object that stands in several rounds weighs once."""
    mine = readable(actor)
    counted = (await session.execute(_joined(_STATUS, func.count()).where(mine).group_by(_STATUS))).all()
    by_status = {str(row[0]): int(row[1]) for row in counted}
    withdrawn = await session.scalar(_joined(func.count()).where(mine, Evidence.withdrawn_at.is_not(None)))
    kept = EvidenceObject.purged_at.is_(None)
    objects = _joined(EvidenceObject.id, EvidenceObject.size, EvidenceObject.checked_at).where(mine, kept).distinct()
    held = objects.subquery()
    count, size, oldest = (
        await session.execute(
            select(func.count(), func.coalesce(func.sum(held.c.size), 0), func.min(held.c.checked_at))
        )
    ).one()
    return InventoryTotals(
        files=sum(by_status.values()),
        objects=count,
        size=int(size),
        withdrawn=withdrawn or 0,
        by_status={name: by_status.get(name, 0) for name in STATUSES},
        oldest_check_at=oldest,
    )
