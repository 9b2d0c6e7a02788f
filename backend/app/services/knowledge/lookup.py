"""Find one technique or tactic by what people call it."""

from uuid import UUID

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import NotFound
from app.models.knowledge import Technique


async def technique_by_attack_id(session: AsyncSession, attack_id: str, *, domain: str | None = None) -> Technique:
    """The technique with this ATT&CK id or id: an active one first, then Enterprise before Mobile before ICS.

    Raises NotFound `technique_not_found`.
    """
    statement = (
        select(Technique)
        .where(Technique.attack_id == attack_id.upper())
        .order_by(
            Technique.withdrawn_at.is_not(None),
            Technique.is_active.desc(),
            case({"enterprise": 1, "mobile": 2}, value=Technique.domain, else_=3),
            Technique.id,
        )
        .limit(1)
    )
    if domain is not None:
        statement = statement.where(Technique.domain == domain)
    found = await session.scalar(statement)
    if found is None and (key := _uuid(attack_id)) is not None:
        found = await session.get(Technique, key)
    if found is None:
        raise NotFound("technique_not_found", "There is no such technique.")
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
