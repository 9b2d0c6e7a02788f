"""Threads for blocking store calls: the store's own, so that a hanging store cannot starve anything else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

MAX_THREADS = 16


class StoreThreads:
    """A small thread pool whose calls are awaited to their end even when the awaiting task is cancelled."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=MAX_THREADS, thread_name_prefix="evidence-store")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The call's result, computed in a thread.

        A thread cannot be stopped. On cancellation we wait for it before going on, so that the clean-up that follows
        never overlaps a write that is still under way.
        """
        future = asyncio.get_running_loop().run_in_executor(self._pool, partial(call, *args, **kwargs))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()  # marks it as seen; the cancellation is what counts
            raise

    def close(self) -> None:
        """Stop taking calls; running ones end by their own time limits."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def in_blocks(chunks: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """The same bytes in blocks of exactly `size`, the last one shorter; no block at all for no bytes.

    Holds one block in memory. Chunks may be of any length.
    """
    block = bytearray()
    async for chunk in chunks:
        view = memoryview(chunk)
        while view:
            room = size - len(block)
            block += view[:room]
            view = view[room:]
            if len(block) == size:
                yield bytes(block)
                block.clear()
    if block:
        yield bytes(block)
