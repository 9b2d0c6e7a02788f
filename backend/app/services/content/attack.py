"""ATT&CK for the pipeline: fetch by the best way, parse in the worker, hand over the files."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal, cast

from app.domain.content import ATTACK_SOURCE
from app.errors import Invalid, UpstreamFailed
from app.importers.attack.records import PARSER_VERSION, Domain, Kind
from app.importers.attack.source import INTELLIGENCE, fetch_attack
from app.importers.base import BundleFile, Fetched, FetchRequest, KnownContent, ReleaseDate, sha256_of_files
from app.importers.packs import read_listing
from app.importers.worker import ParseSummary, parse_in_worker
from app.services.content.gathering import Gathered, GatherRequest
from app.services.content.staging import Part, Progress, Staged

Pinned = Literal["auto", "taxii", "github", "offline", "bundled"]
SKIPPED_KIND: Final = "other"
"""Items that could not be read belong to no kind."""


INTELLIGENCE_KINDS: Final = frozenset({"group", "campaign", "software", "link"})
"""Who does what: the part of ATT&CK that `mitre_cti` keeps fresh between releases."""


async def gather_intelligence(request: GatherRequest, progress: Progress) -> Gathered:
    """Fetch and parse what ATT&CK knows of adversaries, and leave the rest of it alone. Raises as `gather_attack`."""
    way = request.way or ("offline" if request.settings.content_dir is not None else "github")
    gathered = await gather_attack(replace(request, way=way), progress)
    staged = gathered.staged
    if staged is None:
        return gathered
    parts = tuple(
        replace(part, was_summary=bool(request.held.get(part.domain, {}).get("summary"))) for part in staged.parts
    )
    files = {kind: path for kind, path in staged.files.items() if kind in INTELLIGENCE_KINDS}
    only = tuple(sorted(INTELLIGENCE_KINDS))
    return replace(
        gathered,
        staged=replace(staged, parts=parts, files=files, only=only, recorded_by=INTELLIGENCE.name),
    )


async def gather_attack(request: GatherRequest, progress: Progress) -> Gathered:
    """Fetch and parse the ATT&CK domains asked for.

    Raises UpstreamFailed when no way gives them, Invalid for content that cannot be used.
    """
    packed = request.upload is not None and request.upload.is_dir()
    if request.upload is not None and not packed and not request.fresh:
        digest = await asyncio.to_thread(sha256_of_files, [request.upload])
        same = tuple(part for part, state in request.state.items() if state.get("sha256") == digest)
        if same:
            return Gathered(None, unchanged=same, way="upload")
    await progress("fetching", 0, None)
    fetched = _unpacked(request) if packed else await fetch_attack(_fetch_request(request))
    missing = {str(domain): reason for domain, reason in fetched.missing.items()}
    notes = tuple(
        {"way": left.way, "domain": left.domain, "code": left.code, "reason": left.reason} for left in fetched.left
    )
    ways = sorted(set(fetched.ways.values()))
    way = "upload" if request.upload is not None else "+".join(ways)
    if not fetched.bundles:
        return Gathered(None, fetched.unchanged, missing, way=way, notes=notes)
    await progress("parsing", 0, len(fetched.bundles))
    out = request.work_dir / "records"
    out.mkdir()
    bundles = [_with_release(bundle, request.release) for bundle in fetched.bundles]
    known = None if request.known_hashes is None else await request.known_hashes()
    summary = await parse_in_worker(bundles, out, known_hashes=known)
    await progress("parsing", len(bundles), len(bundles))
    staged = _staged(summary, request.state)
    origins = _origins(summary, fetched, request.upload_name)
    return Gathered(staged, fetched.unchanged, missing, origins, way, notes)


async def fetch_bundles(request: GatherRequest) -> Sequence[BundleFile]:
    """The publisher's bundles as they are, for a content pack. Raises UpstreamFailed when one cannot be had."""
    fetched = await fetch_attack(replace(_fetch_request(request), bundled_allowed=False))
    if fetched.missing:
        domain, reason = min(fetched.missing.items())
        raise UpstreamFailed("upstream_missing", f"ATT&CK ({domain}): {reason}")
    return fetched.bundles


