"""Broken content of every source ends in a run that says so, and leaves every row as it was."""

import asyncio
import sys
from pathlib import Path

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from app.domain.permissions import Role
from app.services.content.runner import mark_interrupted
from tests.content.test_killed_imports import BACKEND, killed_at, newest_run
from tests.support.content_samples import SAMPLES, tarball

API = "/api/v1/data-sources"
TABLES = (
    "test_template", "blueprint", "detection_rule", "countermeasure", "control", "framework", "content_link",
    "object_domain", "attack_redirect", "technique", "technique_stats",
)  # fmt: skip


async def fingerprint(factory) -> str:
    """Changes with any write to any row of content, even with one that changes no value."""
    rows = " || ".join(
        f"(SELECT coalesce(md5(string_agg(x::text || x.xmin::text, '' ORDER BY x::text)), '') FROM {name} x)"
        for name in TABLES
    )
    async with factory() as session:
        return str(await session.scalar(text(f"SELECT {rows}")))


@pytest.mark.parametrize("source", list(SAMPLES))
async def test_nothing_changes_but_the_report(client: AsyncClient, people, attack_factory, source: str):
    sample, admin = SAMPLES[source], people[Role.ADMIN]

    async def upload(content: bytes) -> dict:
        params = {"filename": "content.tar.gz", "part": sample.part}
        started = await client.post(f"{API}/{source}/upload", headers=admin, content=content, params=params)
        assert started.status_code == 202, started.text
        for _ in range(600):
            run = (await client.get(f"{API}/runs/{started.json()['id']}", headers=admin)).json()
            if run["ended_at"] is not None:
                return run
            await asyncio.sleep(0.03)
        raise AssertionError(run)

    first = await upload(tarball(sample.files))
    assert (first["status"], first["counts"]["added"]) == ("succeeded", sample.items), first
    before = await fingerprint(attack_factory)

    # One file can no longer be read: what stood in it is not taken to be gone.
    broken = await upload(tarball({**sample.files, sample.broken: b"\xff" * 50}))
    assert broken["status"] == ("failed" if source in {"d3fend", "compliance"} else "partial"), broken
    if broken["status"] == "partial":
        assert (broken["counts"]["removed"], broken["counts"]["skipped"]) == (0, 1)
        assert broken["report"]["incomplete_parts"] == [sample.part]
        assert [problem["path"] for problem in broken["problems"]] == [sample.broken]
    else:
        assert broken["error"]["code"] == "invalid_json"
    assert await fingerprint(attack_factory) == before


@pytest.mark.recorded
@pytest.mark.parametrize("phase", ["writing", "linking"])
async def test_a_kill_leaves_the_old_procedures_whole(
    attack_urls, attack_factory, recorded_content: Path, tmp_path: Path, phase: str
):
    before = await fingerprint(attack_factory)
    program = [sys.executable, "-m", "tests.support.import_process", attack_urls.app, str(tmp_path)]
    process = await asyncio.create_subprocess_exec(
        *program,
        str(recorded_content),
        "atomic_red_team",
        cwd=BACKEND,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    await killed_at(process, phase, 0)
    for _ in range(100):
        if await mark_interrupted(attack_factory):
            break
        await asyncio.sleep(0.1)
    run = await newest_run(attack_factory)
    assert (run.source, run.status, run.phase) == ("atomic_red_team", "interrupted", "interrupted")
    assert await fingerprint(attack_factory) == before
