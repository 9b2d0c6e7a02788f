"""ATT&CK's recorded releases through every way into the database."""

import gzip
import json
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM
from app.domain.attribution import Cause
from app.domain.comparison import Change
from app.models.content import DataSource, SyncRun
from app.services.content import runs
from app.services.content.bootstrap import ensure_attack
from app.services.content.runner import ImportRunner
from tests.support.attack_counts import comparable, expected_counts
from tests.support.stored_attack import fingerprint, stored_counts
from tests.support.taxii_server import as_stix21, serve_taxii
from tests.support.upgrade_scores import causes_of, explain_upgrade, record_results
from tests.support.upstream import RecordedUpstream, serve_recorded

pytestmark = pytest.mark.recorded

NOWHERE = "http://127.0.0.1:9"
ADDED_IN_18 = [
    *("T1036.012", "T1059.013", "T1204.005", "T1213.006", "T1518.002", "T1546.018", "T1562.013"),
    *("T1677", "T1678", "T1679", "T1680", "T1681"),
]
COLLECTIONS = {
    "enterprise": ("x-mitre-collection--1f5f1533-f617-4ca8-9ab4-6a02367fa019", "Enterprise ATT&CK"),
    "mobile": ("x-mitre-collection--dac0d2d7-8653-445c-9bff-82f934c1e858", "Mobile ATT&CK"),
    "ics": ("x-mitre-collection--90c00720-636b-4485-b342-8751d232bf09", "ICS ATT&CK"),
}


@pytest.fixture(scope="module")
def upstream(recorded_content) -> Iterator[RecordedUpstream]:
    with serve_recorded(recorded_content) as server:
        yield server


@pytest.fixture
async def importing(real_factory: SessionFactory, settings):
    """Run imports in an empty database: `await importing(domains, **settings)` gives the run that ended."""
    await ensure_attack(real_factory, settings.model_copy(update={"attack_source": "taxii"}))

    async def run(*domains, way=None, force=False, upload=None, upload_name="", release=None, **changes) -> SyncRun:
        closed = {
            "attack_source": "auto",
            "taxii_url": f"{NOWHERE}/taxii2/",
            "github_api_url": NOWHERE,
            "github_raw_url": f"{NOWHERE}/raw",
            "allow_private_upstreams": True,
        }
        wish = runs.Wish(domains, way, force=force, upload=upload, upload_name=upload_name, release=release)
        async with session_scope(real_factory) as session:
            key = (await runs.request_run(session, SYSTEM, "mitre_attack", wish)).id
        runner = ImportRunner(real_factory, settings.model_copy(update=closed | changes))
        runner.kick()
        await runner.wait_idle()
        async with real_factory() as session:
            return await runs.get_run(session, key)

    return run


def github(upstream: RecordedUpstream) -> dict[str, str]:
    return {"github_api_url": upstream.url, "github_raw_url": upstream.raw, "attack_source": "github"}


async def assert_counts(factory: SessionFactory, content, domain: str, release: str, *, newest: str = "") -> None:
    """newest: a newer release of another domain, whose word on objects of both goes before this one's."""
    expected = comparable(expected_counts(content, domain, release))
    expected.pop("objects")
    async with factory() as session:
        stored = await stored_counts(session, domain)
    if newest and newest != release:
        for counts in (expected, stored):
            counts["by_type"] = {name: counts["by_type"][name] for name in ("attack-pattern", "x-mitre-tactic")}
    assert stored == expected


def assert_adds_up(run: SyncRun) -> None:
    counts = run.counts
    assert counts["read"] == counts["added"] + counts["updated"] + counts["unchanged"] + counts["skipped"]
    for kind, row in run.report["by_kind"].items():
        assert set(row) == {"added", "updated", "unchanged", "removed", "skipped"}, kind


