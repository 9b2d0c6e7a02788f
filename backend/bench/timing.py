"""Clocks for imports: few calls, each of them long."""

import gc
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter

TIMES = 5


async def interleaved_calls(*calls: Callable[[], Awaitable[None]], times: int = TIMES) -> list[float]:
    """Median seconds of each call, measured in turn so that the machine's moods meet all alike."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(times):
        for call, seconds in zip(calls, taken, strict=True):
            gc.collect()
            # As in the worker: half a million objects without a cycle.
            gc.disable()
            began = perf_counter()
            await call()
            seconds.append(perf_counter() - began)
            gc.enable()
    return [median(seconds) for seconds in taken]
