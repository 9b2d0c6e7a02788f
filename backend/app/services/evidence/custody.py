"""The chain of custody: one row for everything that happens to a piece of evidence."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.database import SessionFactory
from app.domain.actor import Actor
from app.models.base import JsonObject
from app.models.evidence import CustodyEvent
from app.services.access import record_access


def record_custody(
    session: AsyncSession,
    actor: Actor,
    evidence_id: UUID,
    kind: str,
    *,
    address: str | None = None,
    details: JsonObject | None = None,
    at: datetime | None = None,
) -> None:
    """Add an event in the session's transaction; `at` is now unless given."""
    session.add(
        CustodyEvent(
            evidence_id=evidence_id,
            kind=kind,
            actor_id=actor.user_id,
            actor_label=actor.label,
            address=address,
            details=details or {},
            at=at or now(),
        )
    )


async def record_custody_of_read(
    factory: SessionFactory,
    actor: Actor,
    evidence_id: UUID,
    kind: str,
    *,
    address: str | None = None,
    details: JsonObject | None = None,
) -> None:
    """Add an event by a session of its own: for reads, which have no transaction that could keep it."""
    async with record_access(factory) as session:
        record_custody(session, actor, evidence_id, kind, address=address, details=details)
