"""Takes announcements and hands them to the streams of this process."""

import asyncio
import secrets
from collections import Counter, OrderedDict, deque
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.database import SessionFactory
from app.domain.actor import Actor
from app.domain.events import Change, concerns, reaches
from app.errors import TooMany
from app.models.security_test import SecurityTest
from app.services.announcements import read_announcement
from app.services.authentication import own_id
from app.services.events.listener import Listener
from app.services.validation.access import unsealed

log = structlog.get_logger(__name__)

STREAMS_A_PERSON = 8
REMEMBERED = 1_000
"""Changes that a stream that was cut off for a moment gets afterwards."""
MARKS = 20_000
WAITING = 100
"""Changes that wait for a slow reader before it is told to read everything anew instead."""


class Subscription:
    """What one stream has still to send. Kept in memory only, and bounded."""

    def __init__(self, hub: "EventHub", actor: Actor) -> None:
        self.actor = actor
        self.resync = False
        self.recheck = False
        self.ended: str | None = None
        self._hub = hub
        self._waiting: deque[tuple[int, Change]] = deque()
        self._news = asyncio.Event()

    def offer(self, position: int, change: Change) -> None:
        """Queue a change if it reaches the reader; too many of them become one `resync`."""
        if concerns(self.actor, change):
            self.recheck = True
            self._news.set()
        if not reaches(self.actor, change) or self.resync:
            return
        if len(self._waiting) >= WAITING:
            self._waiting.clear()
            self.resync = True
        else:
            self._waiting.append((position, change))
        self._news.set()

    def end(self, reason: str) -> None:
        """Let the stream say why and stop."""
        self.ended = self.ended or reason
        self._news.set()

    async def news(self, patience: float) -> bool:
        """Wait for something to do; False when nothing came in time."""
        try:
            async with asyncio.timeout(patience):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True

    def drain(self) -> list[tuple[int, Change]]:
        """What waits, once each; empties the queue."""
        found: dict[tuple[str, str | None], tuple[int, Change]] = {}
        for position, change in self._waiting:
            found[change.kind, change.subject_id] = position, change
        self._waiting.clear()
        return list(found.values())

    def close(self) -> None:
        """Give up the place. May be called more than once."""
        self._hub.forget(self)


class EventHub:
    """The streams of this process and the one connection that feeds them.

    url: of the database to listen to; without one, as in an application that is not served, every stream ends at once.
    """

    def __init__(self, factory: SessionFactory, url: str | None) -> None:
        self._factory = factory
        self._subscriptions: set[Subscription] = set()
        self._open: Counter[UUID] = Counter()
        self._remembered: deque[Change] = deque(maxlen=REMEMBERED)
        self._position = 0
        self._marks: OrderedDict[str, int] = OrderedDict()
        self._listener = Listener(url, self) if url is not None else None
        self.listening = False

    def start(self) -> None:
        """Begin to listen."""
        if self._listener is not None:
            self._listener.start()

    async def stop(self) -> None:
        """End all streams and the connection."""
        self.end_streams("server_stopping")
        if self._listener is not None:
            await self._listener.stop()

    def end_streams(self, reason: str) -> None:
        """Let all streams say goodbye; new ones end at once until announcements come in again."""
        self.listening = False
        self._remembered.clear()
        self._marks.clear()
        for subscription in self._subscriptions:
            subscription.end(reason)

    def opened(self) -> None:
        """Announcements come in from now on."""
        self.listening = True

    def subscribe(self, actor: Actor, last_id: str | None) -> Subscription:
        """A place for a stream that goes on after the message with this id.

        Raises TooMany when the person has as many as one may have.
        """
        person = own_id(actor)
        if self._open[person] >= STREAMS_A_PERSON:
            raise TooMany("too_many_streams", "You have too many event streams open.", retry_after_seconds=60)
        subscription = Subscription(self, actor)
        if last_id is not None:
            self._replay(subscription, last_id)
        self._open[person] += 1
        self._subscriptions.add(subscription)
        if not self.listening:
            subscription.end("unavailable")
        return subscription

    def _replay(self, subscription: Subscription, last_id: str) -> None:
        position = self._marks.get(last_id)
        oldest = self._position - len(self._remembered)
        if position is None or position < oldest:
            subscription.resync = True
            return
        for offset in range(position - oldest, len(self._remembered)):
            subscription.offer(oldest + offset + 1, self._remembered[offset])

    def forget(self, subscription: Subscription) -> None:
        """Free the place of a stream that ended."""
        if subscription not in self._subscriptions:
            return
        self._subscriptions.discard(subscription)
        person = own_id(subscription.actor)
        self._open[person] -= 1
        if self._open[person] <= 0:
            del self._open[person]

    def mark(self, position: int | None = None) -> str:
        """An id for a message, after which a stream can go on.

        Random, because numbers would show by their gaps that something was told to others.
        """
        token = secrets.token_hex(8)
        self._marks[token] = self._position if position is None else position
        if len(self._marks) > MARKS:
            self._marks.popitem(last=False)
        return token

    async def take(self, payloads: Sequence[str]) -> None:
        """Hand announcements to everybody whom they reach."""
        changes = [change for payload in payloads if (change := read_announcement(payload)) is not None]
        if not self._subscriptions:
            # Nobody heard them, and whoever comes now reads everything anyway.
            self._position += len(changes)
            self._remembered.clear()
            return
        try:
            changes = await self._with_sight(changes)
        except SQLAlchemyError:
            log.warning("events.lookup_failed", exc_info=True)
            self.end_streams("unavailable")
            self.opened()
            return
        for change in changes:
            self._position += 1
            self._remembered.append(change)
            for subscription in tuple(self._subscriptions):
                subscription.offer(self._position, change)

    async def _with_sight(self, changes: list[Change]) -> list[Change]:
        """The changes with what decides who sees their test; a test that nobody knows is told to nobody."""
        ids = {UUID(change.subject_id) for change in changes if change.kind == "test" and change.subject_id}
        if not ids:
            return changes
        async with self._factory() as session:
            rows = await session.execute(
                select(SecurityTest.id, ~unsealed(), SecurityTest.handed_over_at.is_not(None)).where(
                    SecurityTest.id.in_(ids)
                )
            )
            tests = {str(test_id): (sealed, handed_over) for test_id, sealed, handed_over in rows}
        known = []
        for change in changes:
            test = tests.get(change.subject_id or "")
            if change.kind != "test":
                known.append(change)
            elif test is not None:
                known.append(replace(change, sealed=test[0], handed_over=test[1]))
        return known
