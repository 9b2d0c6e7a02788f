"""ATT&CK from GitHub: the STIX 2.0 bundle of mitre/cti, else the STIX 2.1 bundle of attack-stix-data."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from app.errors import AppError, UpstreamFailed
from app.importers.attack.offline import release_dates_of_index
from app.importers.attack.records import Domain
from app.importers.attack.way import WayResult
from app.importers.base import BundleFile, FetchRequest, KnownContent, ReleaseDate, sha256_of_files
from app.importers.http import Downloader
from app.importers.limits import MIB

CTI: Final = "mitre/cti"
STIX_DATA: Final = "mitre-attack/attack-stix-data/master"
HOPELESS: Final = frozenset(
    {
        "upstream_address_refused",
        "upstream_ca_unreadable",
        "upstream_host_refused",
        "upstream_rate_limited",
        "upstream_tls_failed",
        "upstream_unreachable",
        "upstream_unresolved",
    }
)
"""Codes after which the other domains need not be tried at the same host."""


def fetch_github(request: FetchRequest, downloader: Downloader, domains: Sequence[Domain]) -> WayResult:
    """Download the bundles of the domains, asking only for changes where an ETag is known."""
    result = WayResult()
    dates: dict[Domain, tuple[ReleaseDate, ...]] | None = None
    for position, domain in enumerate(domains):
        try:
            bundle = _fetch_one(request, downloader, domain)
            if bundle is None:
                result.unchanged.append(domain)
                continue
            if bundle.release is None and dates is None:
                dates = release_dates(request, downloader)
        except AppError as error:
            if error.code in HOPELESS:
                result.miss(domains[position:], error)
                break
            result.miss([domain], error)
            continue
        result.keep(request, replace(bundle, release_dates=(dates or {}).get(domain, ())), domain)
    return result


def release_dates(request: FetchRequest, downloader: Downloader) -> dict[Domain, tuple[ReleaseDate, ...]]:
    """The publisher's index of releases; empty when it cannot be had, as nothing but the release's name hangs on it."""
    url = f"{request.github_raw_url.rstrip('/')}/{STIX_DATA}/index.json"
    try:
        return release_dates_of_index(downloader.get(url, headers=_headers(request), max_bytes=4 * MIB).body)
    except AppError:
        return {}


def _fetch_one(request: FetchRequest, downloader: Downloader, domain: Domain) -> BundleFile | None:
    known = request.known.get(domain) or KnownContent()
    for url in _addresses(request, domain):
        path = request.work_dir / f"{domain}-{hashlib.sha256(url.encode()).hexdigest()[:8]}.json"
        etag = known.etags.get(url)
        try:
            done = downloader.download(url, path, headers=_headers(request), etag=etag)
        except UpstreamFailed as error:
            if error.code == "upstream_not_found":
                continue
            raise
        if done.not_modified:
            return None
        return BundleFile(
            path=path,
            sha256=sha256_of_files([path]),
            domain=domain,
            way="github",
            origin=url,
            release=request.release,
            etag=done.etag,
        )
    raise UpstreamFailed("upstream_not_found", f"GitHub has no bundle of {domain} in that release.")


def _addresses(request: FetchRequest, domain: Domain) -> Iterator[str]:
    base = request.github_raw_url.rstrip("/")
    name = f"{domain}-attack"
    reference = f"ATT%26CK-v{request.release}" if request.release else "master"
    yield f"{base}/{CTI}/{reference}/{name}/{name}.json"
    suffix = f"-{request.release}" if request.release else ""
    yield f"{base}/{STIX_DATA}/{name}/{name}{suffix}.json"


def _headers(request: FetchRequest) -> dict[str, str]:
    return {"Authorization": f"Bearer {request.github_token}"} if request.github_token else {}
