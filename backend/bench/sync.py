"""A full sync of ATT&CK and one that brings nothing new, against reading the JSON and copying the same rows."""

import asyncio
import contextlib
import gzip
import hashlib
import io
import json
import os
import shutil
from pathlib import Path
from time import perf_counter

import orjson
import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.database import SessionFactory, make_engine, make_session_factory, session_scope
from app.domain.actor import SYSTEM
from app.domain.content import ATTACK_SOURCE
from app.importers.base import BundleFile
from app.importers.worker_main import run_job
from app.importers.worker_protocol import WorkerJob
from app.services.content import runs
from app.services.content.bootstrap import ensure_attack
from app.services.content.kinds import ATTACK_KINDS
from app.services.content.known import write_known_hashes
from app.services.content.pipeline import import_staged
from app.services.content.registry import ensure_sources
from app.services.content.runner import execute, import_lock
from app.services.content.staging import Part, Staged
from app.services.first_environment import ensure_default_environment
from bench.measure import Line
from bench.place import make_settings
from bench.timing import interleaved_calls

RELEASE = "18.1"
BUNDLE = f"attack/enterprise-attack-{RELEASE}.json.gz"
TABLES = tuple(dict.fromkeys([*(spec.table for spec in ATTACK_KINDS), "object_domain", "technique_tactic"]))


def recorded_content() -> Path | None:
    """The folder of recorded upstream content, where there is one."""
    repository = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("AEGIS_CONTENT", repository.parent / "shared" / "content"))
    return folder if (folder / BUNDLE).is_file() else None


class SyncBench:
    """One database and one bundle on disk."""

    def __init__(self, settings: Settings, factory: SessionFactory, bundle: Path) -> None:
        self.settings, self.factory, self.bundle = settings, factory, bundle
        self.folder = bundle.parent / "records"
        self.known = bundle.parent / "known.tsv"
        self.rows: dict[str, bytes] = {}

    def owner(self) -> psycopg.Connection[tuple[object, ...]]:
        """The role that owns the tables."""
        assert self.settings.database_owner_url is not None
        return psycopg.connect(self.settings.database_owner_url.replace("+psycopg", ""), autocommit=True)

    def _parse(self, known: Path | None) -> Staged:
        """What the worker does, without starting a process."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        file = BundleFile(self.bundle, "0" * 64, "enterprise", "offline", self.bundle.name, RELEASE)
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
            run_job(WorkerJob(os.getpid(), (file,), self.folder, known_hashes=known))
        files = {path.stem: path for path in sorted(self.folder.glob("*.tsv"))}
        return Staged(ATTACK_SOURCE, (Part("enterprise", RELEASE),), files)

    async def bring(self, session: AsyncSession, known: Path | None) -> None:
        """Parse and import in the session's transaction."""

        async def progress(*_: object) -> None:
            return

        await session.execute(text("SET LOCAL statement_timeout = 0"))
        staged = self._parse(known)
        imported = await import_staged(session, staged, progress=progress, origins={})
        await session.flush()
        changed = imported.counts["added"] + imported.counts["updated"]
        assert bool(changed) is (known is None), imported.counts

    async def full(self) -> None:
        """Everything new; rolled back, so that it can be done again."""
        async with self.factory() as session:
            await self.bring(session, None)
            await session.rollback()

    async def nothing_new(self) -> None:
        """Other bytes, the same values."""
        async with self.factory() as session:
            await write_known_hashes(session, ATTACK_SOURCE, self.known)
            await self.bring(session, self.known)
            await session.rollback()

    async def same_file(self) -> None:
        """The file of the last run once more, through queue and runner."""
        async with session_scope(self.factory) as session:
            await runs.request_run(session, SYSTEM, ATTACK_SOURCE, runs.Wish(("enterprise",)))
        async with import_lock(self.factory):
            run = await runs.claim_next(self.factory)
            assert run is not None
            await execute(self.factory, self.settings, run)

    def remember_rows(self) -> None:
        """Keep what the import wrote, as COPY writes it."""
        with self.owner() as connection:
            for table in TABLES:
                with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
                    self.rows[table] = b"".join(bytes(chunk) for chunk in copy)

    async def bare_full(self) -> None:
        """Read the JSON, and copy the rows into tables without indexes."""
        json.loads(self.bundle.read_bytes())
        with self.owner() as connection, connection.transaction(force_rollback=True):
            for table, rows in self.rows.items():
                name = sql.Identifier(f"bare_{table}")
                connection.execute(
                    sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING GENERATED)").format(name, sql.Identifier(table))
                )
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
                    copy.write(rows)

    async def bare_nothing_new(self) -> None:
        """Read the JSON, and hash each object."""
        for item in json.loads(self.bundle.read_bytes())["objects"]:
            hashlib.sha256(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)).digest()


async def bench_sync(databases: list[tuple[str, str]], folder: Path, content: Path) -> list[Line]:
    """Bundled package, nothing new, same file, full; each on an empty database of its own."""
    place = folder / "sync"
    (place / "content" / "attack").mkdir(parents=True)
    bundle = place / "enterprise.json"
    await asyncio.to_thread(bundle.write_bytes, gzip.decompress((content / BUNDLE).read_bytes()))
    (place / "content" / BUNDLE).symlink_to(content / BUNDLE)
    lines: list[Line] = []
    rows: dict[str, bytes] = {}
    for (owner, app), measure in zip(databases, (_first_start, _again, _full), strict=True):
        settings = make_settings(
            owner,
            app,
            place / "data",
            attack_source="bundled" if measure is _first_start else "offline",
            content_dir=place / "content",
        )
        engine = make_engine(app, statement_timeout_ms=None)
        bench = SyncBench(settings, make_session_factory(engine, settings), bundle)
        bench.rows = rows
        lines += await measure(bench)
        rows = bench.rows
        await engine.dispose()
    return lines


async def _first_start(bench: SyncBench) -> list[Line]:
    began = perf_counter()
    await ensure_attack(bench.factory, bench.settings)
    return [Line("bundled ATT&CK on a first start", perf_counter() - began, 2, " s")]


async def _prepare(bench: SyncBench) -> None:
    async with session_scope(bench.factory) as session:
        await ensure_sources(session, bench.settings)
        await ensure_default_environment(session)


async def _again(bench: SyncBench) -> list[Line]:
    await _prepare(bench)
    await bench.same_file()
    bench.remember_rows()
    same, nothing, bare = await interleaved_calls(bench.same_file, bench.nothing_new, bench.bare_nothing_new)
    note = f"{nothing:.2f} s against {bare:.2f} s"
    return [
        Line("sync of the same file", same, 0.2, " s"),
        Line("sync with nothing new / JSON and hashes", nothing / bare, 3, note=note),
    ]


async def _full(bench: SyncBench) -> list[Line]:
    await _prepare(bench)
    full, bare = await interleaved_calls(bench.full, bench.bare_full)
    note = f"{full:.2f} s against {bare:.2f} s"
    return [Line("full sync / JSON and COPY", full / bare, 4, note=note)]
