"""ATT&CK from a TAXII server, 2.1 or 2.0, read completely or not at all."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Self
from urllib.parse import urljoin

import orjson
from taxii2client import MEDIA_TYPE_TAXII_V20, MEDIA_TYPE_TAXII_V21, v20, v21

from app.errors import AppError, UpstreamFailed
from app.importers.attack.github import release_dates
from app.importers.attack.records import Domain
from app.importers.attack.release import COLLECTIONS, release_of_name
from app.importers.attack.taxii_session import BridgeAdapter, ask, open_connection
from app.importers.attack.way import WayResult
from app.importers.base import BundleFile, FetchRequest, sha256_of_files
from app.importers.guard import host_of
from app.importers.http import Downloader

MITRE_HOST: Final = "attack-taxii.mitre.org"
MITRE_ALLOWANCE: Final = 10
"""Requests in ten minutes that MITRE's server grants an address."""
EXPECTED_OBJECTS: Final[dict[Domain, int]] = {"enterprise": 25_000, "mobile": 2_600, "ics": 1_900}
"""TAXII 2.1 does not tell how many objects follow, so MITRE's own collections are estimated."""
RETIRED_IDS: Final[dict[str, Domain]] = {
    "95ecc380-afe9-11e4-9b6c-751b66dd541e": "enterprise",
    "2f669986-b40b-4423-b720-4396ca6a462b": "mobile",
    "02c3ef24-9cd4-48f3-a99f-b74ce24f1d34": "ics",
}
"""Collections of MITRE's retired 2.0 server, which private servers still mirror."""
TITLES: Final[dict[Domain, re.Pattern[str]]] = {
    "enterprise": re.compile(r"\benterprise\b", re.IGNORECASE),
    "mobile": re.compile(r"\bmobile\b", re.IGNORECASE),
    "ics": re.compile(r"\bics\b|\bindustrial\b", re.IGNORECASE),
}
CONTENT_RANGE: Final = re.compile(r"items (\d{1,9})-(\d{1,9})/(\d{1,9})")
MAX_ROOTS: Final = 5
MAX_COLLECTIONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Session:
    """A server that answered, and how it is spoken to."""

    request: FetchRequest
    adapter: BridgeAdapter
    connection: Any
    version: str
    roots: list[str]


def fetch_taxii(request: FetchRequest, downloader: Downloader, domains: Sequence[Domain]) -> WayResult:
    """Read the collections of the domains, if the server's first answers show that they can be read at all."""
    result = WayResult()
    try:
        session = _discover(request, downloader)
        collections = _collections(session)
    except AppError as error:
        result.miss(domains, error)
        return result
    for position, domain in enumerate(domains):
        try:
            collection = _pick(collections, domain)
            if _unchanged(session, collection, domain):
                result.unchanged.append(domain)
                continue
            bundle = _read(session, collection, domain, downloader)
        except AppError as error:
            if error.code in {"upstream_rate_limited", "upstream_unreachable", "upstream_timeout"}:
                result.miss(domains[position:], error)
                break
            result.miss([domain], error)
            continue
        result.keep(request, bundle, domain)
    return result


def _discover(request: FetchRequest, downloader: Downloader) -> _Session:
    """Find the API roots. TAXII_URL may be a discovery address or an API root, of either version."""
    limits = request.limits
    adapter = BridgeAdapter(downloader, limits.taxii_page_bytes, limits.taxii_total_bytes)
    first_error: UpstreamFailed | None = None
    for version, media_type in (("2.1", MEDIA_TYPE_TAXII_V21), ("2.0", MEDIA_TYPE_TAXII_V20)):
        connection = open_connection(adapter, version, request.taxii_username, request.taxii_password)
        url = request.taxii_url.rstrip("/") + "/"
        try:
            answer = ask(lambda: connection.get(url, headers={"Accept": media_type}))  # noqa: B023  called at once
        except UpstreamFailed as error:
            if error.code not in {"taxii_not_acceptable", "taxii_wrong_answer", "upstream_not_found"}:
                raise
            first_error = first_error or error
            continue
        return _Session(request, adapter, connection, version, _roots_of(answer, url))
    assert first_error is not None
    raise first_error


