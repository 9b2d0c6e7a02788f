"""Recorded states of Atomic Red Team, CALDERA, LOLBAS and GTFOBins through the API, from one state to the next."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM
from app.models.content import SyncRun
from app.services.content import runs
from app.services.content.registry import SOURCES
from app.services.content.runner import ImportRunner
from tests.support.databases import DatabaseUrls, TestServer
from tests.support.upstream import RecordedUpstream, serve_recorded

pytestmark = pytest.mark.recorded

ATOMIC = "redcanaryco/atomic-red-team"


@pytest.fixture(scope="module")
def upstream(recorded_content) -> Iterator[RecordedUpstream]:
    with serve_recorded(recorded_content) as server:
        yield server


@pytest.fixture
def real_db(postgres_server: TestServer, with_attack: str) -> Iterator[DatabaseUrls]:
    urls = postgres_server.clone(with_attack)
    yield urls
    postgres_server.drop(urls.name)


@pytest.fixture
async def importing(real_factory: SessionFactory, settings, upstream: RecordedUpstream):
    """Run syncs over the bundled ATT&CK: `await importing(source, **wish)` gives the run that ended."""
    changes = {
        "github_api_url": upstream.url,
        "d3fend_api_url": f"{upstream.url}/d3fend",
        "github_raw_url": upstream.raw,
        "allow_private_upstreams": True,
    }

    async def run(source: str, **wish) -> SyncRun:
        async with session_scope(real_factory) as session:
            key = (await runs.request_run(session, SYSTEM, source, runs.Wish(SOURCES[source].parts, **wish))).id
        runner = ImportRunner(real_factory, settings.model_copy(update=changes))
        runner.kick()
        await runner.wait_idle()
        async with real_factory() as session:
            return await runs.get_run(session, key)

    return run


async def _one(factory: SessionFactory, statement: str, **values):
    async with factory() as session:
        return (await session.execute(text(statement), values)).one()


async def _fingerprint(factory: SessionFactory) -> str:
    """Changes with any write to any row of content, even with one that changes no value."""
    tables = (
        "test_template",
        "content_link",
        "object_domain",
        "technique",
        "technique_stats",
        "blueprint",
        "detection_rule",
        "countermeasure",
        "control",
        "framework",
        "attack_redirect",
    )
    parts = " || ".join(
        f"(SELECT coalesce(md5(string_agg(x::text || x.xmin::text, '' ORDER BY x::text)), '') FROM {name} x)"
        for name in tables
    )
    row = await _one(factory, f"SELECT {parts}")
    return str(row[0])


def _counts(run: SyncRun) -> dict[str, int]:
    assert run.counts["read"] == sum(run.counts[name] for name in ("added", "updated", "unchanged", "skipped"))
    return {name: number for name, number in run.counts.items() if number}


async def test_atomic_red_team_goes_through_its_recorded_states(
    importing, upstream: RecordedUpstream, real_factory: SessionFactory
) -> None:
    upstream.show(ATOMIC, "older")
    first = await importing("atomic_red_team")
    assert (first.status, first.error, _counts(first)) == ("succeeded", None, {"read": 1735, "added": 1735})
    before = await _fingerprint(real_factory)

    again = await importing("atomic_red_team")
    assert (again.status, _counts(again)) == ("succeeded", {"read": 1735, "unchanged": 1735})
    reread = await importing("atomic_red_team", force=True)
    assert (reread.status, _counts(reread)) == ("succeeded", {"read": 1735, "unchanged": 1735})
    assert await _fingerprint(real_factory) == before

    upstream.show(ATOMIC, "attack18")
    preview = await importing("atomic_red_team", preview=True)
    expected = {"read": 1790, "added": 56, "updated": 24, "unchanged": 1710, "removed": 1}
    assert (preview.status, _counts(preview)) == ("succeeded", expected)
    assert await _fingerprint(real_factory) == before
    second = await importing("atomic_red_team")
    assert (second.status, _counts(second)) == ("succeeded", expected)
    assert len(second.report["changes"]["added"]) == 56
    assert [item["kind"] for item in second.report["changes"]["removed"]] == ["template"]

    upstream.show(ATOMIC, None)
    newest = await importing("atomic_red_team")
    expected = {"read": 1819, "added": 29, "updated": 173, "unchanged": 1617}
    assert (newest.status, _counts(newest)) == ("succeeded", expected)
    assert newest.report["by_kind"]["template"]["moved"] == 164
    stored = await _one(
        real_factory,
        "SELECT (SELECT count(*) FROM test_template WHERE withdrawn_at IS NULL),"
        " (SELECT count(*) FROM test_template WHERE withdrawn_at IS NOT NULL),"
        " (SELECT count(*) FROM content_link WHERE source = 'atomic_red_team' AND resolution = 'unresolved'"
        "  AND is_active),"
        " (SELECT count(DISTINCT target_attack_id) FROM content_link WHERE resolution = 'unresolved'),"
        " (SELECT count(*) FROM technique WHERE unresolved AND NOT is_active),"
        " (SELECT count(*) FROM technique WHERE is_active AND domain = 'enterprise')",
    )
    assert tuple(stored) == (1819, 1, 167, 11, 11, 691)


async def test_a_test_that_moves_to_another_technique_keeps_its_row_and_our_switch(
    importing, upstream: RecordedUpstream, real_factory: SessionFactory
) -> None:
    upstream.show(ATOMIC, "attack18")
    await importing("atomic_red_team")
    one = "SELECT s.id, s.is_active, l.target_attack_id, l.resolution, l.details->'moved_from' FROM test_template s"
    where = " JOIN content_link l ON l.source_id = s.id AND l.is_active WHERE s.upstream_id = :key"
    key = (
        await _one(
            real_factory,
            "SELECT source_upstream_id FROM content_link WHERE target_attack_id = 'T1562.004' ORDER BY 1 LIMIT 1",
        )
    )[0]
    before = await _one(real_factory, one + where, key=key)
    async with session_scope(real_factory) as session:
        await session.execute(text("UPDATE test_template SET is_active = false WHERE upstream_id = :key"), {"key": key})
    upstream.show(ATOMIC, None)
    await importing("atomic_red_team")
    after = await _one(real_factory, one + where, key=key)
    assert (before[1:4], tuple(after)) == (
        (True, "T1562.004", "exact"),
        (before[0], False, "T1686", "unresolved", ["T1562.004"]),
    )


async def test_the_other_catalogues_bring_their_recorded_numbers(importing, real_factory: SessionFactory) -> None:
    caldera = await importing("caldera")
    assert (caldera.status, _counts(caldera)) == ("succeeded", {"read": 381, "added": 381})
    assert {kind: row["added"] for kind, row in caldera.report["by_kind"].items()} == {"template": 354, "blueprint": 27}
    lolbas = await importing("lolbas")
    assert (lolbas.status, _counts(lolbas)) == ("succeeded", {"read": 482, "added": 446, "skipped": 36})
    assert {problem["code"] for problem in lolbas.problems} == {"duplicate_key"}
    gtfobins = await importing("gtfobins")
    assert (gtfobins.status, _counts(gtfobins)) == ("succeeded", {"read": 822, "added": 821, "skipped": 1})
    links = await _one(
        real_factory,
        "SELECT count(DISTINCT target_attack_id) FILTER (WHERE source = 'caldera'),"
        " count(DISTINCT target_attack_id) FILTER (WHERE source = 'lolbas'),"
        " count(DISTINCT (split_part(source_upstream_id, ':', 2), target_attack_id))"
        " FILTER (WHERE source = 'gtfobins'),"
        " count(*) FILTER (WHERE resolution <> 'exact') FROM content_link WHERE source_kind = 'template'",
    )
    assert tuple(links) == (123, 60, 646, 0)
    counted = await _one(
        real_factory,
        "SELECT sum(s.templates), (SELECT count(DISTINCT (l.technique_id, l.source_id)) FROM content_link l"
        " WHERE l.source_kind = 'template') FROM technique_stats s",
    )
    assert counted[0] == counted[1] > 0


async def test_gtfobins_change_of_format_needs_force(importing, upstream: RecordedUpstream) -> None:
    upstream.show("GTFOBins/GTFOBins.github.io", "older")
    first = await importing("gtfobins")
    assert (first.status, _counts(first)) == ("succeeded", {"read": 1460, "added": 1460})
    upstream.show("GTFOBins/GTFOBins.github.io", None)
    refused = await importing("gtfobins")
    assert (refused.status, refused.error["code"]) == ("failed", "too_many_withdrawn")
    # Nothing was changed, and still the report says what force would do.
    assert (refused.counts["read"], refused.report["would_be"]["removed"]) == (0, 1351)
    assert len(refused.report["changes"]["removed"]) == 200
    forced = await importing("gtfobins", force=True)
    assert (forced.status, forced.counts["read"], forced.counts["removed"]) == ("succeeded", 822, 1351)


async def test_every_other_source_brings_its_recorded_numbers(importing, real_factory: SessionFactory) -> None:
    sigma = await importing("sigma")
    assert (sigma.status, sigma.error, sigma.report["by_kind"]["rule"]["added"]) == ("succeeded", None, 4044)
    elastic = await importing("elastic")
    assert (elastic.status, elastic.error, elastic.report["by_kind"]["rule"]["added"]) == ("succeeded", None, 2192)
    d3fend = await importing("d3fend")
    assert (d3fend.status, d3fend.error, d3fend.report["by_kind"]["countermeasure"]["added"]) == (
        "succeeded",
        None,
        202,
    )
    compliance = await importing("compliance")
    assert (compliance.status, compliance.error) == ("succeeded", None)
    rows = await _one(
        real_factory,
        "SELECT (SELECT count(*) FROM content_link l WHERE l.source_kind = 'countermeasure'),"
        " (SELECT count(DISTINCT l.target_attack_id) FROM content_link l WHERE l.source_kind = 'control'"
        "  AND l.source_upstream_id LIKE 'nist_800_53:rev5:%'),"
        " (SELECT count(*) FROM content_link l WHERE l.source_kind = 'control' AND l.source_id IS NULL)",
    )
    assert tuple(rows) == (2566, 470, 0)
    assert {kind: row["added"] for kind, row in compliance.report["by_kind"].items()} == {
        "framework": 8,
        "control": 1774,
        "mapping": 16013,
    }
    before = await _fingerprint(real_factory)
    for source in ("sigma", "elastic", "d3fend", "compliance"):
        again = await importing(source, force=True)
        counts = _counts(again)
        assert counts.pop("skipped", 0) + counts.pop("unchanged") == counts.pop("read"), source
        assert (again.status, counts) == ("succeeded", {}), source
    assert await _fingerprint(real_factory) == before


@pytest.mark.parametrize(
    ("addresses", "code"),
    [
        ({"github_api_url": "http://127.0.0.1:9"}, "upstream_unreachable"),
        ({"github_api_url": "http://127.0.0.1:9", "allow_private_upstreams": False}, "upstream_address_refused"),
        ({"upstream_path": "/nowhere"}, "upstream_not_found"),
    ],
    ids=["unreachable", "private", "not-there"],
)
async def test_a_source_that_cannot_be_had_fails_with_the_reason(
    real_factory: SessionFactory, settings, upstream: RecordedUpstream, addresses: dict[str, object], code: str
) -> None:
    path = addresses.pop("upstream_path", "")
    changes = {"github_api_url": f"{upstream.url}{path}", "allow_private_upstreams": True} | addresses
    async with session_scope(real_factory) as session:
        key = (await runs.request_run(session, SYSTEM, "lolbas", runs.Wish(("all",)))).id
    runner = ImportRunner(real_factory, settings.model_copy(update=changes))
    runner.kick()
    await runner.wait_idle()
    async with real_factory() as session:
        run = await runs.get_run(session, key)
    assert (run.status, run.error["code"], [note["code"] for note in run.notes]) == ("failed", code, [code])


async def test_a_running_sync_can_be_cancelled_and_leaves_nothing(
    importing, real_factory: SessionFactory, settings, upstream: RecordedUpstream
) -> None:
    upstream.show(ATOMIC, None)
    before = await _fingerprint(real_factory)
    async with session_scope(real_factory) as session:
        key = (await runs.request_run(session, SYSTEM, "atomic_red_team", runs.Wish(("all",)))).id
    changes = {"github_api_url": upstream.url, "allow_private_upstreams": True}
    runner = ImportRunner(real_factory, settings.model_copy(update=changes))
    runner.kick()
    for _ in range(500):
        if (await _one(real_factory, "SELECT phase FROM sync_run WHERE id = :key", key=key))[0] != "queued":
            break
        await asyncio.sleep(0.02)
    async with session_scope(real_factory) as session:
        await runs.cancel_run(session, SYSTEM, "atomic_red_team", key)
    await runner.wait_idle()
    async with real_factory() as session:
        run = await runs.get_run(session, key)
    assert (run.status, run.counts["read"]) == ("cancelled", 0)
    assert await _fingerprint(real_factory) == before
