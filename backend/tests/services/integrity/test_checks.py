"""Checks by the API, the command and the scheduler: runs, results, masking, and files that changed in the store."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from app import clock
from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM
from app.models.audit import AuditLog
from app.models.notification import Notification
from app.services import audit
from app.services.integrity import IntegrityRunner, check_everything
from app.storage import make_store, new_key
from tests.builders.cast import Cast, open_cast
from tests.services.evidence.test_sweep import object_path, run_command
from tests.services.integrity.test_facts import attach
from tests.storage.content import chunks
from tests.support.databases import DatabaseUrls
from tests.support.tampering import as_owner


@pytest.fixture
def live(settings: Settings, real_db: DatabaseUrls) -> Settings:
    return settings.model_copy(
        update={"database_url": real_db.app, "database_owner_url": real_db.owner, "evidence_min_free_gb": 0.1}
    )


async def finished(cast: Cast, who: str, path: str) -> dict[str, Any]:
    """A run as it is when it has ended."""
    while True:
        run = await cast.call(who, "GET", path)
        if run["status"] != "running":
            return dict(run)
        await asyncio.sleep(0.02)


async def test_the_trail_with_facts_by_api(real_factory: SessionFactory, live: Settings, real_db: DatabaseUrls) -> None:
    async with open_cast(real_factory, live) as cast:
        await cast.validated()
        verdict = await cast.call("admin", "POST", "/audit-logs/verify?facts=true")
        assert (verdict["status"], verdict["intact"], verdict["kind"]) == ("succeeded", True, "facts")
        assert verdict["facts"]["checked"] == {"rounds": 1, "votes": 2}
        again = await cast.call("admin", "POST", "/audit-logs/verify?facts=true")
        assert again == verdict
        await as_owner(real_db, "UPDATE vote SET notes = 'Else.' WHERE side = 'red'")
        other = await cast.call("other_admin", "POST", "/audit-logs/verify?facts=true")
        assert (other["intact"], other["faults"]) == (False, [])
        assert [item["kind"] for item in other["facts"]["findings"]] == ["round", "vote"]
        assert await cast.call("admin", "GET", f"/audit-logs/verifications/{other['id']}") == other
        runs = await cast.call("admin", "GET", "/audit-logs/verifications")
        assert [run["id"] for run in runs["items"]] == [other["id"], verdict["id"]]
        missing = "/audit-logs/verifications/01890000-0000-7000-8000-000000000000"
        await cast.call("admin", "GET", missing, expect=404)
        async with session_scope(real_factory) as session:
            told = (await session.scalars(select(Notification.title).where(Notification.kind == "integrity"))).all()
    assert told == ["An integrity check found something"] * 2


async def test_a_run_without_a_sign_of_life_is_interrupted_and_makes_room(
    real_factory: SessionFactory, live: Settings
) -> None:
    async with open_cast(real_factory, live) as cast:
        async with session_scope(real_factory) as session:
            await session.execute(
                text(
                    "INSERT INTO integrity_run (id, kind, started_at, beat_at) VALUES"
                    " (gen_random_uuid(), 'trail', now() - interval '1 hour', now() - interval '3 minutes')"
                )
            )
        shown = await cast.call("admin", "GET", "/audit-logs/verifications")
        assert [run["status"] for run in shown["items"]] == ["interrupted"]
        assert (await cast.call("admin", "POST", "/audit-logs/verify"))["intact"] is True
        shown = await cast.call("admin", "GET", "/audit-logs/verifications")
        assert [run["status"] for run in shown["items"]] == ["succeeded", "interrupted"]
        async with session_scope(real_factory) as session:
            await session.execute(
                text(
                    "INSERT INTO integrity_run (id, kind, started_at, beat_at)"
                    " VALUES (gen_random_uuid(), 'facts', now(), now())"
                )
            )
        # Somebody else's check runs: this one is told of it and may ask again.
        joined = await cast.raw("admin", "POST", "/audit-logs/verify?facts=true")
        assert (joined.status_code, joined.json()["status"], joined.json()["intact"]) == (202, "running", None)
        assert joined.headers["location"] == f"/api/v1/audit-logs/verifications/{joined.json()['id']}"


async def test_altered_missing_and_orphaned_files_are_found_and_named(
    real_factory: SessionFactory, live: Settings
) -> None:
    store = make_store(live)
    async with open_cast(real_factory, live) as cast:
        test = await cast.executing()
        ids = {name: await attach(cast, test, "red_tech", "red", f"{name}.txt") for name in ("fine", "altered", "gone")}
        blind = await cast.executing(blind=True)
        hidden = await attach(cast, blind, "red_tech", "red", "hidden.txt")
        inventory = await cast.call("admin", "GET", "/evidence?sort=filename")
        keys = {item["filename"].removesuffix(".txt"): item["object_key"] for item in inventory["items"]}
        assert {item["status"] for item in inventory["items"]} == {"unchecked"}
        object_path(live, keys["altered"]).write_bytes(b"ALTERED")
        object_path(live, keys["gone"]).unlink()
        object_path(live, keys["hidden"]).write_bytes(b"ALTERED")
        orphan = (await store.put(new_key(), chunks(b"left behind"))).key
        an_hour_ago = clock.now().timestamp() - 3600
        os.utime(object_path(live, orphan), (an_hour_ago, an_hour_ago))
        started = await cast.raw("admin", "POST", "/evidence/verify")
        assert started.status_code == 202
        run = await finished(cast, "admin", started.headers["location"].removeprefix("/api/v1"))
        assert (run["intact"], run["status"], run["done"]) == (False, "succeeded", 4)
        assert run["checked"] == {"evidence": 4, "altered": 2, "missing": 1, "objects": 4, "orphaned": 1}
        found = {item["subject_id"]: (item["code"], item["message"]) for item in run["findings"]}
        assert found == {
            ids["altered"]: ("altered", f"altered.txt of AT-1001 is not what was uploaded (object {keys['altered']})."),
            ids["gone"]: ("missing", f"gone.txt of AT-1001 is gone from the store (object {keys['gone']})."),
            hidden: ("altered", (f"hidden.txt of BLIND-{blind['id'].replace('-', '')[-8:]} is not what was uploaded"
                     f" (object {keys['hidden']}).")),
            orphan: ("orphaned", "The store holds an object of 11 bytes that belongs to no evidence."),
        }  # fmt: skip
        await inventory_after(cast, real_factory, run, blind["id"])
    await store.close()


async def inventory_after(cast: Cast, factory: SessionFactory, run: dict[str, Any], blind_id: str) -> None:
    """What the lists say after the check, to an admin and to an auditor to whom the blind test is sealed."""
    listed = await cast.call("admin", "GET", "/evidence?status=altered&status=missing&sort=filename")
    assert [(item["filename"], item["status"]) for item in listed["items"]] == [
        ("altered.txt", "altered"),
        ("gone.txt", "missing"),
        ("hidden.txt", "altered"),
    ]
    by_number = await cast.call("admin", "GET", "/evidence?q=at-1001&sort=-filename")
    assert [item["filename"] for item in by_number["items"]] == [
        "gone.txt", "fine.txt", "altered.txt",
    ]  # fmt: skip
    summary = await cast.call("admin", "GET", "/evidence/summary")
    assert summary["by_status"] == {"intact": 1, "altered": 2, "missing": 1, "unchecked": 0, "purged": 0}
    assert (summary["files"], summary["objects"], summary["last_check"]["id"]) == (4, 4, run["id"])
    table = await cast.raw("admin", "GET", "/evidence?format=csv&status=missing")
    assert table.text.count("\r\n") == 2
    assert '"gone.txt"' in table.text
    async with session_scope(factory) as session:
        await session.execute(text("UPDATE user_account SET auditor = true WHERE username = 'viewer'"))
    assert {i["filename"] for i in (await cast.call("viewer", "GET", "/evidence"))["items"]} == {
        "fine.txt", "altered.txt", "gone.txt",
    }  # fmt: skip
    assert (await cast.call("viewer", "GET", "/evidence/summary"))["files"] == 3
    masked = await cast.raw("viewer", "GET", f"/evidence/verifications/{run['id']}")
    assert "hidden" not in masked.text
    assert blind_id not in masked.text
    assert (masked.json()["done"], masked.json()["checked"]) == (0, {})
    assert min(item["message"] for item in masked.json()["findings"]).startswith("Concerns something")
    await cast.call("red_lead", "GET", "/evidence", expect=403)


async def test_the_scheduler_proves_everything(real_factory: SessionFactory, live: Settings) -> None:
    store = make_store(live)
    async with open_cast(real_factory, live) as cast:
        test = await cast.executing()
        await attach(cast, test, "red_tech", "red", "proof.txt")
    counts = await check_everything(real_factory, live, store)
    assert (counts["facts_intact"], counts["evidence_intact"], counts["evidence_checked"]) == (1, 1, 1)
    async with session_scope(real_factory) as session:
        actions = (await session.scalars(select(AuditLog.action).order_by(AuditLog.seq.desc()).limit(2))).all()
    assert actions == ["evidence.store_verified", "audit.facts_verified"]
    await store.close()


async def test_a_check_that_breaks_off_says_so(real_factory: SessionFactory, live: Settings) -> None:
    audit.configure_keys(live)
    store = make_store(live)  # not prepared: there is no folder to list
    async with open_cast(real_factory, live.model_copy(update={"aegis_data_dir": Path("/nonexistent")})):
        pass
    runner = IntegrityRunner(real_factory, live, store)
    run_id = await runner.start("evidence", SYSTEM)
    await runner.wait(run_id)
    async with real_factory() as session:
        row = (await session.execute(text("SELECT status, error FROM integrity_run"))).one()
    assert (row.status, row.error) == ("failed", "The evidence store has no object objects.")
    await store.close()


async def test_the_command_names_the_first_broken_entry(
    real_factory: SessionFactory, live: Settings, real_db: DatabaseUrls
) -> None:
    async with open_cast(real_factory, live) as cast:
        await cast.validated()
    status, out, _ = run_command(live, "verify", "--facts", group="audit")
    lines = out.splitlines()
    assert (status, lines[0]) == (0, "Compared: 1 rounds, 2 votes; 0 not as recorded.")
    assert lines[1].startswith("The trail is whole: ")
    assert all(line.startswith("Not proven: ") for line in lines[2:])
    await as_owner(
        real_db,
        "UPDATE audit_log SET body = replace(body, 'blue_tech', 'blue_hack') WHERE seq = 5",
        "UPDATE observation SET outcome = 'blocked'",
    )
    status, out, _ = run_command(live, "verify", "--facts", group="audit")
    assert status == 1
    assert "\nThe trail breaks at entry 5: " in out
    assert "round  altered  entry " in out
    assert "the observations changed after the decision" in out
