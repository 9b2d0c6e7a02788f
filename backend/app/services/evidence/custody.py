"""The chain of custody: one row for everything that happens to a piece of evidence."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.database import SessionFactory
from app.domain.actor import Actor
from app.ids import new_id
from app.models.base import JsonObject
from app.models.evidence import CustodyEvent
from app.services import audit
from app.services.access import record_access
from app.services.audit.chain import canonical

CUSTODY_NOUN = "custody."
"""Noun of the trail's entries about custody events, with its dot."""
_DIGESTED = ("id", "evidence_id", "kind", "actor_id", "actor_label", "address", "details", "at")


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
    """Add an event in the session's transaction; `at` is now unless given.

    The audit trail gets an entry with the event's digest, so that no event can be changed, removed or invented later.
    """
    event = CustodyEvent(
        id=new_id(),
        evidence_id=evidence_id,
        kind=kind,
        actor_id=actor.user_id,
        actor_label=actor.label,
        address=address,
        details=details or {},
        at=at or now(),
    )
    session.add(event)
    audit.record(
        session,
        actor,
        f"{CUSTODY_NOUN}{kind}",
        subject_kind="evidence",
        subject_id=evidence_id,
        details={"event": str(event.id), "digest": custody_digest(event)},
    )


def custody_digest(event: CustodyEvent) -> str:
    """The SHA-256 of everything that a custody event says."""
    facts = {name: getattr(event, name) for name in _DIGESTED}
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


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
