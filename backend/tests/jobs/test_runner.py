"""Jobs run once, when due, and leave a row whatever happens."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app import clock
from app.config import Settings
from app.database import SessionFactory, make_engine, make_session_factory, session_scope
from app.domain.permissions import Role
from app.jobs.base import Job, JobContext
from app.jobs.registry import JOBS
from app.jobs.runner import job_lock, run_job
from app.models.content import SyncRun
from app.models.jobs import JobRun
from app.models.notification import Notification
from app.services import job_runs
from app.services.audit import configure_keys
from app.services.content.leftovers import sweep_leftovers
from app.services.content.registry import ensure_sources
from app.services.content.runner import ImportRunner
from app.storage import make_store
from tests.builders.users import build_user
from tests.support.databases import DatabaseUrls

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
async def context(real_factory: SessionFactory, settings: Settings, tmp_path: Path) -> AsyncIterator[JobContext]:
    configure_keys(settings)
    store = make_store(settings)
    await store.prepare()
    imports = ImportRunner(real_factory, settings)
    yield JobContext(real_factory, settings, store, imports)
    await imports.stop()
    await store.close()


def counting(seen: list[int], *, fail: bool = False, seconds: float = 0, timeout: int = 5) -> Job:
    async def work(_context: JobContext) -> Mapping[str, int]:
        await asyncio.sleep(seconds)
        if fail:
            raise ValueError("broken on purpose")
        seen.append(1)
        return {"done": len(seen)}

    return Job("probe", "Probe", "housekeeping_interval_hours", timeout, work)


async def rows(context: JobContext) -> list[JobRun]:
    async with context.factory() as session:
        return list(await session.scalars(select(JobRun).order_by(JobRun.started_at)))


async def test_a_job_is_due_by_its_last_run_not_by_the_process(context: JobContext) -> None:
    seen: list[int] = []
    job = counting(seen)
    with clock.frozen_at(NOON):
        assert await run_job(context, job) is not None
        assert await run_job(context, job) is None
    with clock.frozen_at(NOON + timedelta(minutes=59)):
        assert await run_job(context, job) is None
    with clock.frozen_at(NOON + timedelta(minutes=60)):
        assert await run_job(context, job) is not None
    assert [row.status for row in await rows(context)] == ["succeeded", "succeeded"]
    assert len(seen) == 2


async def test_by_hand_it_runs_at_once(context: JobContext) -> None:
    seen: list[int] = []
    for _ in range(2):
        assert await run_job(context, counting(seen), trigger="manual") is not None
    assert [row.trigger for row in await rows(context)] == ["manual", "manual"]


async def test_many_processes_run_it_once(context: JobContext, real_db: DatabaseUrls) -> None:
    seen: list[int] = []
    engines = [make_engine(real_db.app, pool_size=4) for _ in range(3)]
    others = [
        JobContext(make_session_factory(engine), context.settings, context.store, context.imports) for engine in engines
    ]
    runs = await asyncio.gather(*(run_job(other, counting(seen, seconds=0.3)) for other in [context, *others]))
    for engine in engines:
        await engine.dispose()
    assert [run is not None for run in runs].count(True) == 1
    assert seen == [1]


async def test_a_failure_is_recorded_and_the_next_run_is_free(context: JobContext) -> None:
    await run_job(context, counting([], fail=True), trigger="manual")
    await run_job(context, counting([], seconds=3, timeout=1), trigger="manual")
    await run_job(context, counting([]), trigger="manual")
    found = await rows(context)
    assert [row.status for row in found] == ["failed", "failed", "succeeded"]
    assert [row.error for row in found] == ["ValueError: broken on purpose", "took too long", None]
    assert found[2].counts == {"done": 1}


async def test_the_run_of_a_dead_process_is_marked_and_a_living_one_is_not(context: JobContext) -> None:
    await job_runs.begin(context.factory, "probe", trigger="schedule", requested_by=None)
    async with job_lock(context.factory, "probe") as held:
        assert held
        assert await run_job(context, counting([]), trigger="manual") is None
        assert [row.status for row in await rows(context)] == ["running"]
    assert await run_job(context, counting([]), trigger="manual") is not None
    assert [row.status for row in await rows(context)] == ["interrupted", "succeeded"]


async def test_old_notifications_go(context: JobContext) -> None:
    async with session_scope(context.factory) as session:
        user = await build_user(session, role=Role.VIEWER)
        for age, key in ((91, "old"), (89, "new")):
            session.add(
                Notification(
                    user_id=user.id,
                    kind="x",
                    title="x",
                    dedupe_key=key,
                    created_at=clock.now() - timedelta(days=age),
                )
            )
    await run_job(context, JOBS["notification_cleanup"], trigger="manual")
    async with context.factory() as session:
        assert list(await session.scalars(select(Notification.dedupe_key))) == ["new"]


async def test_housekeeping_finds_nothing_to_do_on_a_clean_installation(context: JobContext) -> None:
    await run_job(context, JOBS["housekeeping"], trigger="manual")
    [row] = await rows(context)
    assert (row.status, row.counts) == (
        "succeeded",
        {
            "orphans_deleted": 0,
            "evidence_missing": 0,
            "leftovers_deleted": 0,
            "results_summed": 0,
            "acceptances_expired": 0,
            "acceptances_ending": 0,
        },
    )


async def test_what_killed_imports_left_goes_and_what_is_wanted_stays(context: JobContext) -> None:
    data = context.settings.aegis_data_dir
    uploads, imports = data / "uploads", data / "imports"
    pack, waiting = uploads / "pack", uploads / "waiting"
    for folder in (pack / "lolbas", uploads / "dead" / "lolbas", imports / "sigma-dead", imports / "sigma-young"):
        folder.mkdir(parents=True)
        (folder / "file.tar.gz").write_bytes(b"x")
    for file in (waiting, uploads / "orphan"):
        file.write_bytes(b"x")
    (imports / "link").symlink_to(data)
    two_days_ago = (clock.now() - timedelta(days=2)).timestamp()
    for entry in [*uploads.iterdir(), *imports.iterdir()]:
        if entry.name != "sigma-young":
            os.utime(entry, (two_days_ago, two_days_ago), follow_symlinks=False)
    async with session_scope(context.factory) as session:
        await ensure_sources(session, context.settings)
        for source, upload in (("lolbas", pack / "lolbas"), ("sigma", waiting)):
            session.add(SyncRun(source=source, status="queued", phase="queued", request={"upload": str(upload)}))
        dead = {"status": "interrupted", "phase": "interrupted", "ended_at": clock.now()}
        session.add(SyncRun(source="caldera", request={"upload": str(uploads / "dead" / "lolbas")}, **dead))
    assert await sweep_leftovers(context.factory, context.settings) == 4
    assert {entry.name for entry in uploads.iterdir()} == {"pack", "waiting"}
    assert {entry.name for entry in imports.iterdir()} == {"sigma-young"}
    assert data.is_dir()
    assert await sweep_leftovers(context.factory, context.settings) == 0
