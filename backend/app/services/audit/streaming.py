"""Sending the trail to a system of its own, where whoever owns this one cannot rewrite it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.database import SessionFactory, session_scope
from app.models.audit import AuditLog, AuditStream
from app.syslog import Message

BATCH = 500
PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 300.0
LOCK = 0x4165676973_5379
"""Advisory lock of whichever process sends."""

log = structlog.get_logger(__name__)


class Receiver(Protocol):
    """Where entries go."""

    async def send(self, messages: Sequence[Message]) -> None:
        """Send all of them or raise OSError."""


async def send_new_entries(factory: SessionFactory, receiver: Receiver) -> int:
    """Send what came after the last entry sent, in the trail's order; returns how many.

    Each entry is sent once, however many processes ask, and again only when the connection broke: the receiver sees by
    its number that it has it. A number that never comes is an entry that somebody kept from it.
    Raises OSError when the receiver cannot be reached; then everything is sent again later.
    """
    async with session_scope(factory) as session:
        if not await session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
            return 0
        place = await session.get(AuditStream, 1)
        if place is None:
            place = AuditStream(id=1, seq=0)
            session.add(place)
        entries = (
            await session.execute(
                select(AuditLog.seq, AuditLog.at, AuditLog.action, AuditLog.prev_hash, AuditLog.hash, AuditLog.body)
                .where(AuditLog.seq > place.seq)
                .order_by(AuditLog.seq)
                .limit(BATCH)
            )
        ).all()
        if not entries:
            return 0
        await receiver.send([Message(entry.at, entry.action, _text(entry)) for entry in entries])
        place.seq, place.sent_at = entries[-1].seq, clock.now()
        return len(entries)


class Entry(Protocol):
    """What is sent of an entry."""

    seq: int
    prev_hash: str
    hash: str
    body: str


def _text(entry: Entry) -> str:
    """The entry as JSON; its body stands in it as it was hashed, so that the receiver can prove it too."""
    return f'{{"seq":{entry.seq},"prev_hash":"{entry.prev_hash}","hash":"{entry.hash}","entry":{entry.body}}}'


class AuditStreamer:
    """Sends until stopped, every few seconds; less and less eagerly while the receiver is away."""

    def __init__(self, factory: SessionFactory, receiver: Receiver | None) -> None:
        self._factory = factory
        self._receiver = receiver
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running loop; without a receiver there is nothing to do."""
        if self._receiver is not None:
            self._task = asyncio.create_task(self._run(self._receiver), name="audit-streamer")

    async def stop(self) -> None:
        """End it; what was not sent goes at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, receiver: Receiver) -> None:
        pause = PAUSE_SECONDS
        while True:
            try:
                while await send_new_entries(self._factory, receiver) == BATCH:
                    pass
                pause = PAUSE_SECONDS
            except (OSError, SQLAlchemyError) as error:
                log.warning("audit.stream_failed", error=type(error).__name__, pause=pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause)