async def test_upgrade_by_github(importing, real_factory, recorded_content, upstream):
    upstream.show_attack("17.1")
    first = await importing("enterprise", **github(upstream))
    assert (first.status, first.way, first.report["upgrade"]) == ("succeeded", "github", None), first.error
    assert first.counts["read"] == first.counts["added"] == 22_649
    assert first.report["put_out_of_scope"] == 91
    await assert_counts(real_factory, recorded_content, "enterprise", "17.1")
    kept = await record_results(real_factory)

    upstream.show_attack("18.1")
    second = await importing("enterprise", **github(upstream))
    assert second.status == "succeeded", second.error
    assert_adds_up(second)
    await assert_counts(real_factory, recorded_content, "enterprise", "18.1")
    assert second.report["by_kind"]["technique"] == {
        "added": 12, "updated": 823, "unchanged": 0, "removed": 0, "skipped": 0
    }  # fmt: skip
    links = second.report["by_kind"]["link"]
    assert (links["added"], links["removed"]) == (1_759, 2_122)
    upgrade = second.report["upgrade"]
    assert [item["attack_id"] for item in upgrade["added"]] == ADDED_IN_18
    assert [(item["attack_id"], item["after"]) for item in upgrade["renamed"]] == [
        ("T1497.003", "Time Based Checks"),
        ("T1552.003", "Shell History"),
    ]
    for name in ("moved", "revoked", "deprecated", "withdrawn", "restored"):
        assert upgrade[name] == []
    # Why the scores moved: the release, what the import put out of scope, the month that passed, and nothing else.
    compared = await explain_upgrade(real_factory, kept)
    assert (compared.base.attack_version, compared.head.attack_version) == ("17.1", "18.1")
    assert compared.comparison.changes[Change.NEW] == len(ADDED_IN_18)
    assert causes_of(compared.comparison.figures["in_scope"].score) == {Cause.RELEASE, Cause.SCOPE, Cause.TIME}

    async with real_factory() as session:
        before = await fingerprint(session)
    again = await importing("enterprise", **github(upstream))
    assert (again.counts["read"], again.counts["unchanged"]) == (24_768, 24_768)
    assert again.report["unchanged_parts"] == ["enterprise"]
    assert (again.ended_at - again.started_at).total_seconds() < 3
    anew = await importing("enterprise", force=True, **github(upstream))
    assert (anew.counts["read"], anew.counts["unchanged"]) == (24_768, 24_768)
    async with real_factory() as session:
        assert await fingerprint(session) == before

    upstream.show_attack("17.1")
    back = await importing("enterprise", **github(upstream))
    assert (back.status, back.error["code"]) == ("failed", "older_release")
    async with real_factory() as session:
        assert await fingerprint(session) == before
    forced = await importing("enterprise", force=True, **github(upstream))
    assert forced.status == "succeeded", forced.error
    await assert_counts(real_factory, recorded_content, "enterprise", "17.1")
    upstream.show_attack("18.1")
    returned = await importing("enterprise", **github(upstream))
    assert returned.status == "succeeded", returned.error
    await assert_counts(real_factory, recorded_content, "enterprise", "18.1")
    async with real_factory() as session:
        assert await session.scalar(text("SELECT count(*) FROM technique")) == 835


async def test_all_domains_by_taxii(importing, real_factory, recorded_content):
    collections = {}
    for domain, (key, title) in COLLECTIONS.items():
        packed = (recorded_content / "attack" / f"{domain}-attack-18.1.json.gz").read_bytes()
        head = {"type": "x-mitre-collection", "id": key, "name": title, "x_mitre_version": "18.1"}
        collections[key] = (title, [head, *as_stix21(json.loads(gzip.decompress(packed))["objects"])])
    with serve_taxii(collections, max_page=5_000) as server:
        run = await importing(*COLLECTIONS, taxii_url=server.discovery)
    assert (run.status, run.way) == ("succeeded", "taxii"), (run.error, run.notes)
    assert_adds_up(run)
    for domain in COLLECTIONS:
        await assert_counts(real_factory, recorded_content, domain, "18.1")


