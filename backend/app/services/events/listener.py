"""The one connection of a process that hears announcements. It is outside the pool and comes back by itself."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import psycopg
import structlog
from sqlalchemy.engine import make_url

from app.services.announcements import CHANNEL

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
ALIVE_SECONDS = 20.0
"""How often a silent connection is asked whether it is still there."""


class Hearer(Protocol):
    """What the listener tells."""

    def opened(self) -> None: ...
    def end_streams(self, reason: str) -> None: ...
    async def take(self, payloads: Sequence[str]) -> None: ...


class Listener:
    """Listens until stopped; a lost connection ends the streams and is opened again, less and less eagerly."""

    def __init__(self, url: str, hearer: Hearer) -> None:
        self._conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._hearer = hearer
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running loop."""
        self._task = asyncio.create_task(self._run(), name="event-listener")

    async def stop(self) -> None:
        """Close the connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._hearer.opened()
                    pause = FIRST_PAUSE
                    await self._hear(connection)
            except asyncio.CancelledError:
                raise
            except Exception:  # whatever it was, the next connection may work
                log.warning("events.connection_lost", pause=pause, exc_info=True)
            self._hearer.end_streams("unavailable")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _connect(self) -> psycopg.AsyncConnection[tuple[object, ...]]:
        return await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, connect_timeout=5, application_name="aegis events"
        )

    async def _hear(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        while True:
            heard = [n.payload async for n in connection.notifies(timeout=ALIVE_SECONDS, stop_after=1)]
            if heard:
                await self._hearer.take(heard)
            else:
                await connection.execute("SELECT 1")
