"""ATT&CK for the pipeline: fetch by the best way, parse in the worker, hand over the files."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal, cast

from app.domain.content import ATTACK_SOURCE
from app.errors import Invalid
from app.importers.attack.records import PARSER_VERSION, Domain, Kind
from app.importers.attack.source import fetch_attack
from app.importers.base import BundleFile, Fetched, FetchRequest, KnownContent, sha256_of_files
from app.importers.worker import ParseSummary, parse_in_worker
from app.services.content.gathering import Gathered, GatherRequest
from app.services.content.staging import Part, Progress, Staged

Pinned = Literal["auto", "taxii", "github", "offline", "bundled"]
SKIPPED_KIND: Final = "other"
"""Items that could not be read belong to no kind."""


async def gather_attack(request: GatherRequest, progress: Progress) -> Gathered:
    """Fetch and parse the ATT&CK domains asked for.

    Raises UpstreamFailed when no way gives them, Invalid for content that cannot be used.
    """
    if request.upload is not None and not request.fresh:
        digest = await asyncio.to_thread(sha256_of_files, [request.upload])
        same = tuple(part for part, state in request.state.items() if state.get("sha256") == digest)
        if same:
            return Gathered(None, unchanged=same, way="upload")
    await progress("fetching", 0, None)
    fetched = await fetch_attack(_fetch_request(request))
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
    summary = await parse_in_worker(bundles, out, known_hashes=request.known_hashes)
    await progress("parsing", len(bundles), len(bundles))
    staged = _staged(summary, request.state)
    origins = _origins(summary, fetched, request.upload_name)
    return Gathered(staged, fetched.unchanged, missing, origins, way, notes)


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