def _roots_of(answer: object, url: str) -> list[str]:
    if not isinstance(answer, dict):
        raise UpstreamFailed("taxii_wrong_answer", "The TAXII server's discovery answer is no object.")
    roots = answer.get("api_roots")
    if roots is None and "versions" in answer:
        return [url]
    named = [root for root in [answer.get("default"), *(roots or [])] if isinstance(root, str)]
    if not named:
        raise UpstreamFailed("taxii_wrong_answer", "The TAXII server names no API root.")
    return list(dict.fromkeys(urljoin(url, root) for root in named))[:MAX_ROOTS]


def _collections(session: _Session) -> list[Any]:
    library = v21 if session.version == "2.1" else v20
    found: list[Any] = []
    problem: UpstreamFailed | None = None
    for root in session.roots:
        try:
            api_root = ask(lambda: library.ApiRoot(root, conn=session.connection))  # noqa: B023  called at once
            found += ask(lambda: api_root.collections)  # noqa: B023  called at once
        except UpstreamFailed as error:
            if error.code not in {"taxii_wrong_answer", "taxii_not_acceptable", "upstream_not_found"}:
                raise
            problem = error
        if any(_domain_by_id(collection) for collection in found):
            break
    if not found and problem is not None:
        raise problem
    return found[:MAX_COLLECTIONS]


def _domain_by_id(collection: Any) -> Domain | None:
    return COLLECTIONS.get(collection.id) or RETIRED_IDS.get(collection.id)


def _pick(collections: list[Any], domain: Domain) -> Any:
    readable = [collection for collection in collections if collection.can_read is True]
    for collection in readable:
        if _domain_by_id(collection) == domain:
            return collection
    for collection in readable:
        if isinstance(collection.title, str) and TITLES[domain].search(collection.title):
            return collection
    raise UpstreamFailed("taxii_no_collection", f"The TAXII server has no readable collection of {domain}.")


def _unchanged(session: _Session, collection: Any, domain: Domain) -> bool:
    """Ask whether anything came since the last time; only 2.1 answers that reliably."""
    known = session.request.known.get(domain)
    if known is None or known.taxii_added_last is None or session.version != "2.1":
        return False
    envelope = ask(lambda: collection.get_objects(added_after=known.taxii_added_last, limit=1))
    return isinstance(envelope, dict) and not envelope.get("objects") and not envelope.get("more")


def _read(session: _Session, collection: Any, domain: Domain, downloader: Downloader) -> BundleFile:
    path = session.request.work_dir / f"{domain}-taxii.json"
    writer = _BundleWriter(path, session.request.limits.taxii_max_pages)
    pages = _pages_of_21 if session.version == "2.1" else _pages_of_20
    with writer:
        for page in pages(session, collection, domain):
            writer.add(page)
    release = release_of_name(f"{collection.title} {collection.description or ''}")
    dates = () if writer.has_collection or release else release_dates(session.request, downloader).get(domain, ())
    return BundleFile(
        path=path,
        sha256=sha256_of_files([path]),
        domain=domain,
        way="taxii",
        origin=str(collection.url),
        release=release,
        release_dates=dates,
        taxii_added_last=session.adapter.last_headers.get("X-TAXII-Date-Added-Last"),
    )


def _pages_of_21(session: _Session, collection: Any, domain: Domain) -> Iterator[list[Any]]:
    """Follow `more` and `next`. The same `next` for each page is allowed; the writer sees whether it moves on."""
    size = session.request.limits.taxii_page_size
    token: str | None = None
    first = True
    while True:
        more = {"next": token} if token else {}
        envelope = ask(lambda: collection.get_objects(limit=size, **more))  # noqa: B023  called at once
        objects = _objects_of(envelope)
        yield objects
        if not envelope.get("more"):
            return
        token = envelope.get("next")
        if not isinstance(token, str) or not token:
            raise UpstreamFailed("taxii_wrong_answer", "The TAXII server says that there is more, but not where.")
        if first:
            ours = COLLECTIONS.get(collection.id)
            expected = EXPECTED_OBJECTS[domain] if ours else None
            _check_allowance(session, expected, len(objects))
            first = False


