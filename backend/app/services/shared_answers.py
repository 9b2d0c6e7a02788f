"""Answers that are the same for everybody, worked out once for as long as nothing has changed.

After every change the pages of all who look at the matrix or a dashboard ask for the same figures at the same moment.
Every change of facts writes to the trail in its own transaction, and the head of the trail is one row: while it stands
still, nothing was decided. What changes without it is the age of the results; that is why no answer is kept for long,
and why each says as of when it is.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.services.reading import Query, read_rows

LARGEST: Final = 16 * 2**20
"""Bytes of answers that a process keeps."""
_HEAD: Final[Query] = ("SELECT seq FROM audit_head WHERE id = 1", {})


@dataclass(frozen=True, slots=True)
class _Kept:
    head: int
    at: datetime
    body: bytes


class SharedAnswers:
    """The answers of one application.

    seconds: how long an answer is kept at most; 0 for never.
    """

    def __init__(self, seconds: float, largest: int = LARGEST) -> None:
        self._longest = timedelta(seconds=seconds)
        self._largest = largest
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._size = 0
        self._making: dict[tuple[Hashable, int], asyncio.Future[bytes]] = {}

    async def get(self, session: AsyncSession, key: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The answer to a question, never older than the last committed change.

        key: all that the answer depends on beside the facts. make: works it out, reading through the same session.
        """
        if not self._longest:
            return await make()
        ((head,),) = (await read_rows(session, _HEAD))[0]
        while True:
            kept = self._kept.get(key)
            if kept is not None and kept.head == head and timedelta() <= now() - kept.at < self._longest:
                self._kept.move_to_end(key)
                return kept.body
            running = self._making.get((key, head))
            if running is None:
                return await self._make(key, head, make)
            # It began after this head was seen, or at it: whatever was committed when we asked is in it.
            await asyncio.wait([running])
            if not running.cancelled():
                return running.result()

    async def _make(self, key: Hashable, head: int, make: Callable[[], Awaitable[bytes]]) -> bytes:
        done = self._making[key, head] = asyncio.get_running_loop().create_future()
        began = now()
        try:
            body = await make()
        except BaseException:
            # Others make their own, and get an error of their own if it comes again.
            done.cancel()
            raise
        else:
            done.set_result(body)
            self._keep(key, _Kept(head, began, body))
            return body
        finally:
            del self._making[key, head]

    def _keep(self, key: Hashable, answer: _Kept) -> None:
        before = self._kept.pop(key, None)
        self._size += len(answer.body) - (len(before.body) if before is not None else 0)
        self._kept[key] = answer
        while self._size > self._largest:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped.body)
