"""Records altered, removed or added behind the application's back, by the owner of the tables: each found and named."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.config import Settings
from app.database import SessionFactory, make_engine, make_session_factory
from app.models.security_test import TestRound
from app.services.integrity import check_trail
from app.storage import make_store
from tests.builders.cast import Cast, ago, open_cast
from tests.support.databases import DatabaseUrls, TestServer
from tests.support.tampering import as_owner


async def quiet(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


async def check(factory: SessionFactory, settings: Settings) -> Any:
    return await check_trail(factory, settings, quiet, facts=True)


class Story:
    """A database with every kind of fact, and the ids that the attempts need."""

    def __init__(self, server: TestServer, urls: DatabaseUrls, settings: Settings, ids: dict[str, str]) -> None:
        self.server, self.urls, self.settings, self.ids = server, urls, settings, ids


async def attach(cast: Cast, test: dict[str, Any], who: str, team: str, name: str) -> str:
    path = f"/tests/{test['id']}/evidence?team={team}"
    answer = await cast.raw(who, "POST", path, files={"file": (name, b"proof of " + name.encode())})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def tell_story(cast: Cast) -> dict[str, str]:
    """A validated test with evidence, a rejected one that went on, a blind one, and one with a single vote."""
    executing = await cast.executing(name="Dump of secrets")
    evidence = await attach(cast, executing, "red_tech", "red", "dump.txt")
    spare = await attach(cast, executing, "red_tech", "red", "spare.txt")
    await cast.call(
        "red_tech", "POST", f"/tests/{executing['id']}/evidence/{spare}/withdraw", {"reason": "Wrong host."}
    )
    await cast.call("red_tech", "GET", f"/tests/{executing['id']}/evidence/{evidence}/download")
    test = await cast.act("red_tech", executing, "submit-red")
    seen = [{"outcome": "alerted", "tool": "EDR", "observed_at": ago(50)}]
    test = await cast.act("blue_tech", await cast.blue(test, summary="Looked.", observations=seen), "submit-blue")
    await cast.vote("red_lead", test, "red")
    test = await cast.vote("blue_lead", test, "blue")
    rejected = await cast.rejected(name="Second attempt")
    again = await cast.act("red_lead", rejected, "reopen", {"reason": "Again.", "redo": "both"})
    await cast.call("red_tech", "PATCH", f"/tests/{again['id']}", {"version": again["version"], "platform": "Linux"})
    pending = await cast.vote("red_lead", await cast.in_review(name="Half judged"), "red")
    blind = await cast.evaluating(name="Unseen", blind=True)
    return {
        "test": test["id"],
        "evidence": evidence,
        "spare": spare,
        "rejected": rejected["id"],
        "pending": pending["id"],
        "blind": blind["id"],
    }


@pytest.fixture(scope="module")
async def story(postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    urls = postgres_server.clone()
    folder: Path = tmp_path_factory.mktemp("facts")
    settings = Settings(
        _env_file=None,
        aegis_data_dir=folder,
        database_url=urls.app,
        database_owner_url=urls.owner,
        secret_key="a-secret-key-for-tests-only-0123456789abcdef",
        scheduler_enabled=False,
        evidence_min_free_gb=0.1,
    )
    engine = make_engine(urls.app)
    async with open_cast(make_session_factory(engine, settings), settings) as cast:
        ids = await tell_story(cast)
        async with make_session_factory(engine)() as session:
            query = select(TestRound.id).where(TestRound.test_id == UUID(ids["test"]))
            ids["round"] = str((await session.execute(query)).scalar_one())
    await engine.dispose()
    yield Story(postgres_server, urls, settings, ids)
    postgres_server.drop(urls.name)


async def verdict_after(story: Story, *statements: str) -> Any:
    """The check's verdict on a copy of the story with these statements done by the owner."""
    name = f"{story.urls.name}_copy"
    await asyncio.to_thread(story.server.create, name, template=story.urls.name)
    urls = story.server.urls(name)
    try:
        await as_owner(urls, *(statement.format_map(story.ids) for statement in statements))
        engine = make_engine(urls.app)
        try:
            return await check(make_session_factory(engine), story.settings)
        finally:
            await engine.dispose()
    finally:
        await asyncio.to_thread(story.server.drop, name)