def _pages_of_20(session: _Session, collection: Any, domain: Domain) -> Iterator[list[Any]]:
    """Ask for explicit ranges that begin where the last answer ended, and hold the count against the server's total.

    The library's own paging trusts the width that it asked for; a server that answers one item less each time would
    lose one object in a hundred without a word.
    """
    size = session.request.limits.taxii_page_size
    start = 0
    total: int | None = None
    while total is None or start < total:
        response = ask(lambda: collection.get_objects(start=start, per_request=size))  # noqa: B023  called at once
        objects = _objects_of(ask(response.json))
        stated = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if stated is None and start == 0 and response.status_code == 200:
            yield objects
            return
        if stated is None or int(stated[1]) != start or (total is not None and int(stated[3]) != total):
            raise UpstreamFailed("taxii_wrong_answer", "The TAXII server's range does not fit what was asked for.")
        total = int(stated[3])
        if not objects and start < total:
            raise UpstreamFailed("taxii_shortfall", f"The {domain} collection ended after {start} of {total} objects.")
        yield objects
        if start == 0:
            _check_allowance(session, total, len(objects))
        start += len(objects)
    if start != total:
        raise UpstreamFailed(
            "taxii_shortfall", f"The {domain} collection gave {start} objects, {total} were announced."
        )


def _check_allowance(session: _Session, expected: int | None, page: int) -> None:
    """Leave a server that could not be read to the end; whoever insists on TAXII waits instead."""
    if session.request.pinned == "taxii" or expected is None or not page:
        return
    stated = session.adapter.last_headers.get("X-RateLimit-Remaining", "")
    if stated.isascii() and stated.isdigit():
        left = int(stated)
    elif host_of(session.request.taxii_url) == MITRE_HOST:
        left = MITRE_ALLOWANCE - session.adapter.requests_made
    else:
        return
    needed = math.ceil((expected - page) / page)
    if needed > left:
        raise UpstreamFailed(
            "taxii_allowance",
            f"The TAXII server gives {page} objects at a time; {needed} more requests are needed, {left} are left.",
        )


def _objects_of(envelope: object) -> list[Any]:
    objects = envelope.get("objects", []) if isinstance(envelope, dict) else None
    if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
        raise UpstreamFailed("taxii_wrong_answer", "The TAXII server's answer holds no list of objects.")
    return objects


class _BundleWriter:
    """Writes pages into one bundle file and notices a server that turns in circles."""

    def __init__(self, path: Path, max_pages: int) -> None:
        self.has_collection = False
        self._path = path
        self._pages_left = max_pages
        self._ids: set[object] = set()
        self._stream: IO[bytes] | None = None

    def __enter__(self) -> Self:
        self._stream = self._path.open("wb")
        self._stream.write(b'{"type":"bundle","objects":[')
        return self

    def __exit__(self, *_: object) -> None:
        assert self._stream is not None
        self._stream.write(b"]}")
        self._stream.close()

    def add(self, objects: list[Any]) -> None:
        """Append a page."""
        assert self._stream is not None
        self._pages_left -= 1
        if self._pages_left < 0:
            raise UpstreamFailed("taxii_too_many_pages", "The TAXII server goes on giving pages.")
        before = len(self._ids)
        self._ids.update(str(item.get("id")) for item in objects)
        if before and len(self._ids) == before:
            raise UpstreamFailed("taxii_no_progress", "A page of the TAXII server brought nothing new.")
        self.has_collection |= any(item.get("type") == "x-mitre-collection" for item in objects)
        if objects:
            self._stream.write((b"," if before else b"") + orjson.dumps(objects)[1:-1])
