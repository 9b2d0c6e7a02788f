"""Reading the trail."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.actor import Actor
from app.domain.blindness import sees_sealed
from app.models.audit import AuditLog
from app.models.evidence import Evidence
from app.models.security_test import SecurityTest


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are asked for; several values of one field mean or."""

    actors: tuple[str, ...] = ()
    """Names or ids."""
    actions: tuple[str, ...] = ()
    """Whole actions, or a noun with a trailing dot for all of its actions."""
    subject_kind: str | None = None
    subject_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None


def _tells_of_sealed() -> ColumnElement[bool]:
    """Entries about a blind test that is not revealed, or about its evidence."""
    sealed = select(SecurityTest.id).where(SecurityTest.blind, SecurityTest.revealed_at.is_(None))
    proofs = select(Evidence.id).where(Evidence.test_id.in_(sealed))
    return or_(
        AuditLog.subject_id.in_(select(cast(sealed.subquery().c.id, Text))),
        AuditLog.subject_id.in_(select(cast(proofs.subquery().c.id, Text))),
    )


def filtered_entries(actor: Actor, filters: AuditFilter) -> Select[AuditLog]:
    """The entries that exist for the actor and that a filter lets through, newest first."""
    query = select(AuditLog).order_by(AuditLog.seq.desc())
    if not sees_sealed(actor):
        query = query.where(~_tells_of_sealed())
    if filters.actors:
        ids = [UUID(text) for text in filters.actors if _is_uuid(text)]
        names = [text.lower() for text in filters.actors]
        query = query.where(or_(func.lower(AuditLog.actor_label).in_(names), AuditLog.actor_id.in_(ids)))
    if filters.actions:
        query = query.where(
            or_(
                *(
                    AuditLog.action.startswith(action, autoescape=True)
                    if action.endswith(".")
                    else AuditLog.action == action
                    for action in filters.actions
                )
            )
        )
    if filters.subject_kind is not None:
        query = query.where(AuditLog.subject_kind == filters.subject_kind)
    if filters.subject_id is not None:
        query = query.where(AuditLog.subject_id == filters.subject_id)
    if filters.since is not None:
        query = query.where(AuditLog.at >= filters.since)
    if filters.until is not None:
        query = query.where(AuditLog.at < filters.until)
    if filters.q:
        fields = (AuditLog.actor_label, AuditLog.action, AuditLog.subject_label, AuditLog.subject_id)
        query = query.where(or_(*(field.icontains(filters.q, autoescape=True) for field in fields)))
    return query


async def list_entries(
    session: AsyncSession, actor: Actor, filters: AuditFilter, *, limit: int, offset: int
) -> tuple[list[AuditLog], int]:
    """One page of the trail and how many entries there are in all."""
    query = filtered_entries(actor, filters)
    total = await session.scalar(query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True))
    rows = (await session.scalars(query.limit(limit).offset(offset))).all()
    return list(rows), total or 0


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
