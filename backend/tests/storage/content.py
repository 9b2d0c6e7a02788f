"""Bytes to store, and what they must look like afterwards."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import psutil

from app.storage import EvidenceStore

BLOCK = bytes(range(256)) * 4096


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def failing(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    raise ConnectionResetError("the client is gone")


async def endless(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    await asyncio.Event().wait()


async def megabytes(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield BLOCK


def sha256_of_megabytes(count: int) -> str:
    digest = hashlib.sha256()
    for _ in range(count):
        digest.update(BLOCK)
    return digest.hexdigest()


async def read(store: EvidenceStore, key: str, *, start: int = 0, length: int | None = None) -> bytes:
    return b"".join([block async for block in store.open(key, start=start, length=length)])


async def keys_of(store: EvidenceStore) -> set[str]:
    return {facts.key async for facts in store.list_objects()}


@contextmanager
def peak_growth_mb() -> Iterator[list[float]]:
    """Measure by how many MB this process's own share of memory (PSS) grows at most inside the block."""
    process, stop, growth = psutil.Process(), Event(), [0.0]
    before = process.memory_full_info().pss

    def watch() -> None:
        while not stop.wait(0.02):
            growth[0] = max(growth[0], (process.memory_full_info().pss - before) / 1e6)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield growth
    finally:
        stop.set()
        watcher.join()
