"""Repositories from GitHub, or a server like it: the commit first, then its tarball, only when it is a new one."""

import re
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from app.errors import UpstreamFailed
from app.importers.base import sha256_of_files
from app.importers.content import ArchiveFile, ContentRequest, KnownPart, PartDefinition
from app.importers.limits import MAX_MEMBER_BYTES, MIB

if TYPE_CHECKING:
    from app.importers.http import Downloader

SHA: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
MAX_ARCHIVE_BYTES: Final = 512 * MIB
OFFLINE_FOLDER: Final = "github"
SUFFIX: Final = ".tar.gz"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository whose newest commit is wanted, of its default branch or of a certain one."""

    owner: str
    name: str
    ref: str = "HEAD"

    @property
    def slug(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    def page(self, path: str, commit: str | None = None) -> str:
        """Where people read a file of it; with the commit the address stays right when the file moves on."""
        return f"https://github.com/{self.slug}/blob/{commit or self.ref}/{path}"

    def as_part(self, name: str, max_member_bytes: int = MAX_MEMBER_BYTES) -> PartDefinition:
        """This repository as a part of a source."""

        def network(request: ContentRequest, downloader: "Downloader", part: str) -> ArchiveFile | None:
            found = fetch_repository(request, downloader, part, self)
            return None if found is None else replace(found, max_member_bytes=max_member_bytes)

        def offline(request: ContentRequest, part: str) -> ArchiveFile:
            return replace(find_repository(request, part, self), max_member_bytes=max_member_bytes)

        return PartDefinition(name, network, offline, max_member_bytes)


def fetch_repository(
    request: ContentRequest, downloader: "Downloader", part: str, repository: Repository
) -> ArchiveFile | None:
    """Download the newest tarball; None when its commit is the one that we know.

    Raises UpstreamFailed with a code that starts with `upstream_`.
    """
    base = f"{request.github_api_url.rstrip('/')}/repos/{repository.slug}"
    commit = _newest_commit(request, downloader, base, repository)
    known = request.known.get(part, KnownPart())
    if known.release == commit:
        return None
    path = request.work_dir / f"{part}{SUFFIX}"
    url = f"{base}/tarball/{commit}"
    downloader.download(url, path, headers=_headers(request), max_bytes=MAX_ARCHIVE_BYTES)
    return ArchiveFile(path=path, sha256=sha256_of_files([path]), part=part, way="github", origin=url, release=commit)


def find_repository(request: ContentRequest, part: str, repository: Repository) -> ArchiveFile:
    """Take the tarball below CONTENT_DIR: `github/<owner>/<repository>.tar.gz`, else one with a state in its name.

    Raises UpstreamFailed `offline_not_set` or `offline_missing`.
    """
    if request.content_dir is None:
        raise UpstreamFailed("offline_not_set", "CONTENT_DIR is not set.")
    found = next(_candidates(request.content_dir, repository), None)
    if found is None:
        raise UpstreamFailed("offline_missing", f"CONTENT_DIR holds no archive of {repository.slug}.")
    return ArchiveFile(
        path=found,
        sha256=sha256_of_files([found]),
        part=part,
        way="offline",
        origin=str(found.relative_to(request.content_dir)),
    )


def commit_of_archive(path: Path) -> str | None:
    """The commit that git wrote into the head of a tarball. For the worker only: a head can be made to be huge."""
    with suppress(tarfile.TarError, OSError, EOFError), tarfile.open(path, "r|*") as archive:
        archive.next()
        commit = archive.pax_headers.get("comment", "")
        if SHA.fullmatch(commit):
            return commit
    return None


def _candidates(folder: Path, repository: Repository) -> Iterator[Path]:
    place = folder / OFFLINE_FOLDER / repository.owner
    exact = place / f"{repository.name}{SUFFIX}"
    if exact.is_file():
        yield exact
    if place.is_dir():
        named = (path for path in place.iterdir() if path.name.startswith(f"{repository.name}@") and path.is_file())
        yield from sorted((path for path in named if path.name.endswith(SUFFIX)), reverse=True)


def _newest_commit(request: ContentRequest, downloader: "Downloader", base: str, repository: Repository) -> str:
    headers = {**_headers(request), "Accept": "application/vnd.github+json"}
    answer = downloader.get(f"{base}/commits/{repository.ref}", headers=headers, max_bytes=16 * MIB)
    with suppress(orjson.JSONDecodeError):
        body: Any = orjson.loads(answer.body)
        commit = body.get("sha") if isinstance(body, dict) else None
        if isinstance(commit, str) and SHA.fullmatch(commit):
            return commit
    raise UpstreamFailed("upstream_unexpected", f"The server did not tell the newest commit of {repository.slug}.")


def _headers(request: ContentRequest) -> dict[str, str]:
    return {"Authorization": f"Bearer {request.github_token}"} if request.github_token else {}
