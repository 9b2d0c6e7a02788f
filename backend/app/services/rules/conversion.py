"""Sigma rules in the languages of SIEMs, made by a process of its own and remembered by content."""

import asyncio
import contextlib
import hashlib
import os
import sys
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from app.errors import Invalid, NotFound, UpstreamFailed
from app.importers.limits import MIB
from app.importers.sigma.backends import PLAIN, Backend, backend_named
from app.models.knowledge import DetectionRule

MODULE: Final = "app.importers.sigma.convert_main"
BACKEND_FOLDER: Final = Path(__file__).resolve().parents[3]
SIGMA: Final = "sigma"
LINE_LIMIT: Final = 4 * MIB
SECONDS: Final = 20.0
"""For one rule; the first one also waits for the process to start."""
IDLE_SECONDS: Final = 120.0
CACHED: Final = 2_000
CACHED_BYTES: Final = 16 * MIB


@dataclass(frozen=True, slots=True)
class Conversion:
    """A rule in a product's language, or why it cannot be."""

    backend: str
    pipeline: str | None
    """Null: the query has Sigma's own field names."""
    queries: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    error: str | None = None

    @property
    def size(self) -> int:
        """About how much memory it takes."""
        return sum(map(len, self.queries)) + 500


@dataclass(slots=True)
class _Cache:
    """The conversions that were asked for last."""

    kept: OrderedDict[str, Conversion] = field(default_factory=OrderedDict)
    size: int = 0

    def get(self, key: str) -> Conversion | None:
        found = self.kept.get(key)
        if found is not None:
            self.kept.move_to_end(key)
        return found

    def put(self, key: str, value: Conversion) -> None:
        old = self.kept.pop(key, None)
        self.size += value.size - (old.size if old else 0)
        self.kept[key] = value
        while len(self.kept) > CACHED or self.size > CACHED_BYTES:
            _, gone = self.kept.popitem(last=False)
            self.size -= gone.size


class Converter:
    """Owns the converter process: started when first needed, ended when idle, killed when it takes too long."""

    def __init__(self, *, seconds: float = SECONDS, idle_seconds: float = IDLE_SECONDS) -> None:
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None
        self._cache = _Cache()

    @property
    def is_running(self) -> bool:
        """Whether there is a process now."""
        return self._process is not None and self._process.returncode is None

    async def convert(self, rule: DetectionRule, backend: Backend, pipeline: str | None) -> Conversion:
        """Convert a rule, by the backend's usual mapping of fields unless another one is asked for.

        Where the usual mapping does not know the rule's log source, the query keeps Sigma's field names and says so.
        Raises Invalid `not_convertible` with the backend's reason, UpstreamFailed `conversion_failed`.
        """
        key = _cache_key(rule, backend, pipeline)
        found = self._cache.get(key)
        if found is None:
            found = await self._converted(rule, backend, pipeline)
            self._cache.put(key, found)
        if found.error is not None:
            raise Invalid("not_convertible", f"{backend.title} cannot express this rule: {found.error}")
        return found

    async def close(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()

    async def _converted(self, rule: DetectionRule, backend: Backend, pipeline: str | None) -> Conversion:
        wanted = pipeline or backend.pipelines[0]
        answer = await self._ask(rule, backend, wanted)
        if answer["error"] is None:
            return Conversion(backend.name, None if wanted == PLAIN else wanted, tuple(answer["queries"]))
        if pipeline is None and wanted != PLAIN:
            plain = await self._ask(rule, backend, PLAIN)
            if plain["error"] is None:
                note = f"Fields are Sigma's own: the mapping {wanted} does not fit this rule. {answer['error']}"
                return Conversion(backend.name, None, tuple(plain["queries"]), (note,))
        return Conversion(backend.name, wanted, error=answer["error"])

    async def _ask(self, rule: DetectionRule, backend: Backend, pipeline: str) -> dict[str, Any]:
        raw = rule.raw or {}
        merged = raw.get("together") or raw.get("rule")
        request = {
            "text": rule.source_text,
            "rule": merged if isinstance(merged, Mapping | list) else None,
            "backend": backend.name,
            "pipeline": pipeline,
        }
        async with self._turn:
            try:
                async with asyncio.timeout(self._seconds):
                    process = await self._started()
                    line = await _exchange(process, orjson.dumps(request, option=orjson.OPT_APPEND_NEWLINE))
            except (TimeoutError, ConnectionError, ValueError) as error:
                await self._end()
                raise UpstreamFailed(
                    "conversion_failed", "The conversion took too long or too much memory and was stopped."
                ) from error
            except asyncio.CancelledError:
                # An answer that nobody reads would be taken for that of the next question.
                await self._end()
                raise
            self._rest()
        answer: dict[str, Any] = orjson.loads(line)
        return answer

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                MODULE,
                str(os.getpid()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PYTHONPATH": str(BACKEND_FOLDER), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"},
                limit=LINE_LIMIT,
            )
        return self._process

    def _rest(self) -> None:
        """Let the process go when nobody asks for a while: it holds eighty megabytes."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(self._idle_seconds, self._let_go)

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None and not self._turn.locked():
            # It ends by itself at the end of its input.
            self._process.stdin.close()
            self._process = None

    async def _end(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def _exchange(process: asyncio.subprocess.Process, request: bytes) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(request)
    await process.stdin.drain()
    line = await process.stdout.readline()
    if not line.endswith(b"\n"):
        raise ConnectionError
    return line


def _cache_key(rule: DetectionRule, backend: Backend, pipeline: str | None) -> str:
    content = rule.content_hash or hashlib.sha256(rule.source_text.encode()).hexdigest()
    return f"{content} {backend.name} {pipeline or ''}"


def checked_backend(rule: DetectionRule, name: str, pipeline: str | None) -> Backend:
    """The backend of that name.

    Raises NotFound `unknown_backend`, Invalid `unknown_pipeline`, or `not_convertible` for what is no Sigma rule.
    """
    backend = backend_named(name)
    if backend is None:
        raise NotFound("unknown_backend", "There is no such language; GET detection-rules/backends lists them.")
    if pipeline is not None and pipeline not in backend.pipelines:
        raise Invalid("unknown_pipeline", f"Mappings for {backend.title}: {', '.join(backend.pipelines)}.")
    if rule.language != SIGMA or not rule.source_text:
        raise Invalid("not_convertible", f"Only Sigma rules are converted; this one is {rule.language or 'no query'}.")
    return backend
