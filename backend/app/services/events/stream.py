"""One person's stream of changes, from its opening to the end of the session."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from app.domain.actor import Actor
from app.domain.events import reaches
from app.errors import AppError
from app.services.events.hub import EventHub, Subscription

BEAT_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: `ready`, `resync`, `change`, `end`, or a `beat` that only keeps the connection alive."""

    event: str
    id: str | None = None
    kind: str | None = None
    subject_id: str | None = None
    reason: str | None = None


async def messages(
    hub: EventHub,
    subscription: Subscription,
    still: Callable[[], Awaitable[Actor]],
    *,
    beat_seconds: float = BEAT_SECONDS,
) -> AsyncIterator[Message]:
    """What to send, for as long as the session or token is good.

    still: who the credentials belong to now; raises AppError when they are over. Asked at every beat, and before
    anything is sent after a change to the person's log-in or rights. No database session is held in between.
    """
    checked = time.monotonic()
    yield Message("resync" if subscription.resync else "ready", id=hub.mark())
    subscription.resync = False
    while True:
        late = not await subscription.news(max(0.0, checked + beat_seconds - time.monotonic()))
        if subscription.ended is not None:
            yield Message("end", reason=subscription.ended)
            return
        if subscription.recheck or late:
            subscription.recheck = False
            try:
                subscription.actor = await still()
            except AppError as error:
                yield Message("end", reason=error.code)
                return
            except SQLAlchemyError:
                yield Message("end", reason="unavailable")
                return
            checked = time.monotonic()
        if late:
            yield Message("beat")
        if subscription.resync:
            subscription.resync = False
            yield Message("resync", id=hub.mark())
        for position, change in subscription.drain():
            # Asked again: rights may have changed while it waited.
            if reaches(subscription.actor, change):
                yield Message("change", id=hub.mark(position), kind=change.kind, subject_id=change.subject_id)
