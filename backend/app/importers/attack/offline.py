"""ATT&CK from files: a folder that the operator names, or one file that somebody hands in."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

import orjson

from app.errors import Invalid, UpstreamFailed
from app.importers.archive import read_bounded
from app.importers.attack.records import Domain
from app.importers.attack.release import COLLECTIONS, release_key, release_of_name
from app.importers.attack.way import WayResult
from app.importers.base import BundleFile, FetchRequest, ReleaseDate, sha256_of_files
from app.importers.limits import MIB

BUNDLE_NAME: Final = re.compile(r"(enterprise|mobile|ics)-attack(?:-v?(\d{1,3}\.\d{1,3}))?\.json(?:\.gz)?")
FOLDERS: Final = (".", "attack", "stix21", "attack/stix21")
DOMAIN_FOLDERS: Final = ("enterprise-attack", "mobile-attack", "ics-attack")
INDEX_NAME: Final = "index.json"
MAX_FILES: Final = 10_000


def fetch_upload(request: FetchRequest) -> BundleFile:
    """Describe the file that somebody handed in; its domain is found out by the parser."""
    assert request.upload is not None
    name = request.upload_name or request.upload.name
    return BundleFile(
        path=request.upload,
        sha256=sha256_of_files([request.upload]),
        domain=None,
        way="offline",
        origin=Path(name).name[:200],
        release=request.release or release_of_name(name),
    )


def fetch_offline(request: FetchRequest, domains: Sequence[Domain]) -> WayResult:
    """Take the newest bundle of each domain below CONTENT_DIR, whatever of the usual layouts it has."""
    result = WayResult()
    folder = request.content_dir
    if folder is None:
        result.miss(domains, UpstreamFailed("offline_not_set", "CONTENT_DIR is not set."))
        return result
    if not folder.is_dir():
        result.miss(domains, UpstreamFailed("offline_missing", "CONTENT_DIR is no folder that can be read."))
        return result
    dates = _release_dates(folder)
    for domain in domains:
        found = _newest(folder, domain, request.release)
        if found is None:
            result.miss([domain], UpstreamFailed("offline_missing", f"CONTENT_DIR holds no bundle of {domain}."))
            continue
        path, release = found
        bundle = BundleFile(
            path=path,
            sha256=sha256_of_files([path]),
            domain=domain,
            way="offline",
            origin=str(path.relative_to(folder)),
            release=release,
            release_dates=dates.get(domain, ()),
        )
        result.keep(request, bundle, domain)
    return result


def release_dates_of_index(data: bytes) -> dict[Domain, tuple[ReleaseDate, ...]]:
    """Read the publisher's index of releases.

    Raises Invalid `invalid_index` when it is not one.
    """
    try:
        index = orjson.loads(data)
        return {
            COLLECTIONS[collection["id"]]: tuple(
                ReleaseDate(str(entry["version"]), str(entry["modified"])) for entry in collection["versions"]
            )
            for collection in cast("list[dict[str, Any]]", index["collections"])
            if collection["id"] in COLLECTIONS
        }
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise Invalid("invalid_index", "The index of releases has another form than expected.") from error


def _newest(folder: Path, domain: Domain, wanted: str | None) -> tuple[Path, str | None] | None:
    candidates = [
        (path, release)
        for path, found, release in _bundles(folder)
        if found == domain and (wanted is None or release in {wanted, None})
    ]
    # Files without a release in their name come last: nobody can tell how old they are before they are read.
    return max(candidates, key=lambda pair: release_key(pair[1]) if pair[1] else (), default=None)


def _bundles(folder: Path) -> Iterator[tuple[Path, str, str | None]]:
    for name in (*FOLDERS, *DOMAIN_FOLDERS):
        place = folder / name
        if not place.is_dir():
            continue
        for count, path in enumerate(sorted(place.iterdir())):
            if count >= MAX_FILES:
                break
            matched = BUNDLE_NAME.fullmatch(path.name)
            if matched and path.is_file():
                yield path, matched[1], matched[2]


def _release_dates(folder: Path) -> dict[Domain, tuple[ReleaseDate, ...]]:
    for name in FOLDERS:
        index = folder / name / INDEX_NAME
        if index.is_file():
            try:
                return release_dates_of_index(read_bounded(index, MIB))
            except Invalid:
                continue  # some other index.json: without dates the names have to do
    return {}
