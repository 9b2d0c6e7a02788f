"""A pack that one installation made of all sources brings another, without a network, the very same content."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import app as cli
from app.database import make_engine, make_session_factory, session_scope
from app.services.content.registry import SOURCES
from app.services.first_environment import ensure_default_environment
from tests.conftest import TEST_SECRET_KEY
from tests.support.content_hashes import content_rows, content_tables, hashes
from tests.support.databases import DatabaseUrls, TestServer
from tests.support.small_upstream import write_small_content
from tests.support.upstream import serve_recorded

pytestmark = pytest.mark.recorded
DOMAINS = {"small": "enterprise,mobile", "all": "enterprise,mobile,ics"}
CHANGES = {
    "test_template": "inputs = inputs || '[{}]'",
    "technique": "parent_id = NULL",
    "content_link": "details = details || '{\"a\": 1}'",
    "technique_stats": "templates = templates + 1",
    "object_domain": "domain = 'ics'",
    "control": "baselines = '{}'",
}
"""A change of the first row that has it, by table."""


@pytest.fixture
def places(postgres_server: TestServer) -> Iterator[list[DatabaseUrls]]:
    """Databases of two installations."""
    urls = [postgres_server.clone(), postgres_server.clone()]
    yield urls
    for place in urls:
        postgres_server.drop(place.name)


def aegis(*words: str) -> str:
    ended = CliRunner().invoke(cli, words)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


@pytest.mark.parametrize("size", ["small", pytest.param("all", marks=pytest.mark.slow)])
async def test_every_table_has_the_same_rows(
    places: list[DatabaseUrls], recorded_content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    here, there = places
    content = recorded_content if size == "all" else write_small_content(tmp_path / "content")
    pack = str(tmp_path / "all.pack")
    with serve_recorded(content, recorded=recorded_content) as upstream:
        await _live_in(monkeypatch, here, tmp_path / "here", ATTACK_DOMAINS=DOMAINS[size])
        for name, value in {
            "ATTACK_SOURCE": "github",
            "GITHUB_API_URL": upstream.url,
            "GITHUB_RAW_URL": upstream.raw,
            "D3FEND_API_URL": f"{upstream.url}/d3fend",
            "ALLOW_PRIVATE_UPSTREAMS": "true",
        }.items():
            monkeypatch.setenv(name, value)
        # ATT&CK comes last here, and first with the pack: what named its techniques before them is the same then.
        for name in reversed([name for name, entry in SOURCES.items() if entry.publisher is None]):
            # The commands have event loops of their own.
            assert f"{name}: succeeded" in await asyncio.to_thread(aegis, "sync", name)
        await asyncio.to_thread(aegis, "content", "export", pack)
        for name in ("GITHUB_API_URL", "GITHUB_RAW_URL", "D3FEND_API_URL", "ALLOW_PRIVATE_UPSTREAMS"):
            monkeypatch.delenv(name)

    await _live_in(monkeypatch, there, tmp_path / "there", ATTACK_SOURCE="bundled")
    with monkeypatch.context() as closed:
        closed.setattr(socket.socket, "connect", _refuse)
        if size == "all":
            # As after a first start: what the summary brought gives way without a trace.
            await asyncio.to_thread(aegis, "sync", "mitre_attack")
        await asyncio.to_thread(aegis, "content", "import", pack, "--accept-unsigned")

    rows = await _rows(here)
    assert [table.name for table in content_tables() if not rows[table.name]] == []
    assert (wanted := hashes(rows)) == hashes(await _rows(there))
    assert await _noticed(there, wanted) == {table: {table} for table in CHANGES}


async def _live_in(monkeypatch: pytest.MonkeyPatch, place: DatabaseUrls, folder: Path, **settings: str) -> None:
    """Be this installation, as its first start leaves it."""
    fixed = {"DATABASE_URL": place.app, "AEGIS_DATA_DIR": str(folder), "SECRET_KEY": TEST_SECRET_KEY}
    for name, value in {**fixed, **settings}.items():
        monkeypatch.setenv(name, value)
    engine = make_engine(place.app)
    async with session_scope(make_session_factory(engine)) as session:
        await ensure_default_environment(session)
    await engine.dispose()


def _refuse(_self: socket.socket, address: object) -> None:
    raise OSError(f"there is no network, and {address!r} was asked for")


async def _rows(place: DatabaseUrls):
    engine = make_engine(place.app)
    async with make_session_factory(engine)() as session:
        found = await content_rows(session)
    await engine.dispose()
    return found


async def _noticed(place: DatabaseUrls, wanted: dict[str, str]) -> dict[str, set[str]]:
    """By each change, the tables whose hash is another one then. Nothing of it stays."""
    noticed = {}
    engine = make_engine(place.app)
    async with make_session_factory(engine)() as session:
        for table, change in CHANGES.items():
            where = f"ctid = (SELECT ctid FROM {table} WHERE {change.partition(' ')[0]} IS NOT NULL LIMIT 1)"
            await session.execute(text(f"UPDATE {table} SET {change} WHERE {where}"))
            found = hashes(await content_rows(session))
            noticed[table] = {name for name in wanted if found.get(name) != wanted[name]}
            await session.rollback()
    await engine.dispose()
    return noticed
