"""An import that dies leaves the old content whole, and a run that says so."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.models.content import SyncRun
from app.services.content.runner import import_lock, mark_interrupted
from tests.support.databases import DatabaseUrls, TestServer
from tests.support.stored_attack import fingerprint

pytestmark = pytest.mark.recorded

BACKEND = Path(__file__).resolve().parents[2]
PHASES = ("fetching", "parsing", "loading", "comparing", "writing", "linking")
SEED = 20251122


@pytest.fixture
def real_db(postgres_server: TestServer, with_attack: str) -> Iterator[DatabaseUrls]:
    urls = postgres_server.clone(with_attack)
    yield urls
    postgres_server.drop(urls.name)


async def start(url: str, folder: Path, content: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.import_process",
        url,
        str(folder),
        str(content),
        cwd=BACKEND,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def killed_at(process: asyncio.subprocess.Process, phase: str, delay: float) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        if line.decode().strip() == phase:
            break
    await asyncio.sleep(delay)
    os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def newest_run(factory) -> SyncRun:
    async with factory() as session:
        return (await session.scalars(select(SyncRun).order_by(SyncRun.created_at.desc()).limit(1))).one()


async def test_a_kill_at_any_phase_changes_nothing(real_db, real_factory, recorded_content, tmp_path):
    async with real_factory() as session:
        before = await fingerprint(session)
    moments = random.Random(SEED)
    for phase in PHASES:
        process = await start(real_db.app, tmp_path, recorded_content)
        await killed_at(process, phase, moments.uniform(0, 0.02))
        for _ in range(100):
            if await mark_interrupted(real_factory):
                break
            await asyncio.sleep(0.1)
        assert (await newest_run(real_factory)).status == "interrupted", phase
        async with real_factory() as session:
            assert await fingerprint(session) == before, phase
    process = await start(real_db.app, tmp_path, recorded_content)
    assert await process.wait() == 0
    assert (await newest_run(real_factory)).status == "succeeded"


async def test_a_living_import_is_not_marked(real_factory):
    async with import_lock(real_factory) as held:
        assert held
        assert await mark_interrupted(real_factory) == 0
        async with import_lock(real_factory) as second:
            assert not second
