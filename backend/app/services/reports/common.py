"""What reports share."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import FieldError, Invalid
from app.models.audit import AuditHead
from app.models.organisation import Environment
from app.reports.document import Trail


async def trail_now(session: AsyncSession) -> Trail | None:
    """The last entry of the audit trail, so that a printed report can be held against it."""
    row = (await session.execute(select(AuditHead.seq, AuditHead.hash))).first()
    return None if row is None else Trail(row.seq, row.hash)


async def environment_name(session: AsyncSession, environment_id: UUID | None) -> str | None:
    """The name of an environment; None for all of them. Raises Invalid for an unknown one."""
    if environment_id is None:
        return None
    name = await session.scalar(select(Environment.name).where(Environment.id == environment_id))
    if name is None:
        message = "There is no such environment."
        raise Invalid(
            "unknown_environment", message, fields=[FieldError("environment", message, "unknown_environment")]
        )
    return name


def said(**filters: object) -> tuple[tuple[str, str], ...]:
    """The filters that were set, as a report shows them."""
    shown = ((name.replace("_", " ").capitalize(), _text(value)) for name, value in filters.items())
    return tuple((name, text) for name, text in shown if text)


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return ", ".join(str(item) for item in value)
    return str(value)