async def test_a_domain_never_takes_from_another(importing, real_factory, recorded_content, tmp_path):
    """Files of the operator come first; 17.1 of one domain beside 18.1 of another."""
    assert (await importing("enterprise", content_dir=recorded_content)).status == "succeeded"
    for release in ("17.1", "18.1"):
        for domain in ("mobile", "ics"):
            name = f"{domain}-attack-{release}.json.gz"
            copy = tmp_path / name
            copy.write_bytes((recorded_content / "attack" / name).read_bytes())
            run = await importing(upload=str(copy), upload_name=name)
            assert (run.status, run.way) == ("succeeded", "upload"), run.error
            assert not copy.exists()
            await assert_counts(real_factory, recorded_content, domain, release, newest="18.1")
            await assert_counts(real_factory, recorded_content, "enterprise", "18.1")
            if (domain, release) == ("mobile", "18.1"):
                assert [item["attack_id"] for item in run.report["upgrade"]["restored"]] == ["T1453"]
                assert [item["attack_id"] for item in run.report["upgrade"]["added"]] == ["T1636.005", "T1676"]
    async with real_factory() as session:
        before = await fingerprint(session)
    assert (await importing("enterprise", force=True, content_dir=recorded_content)).status == "succeeded"
    async with real_factory() as session:
        assert await fingerprint(session) == before


async def test_the_bundled_summary_gives_way_and_never_comes_back(importing, real_factory, recorded_content):
    first = await importing("enterprise")
    assert (first.status, first.way) == ("succeeded", "bundled"), first.error
    assert [note["way"] for note in first.notes] == ["taxii", "github"]
    full = await importing("enterprise", content_dir=recorded_content)
    assert (full.status, full.report["upgrade"]) == ("succeeded", None), full.error
    await assert_counts(real_factory, recorded_content, "enterprise", "18.1")
    bundled = await importing("enterprise", way="bundled")
    assert (bundled.status, bundled.error["code"]) == ("failed", "summary_over_full")
    auto = await importing("enterprise")
    assert (auto.status, auto.error["code"]) == ("failed", "attack_unavailable")
    assert [note["way"] for note in auto.notes] == ["taxii", "github"]
    async with real_factory() as session:
        assert await session.scalar(text("SELECT count(*) FROM technique WHERE review_required")) == 0


async def test_too_much_missing_is_refused(importing, real_factory, recorded_content, tmp_path):
    assert (await importing("ics", content_dir=recorded_content)).status == "succeeded"
    bundle = json.loads(gzip.decompress((recorded_content / "attack" / "ics-attack-18.1.json.gz").read_bytes()))
    techniques = [item for item in bundle["objects"] if item["type"] == "attack-pattern"]
    gone = {item["id"] for item in techniques[:40]}
    bundle["objects"] = [item for item in bundle["objects"] if item["id"] not in gone]
    for force, status in ((False, "failed"), (True, "succeeded")):
        path = tmp_path / "ics-attack-18.1.json"
        path.write_text(json.dumps(bundle))
        async with real_factory() as session:
            before = await fingerprint(session)
        run = await importing(upload=str(path), upload_name=path.name, force=force)
        assert run.status == status, run.error
        if not force:
            assert run.error["code"] == "too_many_withdrawn"
            async with real_factory() as session:
                assert await fingerprint(session) == before
    assert run.counts["removed"] == 40
    async with real_factory() as session:
        withdrawn = await session.scalar(text("SELECT count(*) FROM technique WHERE withdrawn_at IS NOT NULL"))
        unresolved = await session.scalar(text("SELECT count(*) FROM content_link WHERE resolution = 'unresolved'"))
        source = await session.get(DataSource, "mitre_attack")
    assert withdrawn == 40
    assert unresolved == 0
    assert source.state["ics"]["release"] == "18.1"
    back = await importing("ics", content_dir=recorded_content)
    assert back.counts["added"] == 40
    await assert_counts(real_factory, recorded_content, "ics", "18.1")
    async with real_factory() as session:
        assert await session.scalar(text("SELECT count(*) FROM technique")) == len(techniques)
