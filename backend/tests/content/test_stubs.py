"""Techniques that content names before our ATT&CK release knows them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM
from app.services.content import runs
from app.services.content.bootstrap import ensure_attack
from app.services.content.runner import ImportRunner
from tests.support.upstream import RecordedUpstream, serve_recorded

pytestmark = pytest.mark.recorded


@pytest.fixture(scope="module")
def upstream(recorded_content) -> Iterator[RecordedUpstream]:
    with serve_recorded(recorded_content) as server:
        yield server


async def test_a_newer_release_takes_the_stub_over_with_all_that_stands_on_it(
    real_factory: SessionFactory, settings, upstream: RecordedUpstream
) -> None:
    closed = settings.model_copy(
        update={
            "attack_source": "github",
            "github_api_url": upstream.url,
            "github_raw_url": upstream.raw,
            "allow_private_upstreams": True,
        }
    )
    await ensure_attack(real_factory, closed)

    async def sync(source: str, *parts: str):
        async with session_scope(real_factory) as session:
            key = (await runs.request_run(session, SYSTEM, source, runs.Wish(parts))).id
        runner = ImportRunner(real_factory, closed)
        runner.kick()
        await runner.wait_idle()
        async with real_factory() as session:
            run = await runs.get_run(session, key)
        assert (run.status, run.error) == ("succeeded", None)
        return run

    async def rows(statement: str):
        async with real_factory() as session:
            return [tuple(row) for row in await session.execute(text(statement))]

    upstream.show_attack("17.1")
    await sync("mitre_attack", "enterprise")
    upstream.show("redcanaryco/atomic-red-team", "attack18")
    early = await sync("atomic_red_team", "all")
    stubs = await rows("SELECT attack_id, id, is_active, unresolved FROM technique WHERE source = 'stub' ORDER BY 1")
    assert len(stubs) == early.report["stubs"] > 0
    assert {row[2:] for row in stubs} == {(False, True)}
    waiting = await rows("SELECT count(*) FROM content_link WHERE source_kind = 'template' AND technique_id IS NULL")
    assert waiting[0][0] > 0

    upstream.show_attack("18.1")
    upgrade = await sync("mitre_attack", "enterprise")
    names = ", ".join(f"'{row[0]}'" for row in stubs)
    after = await rows(
        f"SELECT attack_id, id, is_active, unresolved, source FROM technique WHERE attack_id IN ({names}) ORDER BY 1"
    )
    assert after == [(row[0], row[1], True, False, "mitre_attack") for row in stubs]
    assert upgrade.report["by_kind"]["technique"]["added"] == 12
    assert {row[0] for row in stubs} <= {item["attack_id"] for item in upgrade.report["upgrade"]["added"]}
    left = await rows("SELECT count(*) FROM content_link WHERE source_kind = 'template' AND technique_id IS NULL")
    counted = await rows(
        f"SELECT min(s.templates) FROM technique_stats s JOIN technique t ON t.id = s.technique_id"
        f" WHERE t.attack_id IN ({names})"
    )
    assert (left[0][0], counted[0][0] > 0) == (0, True)
    assert await rows("SELECT count(*) FROM technique WHERE is_active AND domain = 'enterprise'") == [(691,)]
