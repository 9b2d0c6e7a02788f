"""`aegis coverage recompute` as an operator runs it."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import select, text

from app.database import SessionFactory, session_scope
from app.models.coverage import CurrentResult
from tests.builders.coverage import build_world
from tests.conftest import TEST_SECRET_KEY
from tests.support.databases import DatabaseUrls

BACKEND = Path(__file__).resolve().parents[3]


def recompute(urls: DatabaseUrls, folder: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "coverage", "recompute"],
        cwd=BACKEND,
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": urls.app.replace("+psycopg", ""),
            "AEGIS_DATA_DIR": str(folder),
            "SECRET_KEY": TEST_SECRET_KEY,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.splitlines()


async def test_the_command_mends_and_says_what(
    real_db: DatabaseUrls, real_factory: SessionFactory, tmp_path: Path
) -> None:
    async with session_scope(real_factory) as session:
        await session.execute(text("DELETE FROM environment"))
        world = await build_world(session)
        await world.technique("T0001")
        await world.test("T0001")
    assert recompute(real_db, tmp_path) == [
        "Current results: 1 in all, 1 added, 0 changed, 0 removed.",
        "Technique statistics: 1 in all, 1 added, 0 changed, 0 removed.",
        "Sums of results: 1 in all, 1 added, 0 changed, 0 removed.",
        "Mended.",
    ]
    async with real_factory() as session:
        assert (await session.scalars(select(CurrentResult.detection))).all() == ["detected"]
    assert recompute(real_db, tmp_path)[-1] == "All was right."
