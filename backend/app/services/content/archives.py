"""Sources that come as archives, for the pipeline: fetch what is new, parse it in the worker, hand over the files."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast

from app.errors import AppError, Invalid, UpstreamFailed
from app.importers.base import sha256_of_files
from app.importers.content import ArchiveFile, ContentDefinition, ContentRequest, KnownPart
from app.importers.http import Aborted, Downloader
from app.importers.packs import read_listing
from app.importers.worker import ContentSummary, ParseProgress, parse_archives_in_worker
from app.services.content.gathering import Gathered, GatherRequest
from app.services.content.staging import Part, Progress, Staged

SKIPPED_KIND: Final = "other"
POLL_SECONDS: Final = 0.3

Done = TypeVar("Done")


def gatherer(definition: ContentDefinition) -> Callable[[GatherRequest, Progress], Awaitable[Gathered]]:
    """The `gather` of a source with this definition."""

    async def gather(request: GatherRequest, progress: Progress) -> Gathered:
        return await _gather(definition, request, progress)

    return gather


async def fetch_archives(definition: ContentDefinition, request: GatherRequest) -> list[ArchiveFile]:
    """The publisher's archives as they are, for a content pack. Raises UpstreamFailed when one cannot be had."""
    fetch = await _in_thread(_Fetch(definition, request))
    if fetch.missing:
        part, reason = min(fetch.missing.items())
        raise UpstreamFailed("upstream_missing", f"{definition.source.title} ({part}): {reason}")
    return fetch.archives


async def _gather(definition: ContentDefinition, request: GatherRequest, progress: Progress) -> Gathered:
    await progress("fetching", 0, None)
    fetch = _Fetch(definition, request)
    fetched = await _watched(_in_thread(fetch), lambda: progress("fetching", len(fetch.archives), None))
    if not fetched.archives:
        return Gathered(None, tuple(fetched.unchanged), fetched.missing, way=fetched.way, notes=tuple(fetched.notes))
    out = request.work_dir / "records"
    out.mkdir()
    read = [0]

    def note(said: ParseProgress) -> None:
        read[0] = max(said.done, 0)

    work = parse_archives_in_worker(definition, fetched.archives, out, note)
    summary = await _watched(work, lambda: progress("parsing", read[0], None))
    return Gathered(
        _staged(definition, summary),
        tuple(fetched.unchanged),
        fetched.missing,
        _origins(definition, summary, request),
        fetched.way,
        tuple(fetched.notes),
    )


async def _watched(work: Awaitable[Done], tell: Callable[[], Awaitable[None]]) -> Done:
    """Wait, telling how far it is; a wish to end the run ends the work too."""
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=POLL_SECONDS)
            await tell()
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


async def _in_thread(fetch: "_Fetch") -> "_Fetch":
    work = asyncio.ensure_future(asyncio.to_thread(fetch.run))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        fetch.abort()
        with contextlib.suppress(Aborted, AppError):
            await work
        raise
    return fetch


