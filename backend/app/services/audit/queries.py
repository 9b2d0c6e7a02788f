"""Reading the trail."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.audit import AuditLog


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


def filtered_entries(filters: AuditFilter) -> Select[AuditLog]:
    """The entries that a filter lets through, newest first."""
    query = select(AuditLog).order_by(AuditLog.seq.desc())
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
    session: AsyncSession, filters: AuditFilter, *, limit: int, offset: int
) -> tuple[list[AuditLog], int]:
    """One page of the trail and how many entries there are in all."""
    query = filtered_entries(filters)
    total = await session.scalar(query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True))
    rows = (await session.scalars(query.limit(limit).offset(offset))).all()
    return list(rows), total or 0


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
