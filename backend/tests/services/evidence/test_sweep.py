"""Store and database in step, from the inside and by the command."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.clock import frozen_at, now
from app.config import Settings
from app.database import SessionFactory, session_scope
from app.errors import NotFound
from app.models.evidence import Evidence, EvidenceObject
from app.services import audit
from app.services.evidence import SweepReport, sweep_evidence, take_inventory, verify_all
from app.storage import EvidenceStore, make_store, new_key
from tests.builders.coverage import build_world
from tests.storage.content import chunks, keys_of
from tests.support.databases import DatabaseUrls

BACKEND = Path(__file__).resolve().parents[3]


@pytest.fixture
def live_settings(settings: Settings, real_db: DatabaseUrls) -> Settings:
    changed = settings.model_copy(update={"database_url": real_db.app, "database_owner_url": real_db.owner})
    audit.configure_keys(changed)
    return changed


@pytest.fixture
async def store(live_settings: Settings) -> AsyncIterator[EvidenceStore]:
    store = make_store(live_settings)
    await store.prepare()
    yield store
    await store.close()


async def add_evidence(factory: SessionFactory, store: EvidenceStore, contents: list[bytes]) -> list[tuple[UUID, str]]:
    """Evidence in store and database; ids and keys."""
    added = []
    async with session_scope(factory) as session:
        world = await build_world(session)
        await world.technique("T1059")
        test, round_ = await world.test("T1059")
        for content in contents:
            stored = await store.put(new_key(), chunks(content))
            row = EvidenceObject(
                key=stored.key,
                sha256=stored.sha256,
                size=stored.size,
                content_type="text/plain",
                store="files",
                created_at=now() - timedelta(days=2),
            )
            session.add(row)
            await session.flush()
            evidence = Evidence(
                test_id=test.id,
                round_id=round_.id,
                object_id=row.id,
                side="red",
                filename="a.txt",
                uploaded_by_id=world.user_id,
            )
            session.add(evidence)
            await session.flush()
            added.append((evidence.id, stored.key))
    return added


def object_path(settings: Settings, key: str) -> Path:
    return settings.aegis_data_dir / "evidence" / "objects" / key[:2] / key


async def test_orphans_go_after_a_day_and_nothing_else(
    real_factory: SessionFactory, store: EvidenceStore, live_settings: Settings
) -> None:
    ((_, kept),) = await add_evidence(real_factory, store, [b"kept"])
    orphan = (await store.put(new_key(), chunks(b"orphan"))).key
    half = live_settings.aegis_data_dir / "evidence" / "incoming" / "half.part"
    half.write_bytes(b"half")
    report = await sweep_evidence(real_factory, store)
    assert report == SweepReport(objects=2)
    assert await keys_of(store) == {kept, orphan}
    with frozen_at(now() + timedelta(hours=25)):
        report = await sweep_evidence(real_factory, store)
    assert report == SweepReport(objects=2, orphans=1, deleted=1, unfinished=1)
    assert await keys_of(store) == {kept}
    assert not half.exists()


async def test_rows_without_an_object_are_reported(
    real_factory: SessionFactory, store: EvidenceStore, live_settings: Settings
) -> None:
    await add_evidence(real_factory, store, [b"one", b"two"])
    key = min(await keys_of(store))
    object_path(live_settings, key).unlink()
    report = await sweep_evidence(real_factory, store)
    assert (report.objects, len(report.missing), report.deleted) == (1, 1, 0)


async def test_a_restored_database_does_not_cost_the_newer_objects(
    real_factory: SessionFactory, store: EvidenceStore
) -> None:
    await add_evidence(real_factory, store, [b"old"] * 3)
    for _ in range(21):
        await store.put(new_key(), chunks(b"newer than the backup"))
    with frozen_at(now() + timedelta(hours=25)):
        report = await sweep_evidence(real_factory, store)
        assert report == SweepReport(objects=24, orphans=21, refused=True)
        assert len(await keys_of(store)) == 24
        report = await sweep_evidence(real_factory, store, delete_many=True)
    assert report == SweepReport(objects=24, orphans=21, deleted=21)
    assert len(await keys_of(store)) == 3


async def test_inventory_counts_files_and_bytes(real_factory: SessionFactory, store: EvidenceStore) -> None:
    await add_evidence(real_factory, store, [b"one", b"three"])
    async with real_factory() as session:
        found = await take_inventory(session)
    assert (found.files, found.objects, found.size, found.withdrawn, found.files_by_side) == (2, 2, 8, 0, {"red": 2})


async def test_everything_is_verified_in_turn(
    real_factory: SessionFactory, store: EvidenceStore, live_settings: Settings
) -> None:
    added = await add_evidence(real_factory, store, [b"fine", b"altered", b"missing"])
    object_path(live_settings, added[1][1]).write_bytes(b"ALTERED")
    object_path(live_settings, added[2][1]).unlink()
    results = {result.evidence_id: result.outcome async for result in verify_all(real_factory, store)}
    assert results == {added[0][0]: "verified", added[1][0]: "altered", added[2][0]: "missing"}
    one = [result.intact async for result in verify_all(real_factory, store, evidence_id=added[0][0])]
    assert one == [True]
    with pytest.raises(NotFound):
        _ = [result async for result in verify_all(real_factory, store, evidence_id=uuid4())]


def run_command(settings: Settings, *arguments: str, group: str = "evidence") -> tuple[int, str, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": (settings.database_url or "").replace("+psycopg", ""),
        "DATABASE_OWNER_URL": (settings.database_owner_url or "").replace("+psycopg", ""),
        "AEGIS_DATA_DIR": str(settings.aegis_data_dir),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
    }
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", group, *arguments],
        cwd=BACKEND,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


async def test_the_command_verifies_and_tells_by_its_status(
    real_factory: SessionFactory, store: EvidenceStore, live_settings: Settings
) -> None:
    added = await add_evidence(real_factory, store, [b"fine", b"altered"])
    object_path(live_settings, added[1][1]).write_bytes(b"ALTERED")
    status, out, _ = run_command(live_settings, "verify", "--all")
    assert status == 1
    assert out.splitlines()[-1] == "2 checked, 1 not intact."
    assert out.startswith(f"{added[1][0]}  altered  expected ")
    orphan = (await store.put(new_key(), chunks(b"left"))).key
    os.utime(object_path(live_settings, orphan), (0, 0))
    lines = run_command(live_settings, "verify", "--all")[1].splitlines()
    assert lines[-2:] == [
        f"{orphan}  orphaned  The store holds an object of 4 bytes that belongs to no evidence.",
        "2 checked, 1 not intact, 1 orphaned.",
    ]
    await store.delete(orphan)
    assert run_command(live_settings, "verify", str(uuid4()))[::2] == (2, "There is no such evidence.\n")
    assert run_command(live_settings, "sweep")[:2] == (
        0,
        "2 objects, 0 orphans, 0 deleted, 0 unfinished uploads removed, 0 missing.\n",
    )
