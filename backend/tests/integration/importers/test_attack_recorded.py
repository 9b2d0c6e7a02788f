"""The counts of the recorded content, met through each way in."""

import gzip
import json
from pathlib import Path

import pytest

from app.importers.attack.records import COUNTED_KINDS, Domain
from app.importers.attack.source import fetch_attack
from app.importers.base import Fetched, FetchRequest, KnownContent
from app.importers.limits import NetworkLimits
from app.importers.worker import ParseSummary, parse_in_worker
from tests.integration.importers.conftest import RequestFactory
from tests.support.attack_counts import comparable, counts_of, expected_counts, hashes, records
from tests.support.taxii_server import as_stix21, serve_taxii
from tests.support.upstream import RecordedUpstream

pytestmark = pytest.mark.recorded

DOMAINS: tuple[Domain, ...] = ("enterprise", "mobile", "ics")
RELEASES = ("17.1", "18.1")
COLLECTION_IDS = {
    "enterprise": ("x-mitre-collection--1f5f1533-f617-4ca8-9ab4-6a02367fa019", "Enterprise ATT&CK"),
    "mobile": ("x-mitre-collection--dac0d2d7-8653-445c-9bff-82f934c1e858", "Mobile ATT&CK"),
    "ics": ("x-mitre-collection--90c00720-636b-4485-b342-8751d232bf09", "ICS ATT&CK"),
}
PATIENT = NetworkLimits()


@pytest.fixture(scope="module")
async def by_file(recorded_content: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ParseSummary]:
    """Both releases, all domains, read from the recorded files."""
    parsed = {}
    for release in RELEASES:
        request = FetchRequest(
            work_dir=recorded_content, pinned="offline", content_dir=recorded_content, domains=DOMAINS, release=release
        )
        bundles = (await fetch_attack(request)).bundles
        parsed[release] = await parse_in_worker(bundles, tmp_path_factory.mktemp(f"attack-{release}"))
    return parsed


def check(parsed: ParseSummary, content: Path, release: str, extra_objects: int = 0) -> None:
    """Compare all that is expected of the three domains."""
    assert parsed.releases == dict.fromkeys(DOMAINS, release)
    assert (parsed.skipped, parsed.problems) == (0, ())
    for domain in DOMAINS:
        expected = comparable(expected_counts(content, domain, release))
        assert counts_of(parsed, domain) == expected | {"objects": expected["objects"] + extra_objects}
    for bundle in parsed.bundles:
        assert bundle.objects == bundle.read + sum(bundle.without_record.values())


@pytest.mark.parametrize("release", RELEASES)
async def test_counts_by_file(by_file: dict[str, ParseSummary], recorded_content: Path, release: str) -> None:
    check(by_file[release], recorded_content, release)


@pytest.mark.parametrize("release", RELEASES)
async def test_counts_by_github(
    by_file: dict[str, ParseSummary],
    recorded_content: Path,
    recorded_upstream: RecordedUpstream,
    fetch_request: RequestFactory,
    release: str,
) -> None:
    recorded_upstream.show_attack(release)
    fetched = await fetch_attack(
        fetch_request(pinned="github", domains=DOMAINS, github_raw_url=recorded_upstream.raw, limits=PATIENT)
    )

    parsed = await parse_in_worker(fetched.bundles, fetched.bundles[0].path.parent)

    assert [bundle.release_origin for bundle in parsed.bundles] == ["index"] * 3
    check(parsed, recorded_content, release)
    same_hashes(parsed, by_file[release])


@pytest.mark.parametrize("release", RELEASES)
async def test_counts_by_taxii(
    by_file: dict[str, ParseSummary], recorded_content: Path, fetch_request: RequestFactory, out_dir: Path, release: str
) -> None:
    fetched = await by_taxii(recorded_content, fetch_request, release)

    parsed = await parse_in_worker(fetched.bundles, out_dir)

    assert [bundle.release_origin for bundle in parsed.bundles] == ["collection"] * 3
    check(parsed, recorded_content, release, extra_objects=1)
    same_hashes(parsed, by_file[release])


async def by_taxii(content: Path, fetch_request: RequestFactory, release: str) -> Fetched:
    collections = {}
    for domain, (collection_id, title) in COLLECTION_IDS.items():
        packed = (content / "attack" / f"{domain}-attack-{release}.json.gz").read_bytes()
        head = {"type": "x-mitre-collection", "id": collection_id, "name": title, "x_mitre_version": release}
        collections[collection_id] = (title, [head, *as_stix21(json.loads(gzip.decompress(packed))["objects"])])
    with serve_taxii(collections, max_page=2_000) as server:
        return await fetch_attack(fetch_request(domains=DOMAINS, taxii_url=server.discovery, limits=PATIENT))


def same_hashes(parsed: ParseSummary, other: ParseSummary) -> None:
    """Whatever way the content took, no row may look changed."""
    for domain in DOMAINS:
        for kind in COUNTED_KINDS:
            assert hashes(parsed, kind, domain) == hashes(other, kind, domain)


def test_object_of_several_domains_is_the_same_in_each(by_file: dict[str, ParseSummary]) -> None:
    for parsed in by_file.values():
        shared = 0
        for kind in COUNTED_KINDS:
            seen: dict[str, str] = {}
            for domain in DOMAINS:
                for key, content_hash in hashes(parsed, kind, domain).items():
                    shared += key in seen
                    assert seen.setdefault(key, content_hash) == content_hash
        assert shared > 100


def test_differences_between_the_releases(by_file: dict[str, ParseSummary]) -> None:
    before, after = (hashes(by_file[release], "technique", "enterprise") for release in RELEASES)
    names = [
        {record["stix_id"]: record["name"] for record in records(by_file[release], "technique", "enterprise")}
        for release in RELEASES
    ]
    links_before, links_after = (hashes(by_file[release], "link", "enterprise") for release in RELEASES)
    groups = [len(hashes(by_file[release], "group", "enterprise")) for release in RELEASES]

    assert (len(after.keys() - before.keys()), len(before.keys() - after.keys())) == (12, 0)
    assert sum(before[key] != after[key] for key in before) == 823
    assert {names[1][key] for key in before if names[0][key] != names[1][key]} == {
        "Time Based Checks",
        "Shell History",
    }
    assert (len(links_after.keys() - links_before.keys()), len(links_before.keys() - links_after.keys())) == (
        1_759,
        2_122,
    )
    assert groups == [181, 187]


def test_every_active_subtechnique_has_the_parent_that_its_id_says(by_file: dict[str, ParseSummary]) -> None:
    parents = {
        record["attack_id"]: record["parent_attack_id"]
        for record in records(by_file["18.1"], "technique", "enterprise")
        if not record["revoked"] and not record["deprecated"] and record["is_subtechnique"]
    }

    assert len(parents) == 475
    assert all(child.partition(".")[0] == parent for child, parent in parents.items())


async def test_known_folder_needs_no_reading(recorded_content: Path, fetch_request: RequestFactory) -> None:
    request = {"pinned": "offline", "content_dir": recorded_content, "domains": DOMAINS}
    first = await fetch_attack(fetch_request(**request))
    known = {found.domain: KnownContent(sha256=found.sha256) for found in first.bundles}

    assert [(found.domain, found.release) for found in first.bundles] == [(domain, "18.1") for domain in DOMAINS]
    assert (await fetch_attack(fetch_request(**request, known=known))).not_modified
