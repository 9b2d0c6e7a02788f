"""An installation without a network gets its ATT&CK with Aegis: a newer package is an upgrade like any other."""

import shutil
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM
from app.importers.attack import bundled
from app.models.knowledge import Technique
from app.services.content import runs
from app.services.content.runner import ImportRunner


def newer_package(folder: Path) -> None:
    shutil.copytree(bundled.bundled_file().path, folder / "data")
    (folder / "__init__.py").touch()
    (release,) = folder.glob("data/infrastructure-*.json")
    tables = orjson.loads(release.read_bytes())
    tables["collections"][0]["version"] = "18.2"
    release.write_bytes(orjson.dumps(tables))
    (techniques,) = folder.glob("data/attack-patterns-*.json")
    tables = orjson.loads(techniques.read_bytes())
    (row,) = (row for row in tables["attack_patterns"] if row["external_id"] == "T1059.001")
    row["name"] = "Power Shell"
    techniques.write_bytes(orjson.dumps(tables))


async def test_a_newer_summary_tells_what_it_changed(
    attack_factory: SessionFactory, attack_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer_package(tmp_path / "newer_lookup")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(bundled, "PACKAGE", "newer_lookup")
    async with session_scope(attack_factory) as session:
        asked = await runs.request_run(session, SYSTEM, "mitre_attack", runs.Wish(("enterprise",), "bundled"))
    runner = ImportRunner(attack_factory, attack_settings)
    runner.kick()
    await runner.wait_idle()
    async with attack_factory() as session:
        run = await runs.get_run(session, asked.id)
        assert (run.status, run.report["releases"], run.report["summary"]) == (
            "succeeded",
            {"enterprise": "18.2"},
            True,
        )
        renamed = {"attack_id": "T1059.001", "before": "PowerShell", "after": "Power Shell"}
        assert run.report["upgrade"]["renamed"] == [renamed]
        due = await session.scalars(select(Technique.attack_id).where(Technique.review_required))
        assert due.all() == ["T1059.001"]
