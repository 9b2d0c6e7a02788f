"""Calls, clocks and the table of ratios."""

import gc
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from fastapi import FastAPI

Call = Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Line:
    """One measured ratio beside its limit."""

    name: str
    value: float
    limit: float
    unit: str = "x"
    at_least: bool = False
    """Whether the limit is the least that is allowed."""
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether the limit is kept."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def request(app: FastAPI, path: str, headers: Mapping[str, str]) -> Call:
    """A GET through the whole application, without a socket."""
    target, _, query = path.partition("?")
    raw = [(name.encode(), value.encode()) for name, value in {"host": "localhost", **headers}.items()]

    async def call() -> bytes:
        chunks: list[bytes] = []
        status = 0
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": target,
            "raw_path": target.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": raw,
            "client": ("127.0.0.1", 40000),
            "server": ("localhost", 8000),
            "state": {},
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))

        await app(scope, receive, send)
        body = b"".join(chunks)
        assert status == 200, (status, body[:500])
        return body

    return call


async def interleaved(*calls: Call, times: int, warm: int = 5) -> list[float]:
    """Median seconds of each call, measured in turn so that the machine's moods meet all alike."""
    for _ in range(warm):
        for call in calls:
            await call()
    taken: list[list[float]] = [[] for _ in calls]
    gc.collect()
    gc.disable()
    try:
        for _ in range(times):
            for call, seconds in zip(calls, taken, strict=True):
                began = perf_counter()
                await call()
                seconds.append(perf_counter() - began)
    finally:
        gc.enable()
    return [median(seconds) for seconds in taken]


def print_table(lines: list[Line]) -> bool:
    """Print all lines; answers whether every limit is kept."""
    width = max(len(line.name) for line in lines)
    out = [f"{'what':<{width}}  {'value':>9}  {'limit':>9}  ok"]
    for line in lines:
        bound = f"{'≥' if line.at_least else '≤'}{line.limit:g}{line.unit}"
        mark = "yes" if line.ok else "NO"
        out.append(f"{line.name:<{width}}  {line.value:>8.2f}{line.unit}  {bound:>9}  {mark:<3} {line.note}".rstrip())
    sys.stdout.write("\n".join(out) + "\n")
    return all(line.ok for line in lines)