def _unpacked(request: GatherRequest) -> Fetched:
    """The bundles of a content pack, without those that we hold."""
    assert request.upload is not None, "packs are handed in"
    bundles: list[BundleFile] = []
    unchanged: list[Domain] = []
    known = {} if request.fresh else _known(request.state)
    for file, path in read_listing(request.upload):
        domain = cast("Domain", file.part)
        if domain in known and known[domain].sha256 == file.sha256:
            unchanged.append(domain)
            continue
        dates = tuple(ReleaseDate(version, modified) for version, modified in file.release_dates)
        bundles.append(
            BundleFile(path, file.sha256, domain, "offline", file.origin, release=file.release, release_dates=dates)
        )
    return Fetched(tuple(bundles), tuple(unchanged))


def _with_release(bundle: BundleFile, release: str | None) -> BundleFile:
    return bundle if release is None else replace(bundle, release=release, release_dates=())


def _fetch_request(request: GatherRequest) -> FetchRequest:
    settings = request.settings
    full = any(not state.get("summary") for state in request.state.values())
    return FetchRequest(
        work_dir=request.work_dir,
        domains=cast("tuple[Domain, ...]", request.parts),
        pinned=cast("Pinned", request.way or settings.attack_source),
        upload=request.upload,
        upload_name=request.upload_name,
        content_dir=settings.content_dir,
        taxii_url=settings.taxii_url,
        taxii_username=settings.taxii_username,
        taxii_password=settings.taxii_password.get_secret_value() if settings.taxii_password else None,
        github_api_url=settings.github_api_url,
        github_raw_url=settings.github_raw_url,
        github_token=settings.github_token.get_secret_value() if settings.github_token else None,
        allowed_hosts=frozenset(settings.upstream_hosts),
        allow_private=settings.allow_private_upstreams,
        proxy=settings.https_proxy,
        no_proxy=settings.no_proxy,
        ca_file=settings.upstream_ca_file,
        known={} if request.fresh else _known(request.state),
        bundled_allowed=not full,
    )


def _known(state: Mapping[str, Mapping[str, Any]]) -> dict[Domain, KnownContent]:
    """What earlier runs remembered, unless the parser reads more today than it did then."""
    return {
        cast("Domain", domain): KnownContent(
            sha256=facts.get("sha256"),
            etags=facts.get("etags", {}),
            taxii_added_last=facts.get("taxii_added_last"),
        )
        for domain, facts in state.items()
        if facts.get("parser_version") == PARSER_VERSION
    }


def _staged(summary: ParseSummary, state: Mapping[str, Mapping[str, Any]]) -> Staged:
    unknown = [bundle.domain for bundle in summary.bundles if bundle.release is None]
    if unknown:
        raise Invalid(
            "release_unknown",
            f"The content ({', '.join(unknown)}) does not tell its ATT&CK release. Send it again with `release`.",
        )
    return Staged(
        source=ATTACK_SOURCE,
        parts=tuple(
            Part(
                bundle.domain,
                bundle.release,
                summary=bundle.summary,
                was_summary=bool(state.get(bundle.domain, {}).get("summary")),
            )
            for bundle in summary.bundles
        ),
        files={kind: summary.file_of(cast("Kind", kind)) for kind in summary.lines},
        skipped={SKIPPED_KIND: summary.skipped} if summary.skipped else {},
        problems=[
            {"path": problem.path, "code": problem.code, "message": problem.message} for problem in summary.problems
        ],
    )


def _origins(summary: ParseSummary, fetched: Fetched, upload_name: str) -> dict[str, dict[str, Any]]:
    files = {bundle.sha256: bundle for bundle in fetched.bundles}
    return {
        bundle.domain: {
            "way": "upload" if upload_name else bundle.way,
            "origin": upload_name or bundle.origin,
            "sha256": bundle.sha256,
            "etags": {bundle.origin: etag} if (etag := files[bundle.sha256].etag) else {},
            "taxii_added_last": files[bundle.sha256].taxii_added_last,
            "parser_version": PARSER_VERSION,
        }
        for bundle in summary.bundles
    }