async def test_an_untouched_database_proves_every_fact(story: Story) -> None:
    verdict = await verdict_after(story)
    assert (verdict.intact, verdict.result["faults"], verdict.result["facts"]["findings"]) == (True, [], [])
    assert verdict.result["facts"]["checked"] == {
        "rounds": 2,
        "votes": 4,
        "plans": 1,
        "evidence": 2,
        "custody_events": 4,
    }
    assert verdict.result["not_proven"][-1].startswith("Records of rounds that are not decided yet")


ROUND = "round_id = '{round}'"
ATTEMPTS = {
    "an observation altered": (
        f"UPDATE observation SET outcome = 'blocked' WHERE {ROUND}",
        ("round", "altered", "the observations changed after the decision"),
    ),
    "an observation deleted": (
        f"DELETE FROM observation WHERE {ROUND}",
        ("round", "altered", "the observations changed after the decision"),
    ),
    "an execution altered": (
        f"UPDATE execution SET target = 'OTHER' WHERE {ROUND}",
        ("round", "altered", "the executions changed after the decision"),
    ),
    "all executions truncated": (
        "TRUNCATE execution CASCADE",
        ("round", "altered", "the executions changed after the decision"),
    ),
    "a claimed time altered": (
        f"UPDATE ledger_time SET at = at - interval '1 hour' WHERE {ROUND}",
        ("round", "altered", "the claimed times changed after the decision"),
    ),
    "a summary altered": (
        "UPDATE test_round SET blue_summary = 'Nothing.' WHERE id = '{round}'",
        ("round", "altered", "the round's own fields changed after the decision"),
    ),
    "a seal made anew": (
        "UPDATE test_round SET seal = repeat('a', 64) WHERE id = '{round}'",
        ("round", "seal_altered", "carries another seal than the trail"),
    ),
    "a verdict turned": (
        "UPDATE test_round SET verdict = 'rejected' WHERE id = '{round}'",
        ("round", "altered", "the round's own fields changed after the decision"),
    ),
    "a plan changed after the decision": (
        "UPDATE security_test SET platform = 'macOS' WHERE id = '{test}'",
        ("test", "plan_altered", "the plan changed after the decision"),
    ),
    "a sealed plan changed": (
        "UPDATE security_test SET procedure_hash = repeat('b', 64) WHERE id = '{blind}'",
        ("test", "plan_altered", "is not the one that was signed"),
    ),
    "a test removed": (
        (
            "DELETE FROM vote WHERE round_id IN (SELECT id FROM test_round WHERE test_id = '{rejected}');"
            " DELETE FROM test_round WHERE test_id = '{rejected}'"
        ),
        ("round", "missing", "Round 1 of AT-1002 is gone"),
    ),
    "a vote of an open round altered": (
        (
            "UPDATE vote SET decision = 'reject', notes = 'No.' WHERE round_id IN"
            " (SELECT id FROM test_round WHERE test_id = '{pending}')"
        ),
        ("vote", "altered", "The red vote on round 1 of AT-1003 was changed"),
    ),
    "a vote given to somebody else": (
        (
            "UPDATE vote SET user_id = (SELECT id FROM user_account WHERE username = 'admin')"
            f" WHERE {ROUND} AND side = 'red'"
        ),
        ("vote", "altered", "The red vote on round 1 of AT-1001 was changed"),
    ),
    "a vote deleted": (
        f"DELETE FROM vote WHERE {ROUND} AND side = 'blue'",
        ("vote", "missing", "The blue vote on round 1 of AT-1001 is gone"),
    ),
    "all votes truncated": ("TRUNCATE vote", ("vote", "missing", "The red vote on round 1 of AT-1003 is gone")),
    "a vote invented": (
        (
            "INSERT INTO vote (id, round_id, side, user_id, role, decision) SELECT gen_random_uuid(), r.id, 'blue',"
            " u.id, 'blue_lead', 'approve' FROM test_round r, user_account u WHERE r.test_id = '{pending}'"
            " AND u.username = 'blue_lead'"
        ),
        ("vote", "unknown", "The blue vote on round 1 of AT-1003 stands in no entry"),
    ),
    "a decision invented": (
        "UPDATE test_round SET verdict = 'validated', decided_at = now() WHERE test_id = '{pending}'",
        ("round", "unknown", "Round 1 of AT-1003 says validated, but no entry"),
    ),
    "a hash of evidence altered": (
        (
            "UPDATE evidence_object SET sha256 = repeat('c', 64) WHERE id ="
            " (SELECT object_id FROM evidence WHERE id = '{evidence}')"
        ),
        ("evidence", "altered", "Evidence dump.txt of AT-1001: changed are sha256"),
    ),
    "a withdrawal undone": (
        "UPDATE evidence SET withdrawn_at = NULL, withdrawn_by_id = NULL, withdraw_reason = NULL WHERE id = '{spare}'",
        ("evidence", "altered", "Evidence spare.txt of AT-1001 was withdrawn and counts again"),
    ),
    "evidence removed": (
        "DELETE FROM custody_event WHERE evidence_id = '{evidence}'; DELETE FROM evidence WHERE id = '{evidence}'",
        ("evidence", "missing", "Evidence dump.txt of AT-1001 has no row any more"),
    ),
    "a custody event altered": (
        "UPDATE custody_event SET actor_label = 'nobody' WHERE kind = 'link_issued'",
        ("custody_event", "altered", "The custody event link_issued of evidence {evidence} was changed"),
    ),
    "a custody event deleted": (
        "DELETE FROM custody_event WHERE kind = 'link_issued'",
        ("custody_event", "missing", "The custody event link_issued of evidence {evidence} is gone"),
    ),
    "all custody events truncated": (
        "TRUNCATE custody_event",
        ("custody_event", "missing", "The custody event received of evidence {evidence} is gone"),
    ),
    "a custody event invented": (
        (
            "INSERT INTO custody_event (id, evidence_id, kind, actor_label, at) VALUES"
            " (gen_random_uuid(), '{evidence}', 'verified', 'system', now())"
        ),
        ("custody_event", "unknown", "The custody event verified of evidence {evidence} stands in no entry"),
    ),
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_what_the_owner_of_the_tables_changes_is_found_and_named(story: Story, attempt: str) -> None:
    statements, (kind, code, words) = ATTEMPTS[attempt]
    verdict = await verdict_after(story, *statements.split("; "))
    assert not verdict.intact
    found = [(item["kind"], item["code"], item["message"]) for item in verdict.result["facts"]["findings"]]
    wanted = words.format_map(story.ids)
    assert any((k, c) == (kind, code) and wanted in message for k, c, message in found), found


async def test_an_entry_of_the_trail_removed_leaves_its_facts_without_proof(story: Story) -> None:
    verdict = await verdict_after(story, "DELETE FROM audit_log WHERE action = 'test.vote_cast'")
    assert verdict.result["faults"][0]["code"] == "gap"
    codes = [(item["kind"], item["code"]) for item in verdict.result["facts"]["findings"]]
    assert codes == [("vote", "unknown")] * 4


async def test_a_key_of_before_still_proves_what_was_signed_with_it(story: Story) -> None:
    key = type(story.settings.secret_key)("n" * 40)
    rotated = story.settings.model_copy(update={"secret_key": key, "secret_key_previous": story.settings.secret_key})
    from app.services.audit import configure_keys  # noqa: PLC0415  only this test turns the keys

    configure_keys(rotated)
    engine = make_engine(story.urls.app)
    verdict = await check(make_session_factory(engine), rotated)
    await engine.dispose()
    configure_keys(story.settings)
    assert verdict.intact


async def test_the_store_of_the_story_is_whole(story: Story) -> None:
    store = make_store(story.settings)
    keys = [facts.key async for facts in store.list_objects()]
    await store.close()
    assert len(keys) == 2
