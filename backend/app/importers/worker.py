"""Runs the parser process beside the event loop."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from app.errors import AppError, Invalid, UpstreamFailed
from app.importers.attack.records import Domain, Kind
from app.importers.base import BundleFile, Problem
from app.importers.content import ArchiveFile, ContentDefinition
from app.importers.limits import MIB, WorkerLimits
from app.importers.worker_protocol import (
    EXIT_OK,
    EXIT_OUT_OF_MEMORY,
    ArchiveSummary,
    BundleSummary,
    WorkerJob,
    archive_summary_from_json,
    job_to_json,
    summary_from_json,
)

WORKER_MODULE: Final = "app.importers.worker_main"
BACKEND: Final = Path(__file__).resolve().parents[2]
LINE_LIMIT: Final = 16 * MIB
MAX_STDERR: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class ParseProgress:
    """Where the parser process is."""

    phase: str
    """`reading`, then `parsing`, for each bundle."""
    domain: str | None
    """Domain of ATT&CK, or part of another source."""
    done: int
    total: int
    """0 while it is not known."""


@dataclass(frozen=True, slots=True)
class ParseSummary:
    """What the parser process made of all bundles."""

    folder: Path
    bundles: tuple[BundleSummary, ...]
    lines: dict[str, int]
    """Lines written, by kind. An object of two domains has two."""

    def file_of(self, kind: Kind) -> Path:
        """The file of a kind: `key TAB domain TAB hash TAB record` a line; it exists even when it is empty."""
        return self.folder / f"{kind}.tsv"

    @property
    def read(self) -> int:
        """Objects read and counted: every one ends as added, updated, unchanged or skipped."""
        return sum(bundle.read for bundle in self.bundles)

    @property
    def skipped(self) -> int:
        """Objects left out."""
        return sum(bundle.skipped for bundle in self.bundles)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why they were left out."""
        return tuple(problem for bundle in self.bundles for problem in bundle.problems)

    @property
    def releases(self) -> dict[Domain, str | None]:
        """Release by domain, null where it could not be told."""
        return {bundle.domain: bundle.release for bundle in self.bundles}


@dataclass(frozen=True, slots=True)
class ContentSummary:
    """What the parser process made of the archives of a source other than ATT&CK."""

    folder: Path
    archives: tuple[ArchiveSummary, ...]
    lines: dict[str, int]
    """Lines written, by kind; a kind without any has a file all the same."""

    @property
    def files(self) -> dict[str, Path]:
        """The file of each kind, as `ParseSummary.file_of`."""
        return {kind: self.folder / f"{kind}.tsv" for kind in self.lines}

    @property
    def skipped(self) -> int:
        """Items left out."""
        return sum(archive.skipped for archive in self.archives)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why they were left out."""
        return tuple(problem for archive in self.archives for problem in archive.problems)


class _Outcome:
    """Collects what the process says line by line."""

    def __init__(self, on_progress: Callable[[ParseProgress], None] | None) -> None:
        self.bundles: list[BundleSummary] = []
        self.archives: list[ArchiveSummary] = []
        self.lines: dict[str, int] | None = None
        self.failure: AppError | None = None
        self._on_progress = on_progress

    @property
    def written(self) -> dict[str, int]:
        """Lines by kind, once the process has ended well."""
        assert self.lines is not None
        return self.lines

    def take(self, line: bytes) -> None:
        message: dict[str, Any] = orjson.loads(line)
        if "bundle" in message:
            self.bundles.append(summary_from_json(message["bundle"]))
        elif "archive" in message:
            self.archives.append(archive_summary_from_json(message["archive"]))
        elif "lines" in message:
            self.lines = message["lines"]
        elif "failed" in message:
            self.failure = Invalid(message["failed"]["code"], message["failed"]["message"])
        elif self._on_progress is not None:
            self._on_progress(ParseProgress(message["phase"], message["domain"], message["done"], message["total"]))


async def parse_in_worker(
    bundles: Sequence[BundleFile],
    out_dir: Path,
    on_progress: Callable[[ParseProgress], None] | None = None,
    limits: WorkerLimits | None = None,
    known_hashes: Path | None = None,
) -> ParseSummary:
    """Parse bundles in a confined process of low priority, writing one file a kind into the empty folder `out_dir`.

    With a file of known hashes (`key TAB hash` a line) the lines of unchanged objects have an empty record.
    The process is killed when this task is cancelled, when the application dies, and when it takes too long.
    Raises Invalid with the parser's code for content that cannot be used, and UpstreamFailed `parser_out_of_memory`,
    `parser_timeout` or `parser_failed` when the process itself came to grief.
    """
    bounds = limits or WorkerLimits()
    outcome = await _run(WorkerJob(os.getpid(), tuple(bundles), out_dir, bounds, known_hashes), on_progress)
    return ParseSummary(out_dir, tuple(outcome.bundles), outcome.written)


async def parse_archives_in_worker(
    definition: ContentDefinition,
    archives: Sequence[ArchiveFile],
    out_dir: Path,
    on_progress: Callable[[ParseProgress], None] | None = None,
    limits: WorkerLimits | None = None,
) -> ContentSummary:
    """Parse archives of a source with its own parser, as `parse_in_worker` does with bundles of ATT&CK."""
    bounds = limits or WorkerLimits()
    job = WorkerJob(os.getpid(), (), out_dir, bounds, archives=tuple(archives), parser=definition.parser)
    outcome = await _run(job, on_progress)
    lines = dict.fromkeys((str(kind) for kind in definition.kinds), 0) | outcome.written
    return ContentSummary(out_dir, tuple(outcome.archives), lines)


async def _run(job: WorkerJob, on_progress: Callable[[ParseProgress], None] | None) -> _Outcome:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        WORKER_MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(BACKEND), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", "TMPDIR": str(job.out_dir)},
        cwd=job.out_dir,
        limit=LINE_LIMIT,
    )
    outcome = _Outcome(on_progress)
    try:
        async with asyncio.timeout(job.limits.wall_seconds):
            said = await _converse(process, job_to_json(job), outcome)
            code = await process.wait()
    except TimeoutError as error:
        raise UpstreamFailed("parser_timeout", "Reading the content took too long and was stopped.") from error
    finally:
        await _end(process)
    if outcome.failure is not None:
        raise outcome.failure
    if code != EXIT_OK or outcome.lines is None:
        _raise_for(code, said)
    return outcome


async def _converse(process: asyncio.subprocess.Process, job: bytes, outcome: _Outcome) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    complaints = asyncio.create_task(_first_bytes(process.stderr))
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(job)
            await process.stdin.drain()
        process.stdin.close()
        async for line in process.stdout:
            outcome.take(line)
        return await complaints
    finally:
        complaints.cancel()


async def _first_bytes(stream: asyncio.StreamReader) -> bytes:
    kept = b""
    while chunk := await stream.read(4096):
        kept = (kept + chunk)[-MAX_STDERR:]
    return kept


def _raise_for(code: int, said: bytes) -> None:
    if code == EXIT_OUT_OF_MEMORY or b"MemoryError" in said:
        raise UpstreamFailed("parser_out_of_memory", "The content needs more memory than a parser may use.")
    raise UpstreamFailed("parser_failed", f"The parser process ended unexpectedly (exit code {code}).")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
