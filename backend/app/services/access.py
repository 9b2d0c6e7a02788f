"""The short sessions that stand beside a request's transaction."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.database import SessionFactory, session_scope
from app.domain.actor import Actor
from app.services import audit


@asynccontextmanager
async def record_access(factory: SessionFactory) -> AsyncIterator[AsyncSession]:
    """A short session of its own for last-seen, last-use and custody events: the only write that a GET may cause.

    Call it while the request holds no row that it writes to.
    """
    async with session_scope(factory) as session:
        yield session


async def record_security_event(
    factory: SessionFactory,
    actor: Actor | None,
    action: str,
    *,
    subject_kind: str,
    subject_id: UUID | str | None = None,
    subject_label: str | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Put a refusal into the audit trail by a session of its own, so that it outlives the request's rollback."""
    async with session_scope(factory) as session:
        audit.record(
            session,
            actor,
            action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            subject_label=subject_label,
            details=details,
        )
