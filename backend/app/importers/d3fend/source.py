"""D3FEND as a source: its REST API, or a file of its answers.

Mappings come from the bulk file. Where the publisher no longer has one, each ATT&CK technique is asked for by itself;
those answers also hold what sub-techniques inherit, so they map more pairs.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from app.errors import UpstreamFailed
from app.importers.base import Source, sha256_of_files
from app.importers.content import WHOLE, ArchiveFile, ContentDefinition, ContentRequest, KnownPart, PartDefinition
from app.importers.d3fend import layout
from app.importers.limits import MIB

if TYPE_CHECKING:
    from app.importers.http import Downloader

PARSER_VERSION: Final = 1
FOLDER: Final = "d3fend"
SMALL_BYTES: Final = 32 * MIB
MAX_FILE_BYTES: Final = 192 * MIB
"""Of the bulk file, which has 30 MB and grows."""
MAX_CRAWLED: Final = 5_000
NOT_THERE: Final = "upstream_not_found"
NO_BULK: Final = frozenset({NOT_THERE, "upstream_status"})
"""What a server says of a file that it gave up: 404, or 410 among the rest."""
ATTACK_ID: Final = re.compile(r"T[0-9]{4}(?:\.[0-9]{3})?")
ARCHIVE: Final = re.compile(r"d3fend-api-(\d+(?:\.\d+)*)\.tar\.gz")


def fetch_api(request: ContentRequest, downloader: "Downloader", part: str) -> ArchiveFile | None:
    """Fetch the answers into a folder; None when the bulk file is the one that we know.

    Raises UpstreamFailed with a code that starts with `upstream_`.
    """
    base = f"{request.d3fend_api_url.rstrip('/')}/api/"
    folder = request.work_dir / FOLDER
    folder.mkdir()
    known = request.known.get(part, KnownPart())
    _get_if_there(downloader, base, folder, layout.VERSION)
    release = _release_of(folder / layout.VERSION)
    bulk = _place(folder, layout.BULK)
    etag: str | None = None
    try:
        same = release is not None and release == known.release
        wanted = known.etag if same else None
        done = downloader.download(base + layout.BULK, bulk, etag=wanted, max_bytes=MAX_FILE_BYTES)
        if done.not_modified:
            return None
        etag = done.etag
    except UpstreamFailed as error:
        if error.code not in NO_BULK:
            raise
        bulk.unlink(missing_ok=True)
    if not _holds_json(bulk):
        # A site may answer with its front page where a file no longer is.
        bulk.unlink(missing_ok=True)
        etag = None
        _crawl(downloader, base, folder)
    _get(downloader, base, folder, layout.TECHNIQUES)
    _get_if_there(downloader, base, folder, layout.MATRIX)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    digest = sha256_of_files(files)
    return ArchiveFile(
        path=folder,
        sha256=digest,
        part=part,
        way="api",
        origin=base,
        release=release,
        etag=etag,
        max_member_bytes=MAX_FILE_BYTES,
    )


def find_archive(request: ContentRequest, part: str) -> ArchiveFile:
    """Take the newest `d3fend/d3fend-api-<version>.tar.gz` below CONTENT_DIR.

    Raises UpstreamFailed `offline_not_set` or `offline_missing`.
    """
    if request.content_dir is None:
        raise UpstreamFailed("offline_not_set", "CONTENT_DIR is not set.")
    place = request.content_dir / FOLDER
    found = {match[1]: path for path in _files_of(place) if (match := ARCHIVE.fullmatch(path.name))}
    if not found:
        raise UpstreamFailed("offline_missing", "CONTENT_DIR holds no archive of D3FEND's answers.")
    release = max(found, key=lambda version: [int(number) for number in version.split(".")])
    path = found[release]
    return ArchiveFile(
        path=path,
        sha256=sha256_of_files([path]),
        part=part,
        way="offline",
        origin=str(path.relative_to(request.content_dir)),
        release=release,
        max_member_bytes=MAX_FILE_BYTES,
    )


def _files_of(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _crawl(downloader: "Downloader", base: str, folder: Path) -> None:
    """One answer for each ATT&CK technique that D3FEND lists; those that are not there are noted."""
    listed = downloader.get(base + layout.OFFENSIVE, max_bytes=SMALL_BYTES).body
    missing: list[str] = []
    for attack_id in _ids_of(listed):
        try:
            answer = downloader.get(f"{base}{layout.OFFENSIVE_FOLDER}{attack_id}.json", max_bytes=SMALL_BYTES)
        except UpstreamFailed as error:
            if error.code != NOT_THERE:
                raise
            missing.append(attack_id)
            continue
        _place(folder, f"{layout.CRAWL_FOLDER}{attack_id}.json").write_bytes(answer.body)
    (folder / layout.MISSING).write_bytes(orjson.dumps(missing))


def _ids_of(data: bytes) -> list[str]:
    """ATT&CK ids of the list, each once: they become file names, so nothing else passes."""
    try:
        graph = orjson.loads(data)["@graph"]
        ids = {str(entry["@id"]).removeprefix("d3f:") for entry in graph}
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise UpstreamFailed("upstream_unexpected", "D3FEND's list of ATT&CK techniques cannot be read.") from error
    found = sorted(attack_id for attack_id in ids if ATTACK_ID.fullmatch(attack_id))
    if not found or len(found) > MAX_CRAWLED:
        raise UpstreamFailed("upstream_unexpected", "D3FEND's list of ATT&CK techniques is empty or endless.")
    return found


def _get(downloader: "Downloader", base: str, folder: Path, name: str) -> None:
    _place(folder, name).write_bytes(downloader.get(base + name, max_bytes=SMALL_BYTES).body)


def _get_if_there(downloader: "Downloader", base: str, folder: Path, name: str) -> None:
    try:
        _get(downloader, base, folder, name)
    except UpstreamFailed as error:
        if error.code != NOT_THERE:
            raise


def _holds_json(path: Path) -> bool:
    """Whether a file begins as an object of JSON does."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def _place(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _release_of(path: Path) -> str | None:
    try:
        release = orjson.loads(path.read_bytes())["version"]
    except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return release[:40] if isinstance(release, str) else None


DEFINITION: Final = ContentDefinition(
    source=Source(
        name="d3fend",
        title="MITRE D3FEND",
        url="https://d3fend.mitre.org/",
        licence="D3FEND terms of use, © The MITRE Corporation",
        ways=("offline", "api"),
    ),
    parser="app.importers.d3fend.parser",
    parser_version=PARSER_VERSION,
    kinds=("countermeasure",),
    parts=(PartDefinition(WHOLE, fetch_api, find_archive, max_member_bytes=MAX_FILE_BYTES),),
)
