"""Checks of the trail on demand, bounded so that they cannot be used to wear the database out."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from app import clock
from app.database import SessionFactory, session_scope
from app.domain.actor import Actor
from app.errors import TooMany
from app.services.audit.chain import ChainReport, verify_chain
from app.services.audit.entries import record

KEPT_FOR = timedelta(minutes=1)
_running: set[UUID | None] = set()
_results: dict[UUID | None, tuple[datetime, ChainReport]] = {}


async def verify_once(factory: SessionFactory, actor: Actor) -> ChainReport:
    """Check the whole chain and note that it was checked; within a minute the same person gets the same answer.

    Raises TooMany while a check of this person runs.
    """
    who = actor.user_id
    kept = _results.get(who)
    if kept is not None and timedelta(0) <= clock.now() - kept[0] < KEPT_FOR:
        return kept[1]
    if who in _running:
        raise TooMany("verification_running", "Your check of the trail is still running.", retry_after_seconds=10)
    _running.add(who)
    try:
        async with factory() as session:
            await session.execute(text("SET LOCAL statement_timeout = '60s'"))
            report = await verify_chain(session)
    finally:
        _running.discard(who)
    async with session_scope(factory) as session:
        record(
            session,
            actor,
            "audit.verified",
            subject_kind="audit",
            details={"intact": report.intact, "entries": report.entries, "head_seq": report.head_seq},
        )
    _results[who] = (clock.now(), report)
    return report
