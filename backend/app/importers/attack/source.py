"""ATT&CK as a source: the ways into it, in their order, with a reason for each that was left."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from app.errors import AppError, UpstreamFailed
from app.importers.attack.bundled import bundled_file
from app.importers.attack.github import fetch_github
from app.importers.attack.offline import fetch_offline, fetch_upload
from app.importers.attack.records import Domain
from app.importers.attack.way import WayResult
from app.importers.base import BundleFile, Fetched, FetchRequest, LeftWay, Source, Way
from app.importers.guard import HostGuard
from app.importers.http import Aborted, Downloader, NetworkRules

SOURCE: Final = Source(
    name="mitre_attack",
    title="MITRE ATT&CK",
    url="https://attack.mitre.org/",
    licence="ATT&CK terms of use, © The MITRE Corporation",
    ways=("offline", "taxii", "github", "bundled"),
)
INTELLIGENCE: Final = Source(
    name="mitre_cti",
    title="MITRE CTI",
    url="https://github.com/mitre/cti",
    licence="ATT&CK terms of use, © The MITRE Corporation",
    ways=("offline", "github"),
)
"""A second way to the same publisher: what ATT&CK knows of groups, campaigns and what they use."""


async def fetch_attack(request: FetchRequest) -> Fetched:
    """Get the bundles of the domains asked for, by the first way that has them, without blocking the event loop.

    Cancelling the task ends a running download at once.
    Raises UpstreamFailed: `attack_unavailable` when several ways failed, else the code of the only way tried.
    """
    fetch = _Fetch(request)
    work = asyncio.ensure_future(asyncio.to_thread(fetch.run))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        fetch.abort()
        with contextlib.suppress(Aborted, AppError):
            await work
        raise


class _Fetch:
    """One run through the ways. Lives in a worker thread; `abort` comes from the event loop's."""

    def __init__(self, request: FetchRequest) -> None:
        self._request = request
        self._bundles: list[BundleFile] = []
        self._unchanged: list[Domain] = []
        self._ways: dict[Domain, Way] = {}
        self._left: list[LeftWay] = []
        self._reasons: dict[Domain, AppError] = {}
        urls = (request.taxii_url, request.github_api_url, request.github_raw_url)
        guard = HostGuard.of(urls, request.allowed_hosts, allow_private=request.allow_private)
        rules = NetworkRules(guard, request.limits, request.proxy, request.no_proxy, request.ca_file)
        self._downloader = Downloader(rules)

    def abort(self) -> None:
        """End a running download."""
        self._downloader.abort()

    def run(self) -> Fetched:
        """Go through the ways until every domain is found."""
        with self._downloader:
            if self._request.upload is not None:
                return Fetched(bundles=(fetch_upload(self._request),))
            waiting: list[Domain] = list(self._request.domains)
            for way in self._order():
                if not waiting:
                    break
                self._take(way, self._try(way, waiting), waiting)
                waiting = [domain for domain in waiting if domain not in self._ways]
        if not self._ways:
            raise self._failure()
        return Fetched(
            bundles=tuple(self._bundles),
            unchanged=tuple(self._unchanged),
            missing={domain: self._reasons[domain].message for domain in waiting},
            left=tuple(self._left),
            ways=self._ways,
        )

    def _order(self) -> Sequence[Way]:
        request = self._request
        if request.pinned != "auto":
            return (request.pinned,)
        ways: list[Way] = ["taxii", "github"]
        if request.content_dir is not None:
            ways.insert(0, "offline")
        if request.bundled_allowed:
            ways.append("bundled")
        return ways

    def _try(self, way: Way, domains: list[Domain]) -> WayResult:
        if way == "offline":
            return fetch_offline(self._request, domains)
        if way == "taxii":
            # The TAXII client brings a second HTTP library, which takes long to import and most runs never need.
            from app.importers.attack.taxii import fetch_taxii  # noqa: PLC0415

            return fetch_taxii(self._request, self._downloader, domains)
        if way == "github":
            return fetch_github(self._request, self._downloader, domains)
        return _fetch_bundled(self._request, domains)

    def _take(self, way: Way, result: WayResult, asked: list[Domain]) -> None:
        self._bundles += result.bundles
        self._unchanged += result.unchanged
        self._ways.update({domain: way for domain in asked if domain not in result.missing})
        self._reasons.update(result.missing)
        codes = {(error.code, error.message) for error in result.missing.values()}
        if len(codes) == 1 and len(result.missing) == len(asked):
            code, reason = codes.pop()
            self._left.append(LeftWay(way, None, code, reason))
            return
        self._left += [LeftWay(way, domain, error.code, error.message) for domain, error in result.missing.items()]

    def _failure(self) -> AppError:
        if len({left.way for left in self._left}) == 1:
            return next(iter(self._reasons.values()))
        told = " ".join(f"{left.way}: {left.reason}" for left in self._left)
        ways = [{"way": left.way, "code": left.code, "reason": left.reason} for left in self._left]
        return UpstreamFailed("attack_unavailable", f"No way gave ATT&CK. {told}", extra={"left": ways})


def _fetch_bundled(request: FetchRequest, domains: Sequence[Domain]) -> WayResult:
    result = WayResult()
    for domain in domains:
        if domain != "enterprise":
            result.miss([domain], UpstreamFailed("bundled_missing", f"The bundled package does not hold {domain}."))
            continue
        try:
            result.keep(request, bundled_file(), domain)
        except AppError as error:
            result.miss([domain], error)
    return result