class _Fetch:
    """One pass over the parts. Lives in a worker thread; `abort` comes from the event loop's."""

    def __init__(self, definition: ContentDefinition, request: GatherRequest) -> None:
        self.archives: list[ArchiveFile] = []
        self.unchanged: list[str] = []
        self.missing: dict[str, str] = {}
        self.notes: list[Mapping[str, Any]] = []
        self._definition = definition
        self._gather = request
        self._request = _content_request(definition, request)
        self._ways: set[str] = set()
        self._errors: list[AppError] = []
        self._downloader = Downloader(self._request.rules())

    @property
    def way(self) -> str:
        """How the content came."""
        return "+".join(sorted(self._ways))

    def abort(self) -> None:
        """End a running download."""
        self._downloader.abort()

    def run(self) -> None:
        """Get every part that is wanted.

        Raises the first error when no part could be had.
        """
        with self._downloader:
            if self._gather.upload is not None:
                for archive in self._handed_in(self._gather.upload):
                    self._keep(archive)
                return
            for part in self._request.parts:
                self._get(part)
        if self._errors and not self.archives and not self.unchanged:
            first = self._errors[0]
            raise type(first)(first.code, first.message, extra={"left": self.notes})

    def _handed_in(self, path: Path) -> list[ArchiveFile]:
        if not path.is_dir():
            return [self._uploaded(path)]
        self._ways.add("upload")
        return [
            ArchiveFile(
                path=unpacked,
                sha256=file.sha256,
                part=file.part,
                way="upload",
                origin=file.origin,
                release=file.release,
                max_member_bytes=file.max_member_bytes,
            )
            for file, unpacked in read_listing(path)
        ]

    def _uploaded(self, path: Path) -> ArchiveFile:
        if len(self._request.parts) != 1:
            names = ", ".join(part.name for part in self._definition.parts)
            raise Invalid("part_unknown", f"Say which part of the source the file is: {names}.")
        self._ways.add("upload")
        part, name = self._request.parts[0], self._gather.upload_name[:200]
        return ArchiveFile(
            path=path,
            sha256=sha256_of_files([path]),
            part=part,
            way="upload",
            origin=name,
            release=self._gather.release,
            max_member_bytes=self._definition.part(part).max_member_bytes,
        )

    def _get(self, part: str) -> None:
        for way in self._order():
            definition = self._definition.part(part)
            try:
                if way == "offline":
                    self._keep(definition.offline(self._request, part))
                elif (archive := definition.network(self._request, self._downloader, part)) is None:
                    self.unchanged.append(part)
                else:
                    self._keep(archive)
            except UpstreamFailed as error:
                self.notes.append({"way": way, "domain": part, "code": error.code, "reason": error.message})
                self.missing[part] = error.message
                self._errors.append(error)
                continue
            self.missing.pop(part, None)
            self._ways.add(way)
            return

    def _order(self) -> list[str]:
        network = next(way for way in self._definition.source.ways if way != "offline")
        if self._request.pinned != "auto":
            return ["offline" if self._request.pinned == "offline" else network]
        return ["offline", network] if self._request.content_dir is not None else [network]

    def _keep(self, archive: ArchiveFile) -> None:
        known = self._request.known.get(archive.part)
        if known is not None and known.sha256 == archive.sha256:
            self.unchanged.append(archive.part)
        else:
            self.archives.append(archive)


def _content_request(definition: ContentDefinition, request: GatherRequest) -> ContentRequest:
    settings = request.settings
    names = tuple(part.name for part in definition.parts)
    return ContentRequest(
        work_dir=request.work_dir,
        parts=tuple(part for part in request.parts if part in names) or names,
        pinned=cast("Literal['auto', 'github', 'offline', 'api']", request.way or "auto"),
        upload=request.upload,
        upload_name=request.upload_name,
        content_dir=settings.content_dir,
        github_api_url=settings.github_api_url,
        d3fend_api_url=settings.d3fend_api_url,
        github_token=settings.github_token.get_secret_value() if settings.github_token else None,
        allowed_hosts=frozenset(settings.upstream_hosts),
        allow_private=settings.allow_private_upstreams,
        proxy=settings.https_proxy,
        no_proxy=settings.no_proxy,
        ca_file=settings.upstream_ca_file,
        known={} if request.fresh else _known(definition, request.state),
    )


def _known(definition: ContentDefinition, state: Mapping[str, Mapping[str, Any]]) -> dict[str, KnownPart]:
    """What earlier runs remembered, unless the parser reads more today than it did then."""
    return {
        part: KnownPart(sha256=facts.get("sha256"), release=facts.get("release"), etag=facts.get("etag"))
        for part, facts in state.items()
        if facts.get("parser_version") == definition.parser_version
    }


def _staged(definition: ContentDefinition, summary: ContentSummary) -> Staged:
    return Staged(
        source=definition.source.name,
        parts=tuple(Part(archive.part, archive.release, ordered=False) for archive in summary.archives),
        files=summary.files,
        skipped={SKIPPED_KIND: summary.skipped} if summary.skipped else {},
        incomplete=tuple(archive.part for archive in summary.archives if archive.unread),
        problems=[
            {"path": problem.path, "code": problem.code, "message": problem.message} for problem in summary.problems
        ],
    )


def _origins(
    definition: ContentDefinition, summary: ContentSummary, request: GatherRequest
) -> dict[str, dict[str, Any]]:
    return {
        archive.part: {
            "way": archive.way,
            "origin": request.upload_name or archive.origin,
            "sha256": archive.sha256,
            "etag": archive.etag,
            # What could not be read is tried again, whether it changed or not.
            "parser_version": None if archive.unread else definition.parser_version,
        }
        for archive in summary.archives
    }
