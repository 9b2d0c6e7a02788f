"""Imports of the sources that come as archives, against reading the same files and copying the same rows.

Whole: everything is new. Nothing new: other bytes, the same values. Same file: byte for byte what was imported last.
"""

import asyncio
import contextlib
import hashlib
import io
import json
import os
import shutil
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import psycopg
import yaml
from defusedxml.ElementTree import fromstring
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.database import SessionFactory, make_engine, make_session_factory, session_scope
from app.domain.actor import SYSTEM
from app.importers.archive import iter_archive
from app.importers.content import ArchiveFile, ContentDefinition, ContentRequest, load_parser
from app.importers.limits import ArchiveLimits
from app.importers.worker_main import run_job
from app.importers.worker_protocol import WorkerJob
from app.services.content import runs
from app.services.content.bootstrap import ensure_attack
from app.services.content.catalogue_kinds import ALL_KINDS
from app.services.content.pipeline import import_staged
from app.services.content.registry import ARCHIVES
from app.services.content.runner import execute, import_lock
from app.services.content.staging import Part, Staged
from app.services.coverage import recompute_all
from bench.measure import Line
from bench.place import make_settings
from bench.timing import interleaved_calls

RULES: Final = frozenset({"sigma", "elastic"})
"""Sources whose parsing alone has a limit of its own."""
TIMES: Final = 3
FULL, NOTHING_NEW, SAME_FILE, PARSED = 4, 3, 0.2, 2
LINKS: Final = ("content_link", "object_domain")


@dataclass(frozen=True, slots=True)
class Bare:
    """What reading the files costs with the libraries alone."""

    members: list[tuple[str, bytes]]

    @classmethod
    def of(cls, definition: ContentDefinition, archives: Iterable[ArchiveFile]) -> "Bare":
        """The members that the parser asks for, unpacked already."""
        wants = load_parser(definition.parser).wants
        found = [
            member
            for archive in archives
            for member in iter_archive(archive.path, ArchiveLimits(max_member_bytes=archive.max_member_bytes), wants)
        ]
        return cls(found)

    def read(self) -> list[Any]:
        """Every value that the files hold."""
        values: list[Any] = []
        for path, data in self.members:
            values += _reader_of(path)(data)
        return values


def _reader_of(path: str) -> Callable[[bytes], list[Any]]:
    if path.endswith(".toml"):
        return lambda data: [tomllib.loads(data.decode())]
    if path.endswith(".json"):
        return lambda data: [json.loads(data)]
    if path.endswith(".xml"):
        return lambda data: [fromstring(data).tag]
    return lambda data: list(yaml.load_all(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader))


class CatalogueBench:
    """One source on a database of its own."""

    def __init__(
        self, settings: Settings, factory: SessionFactory, definition: ContentDefinition, folder: Path
    ) -> None:
        self.settings, self.factory, self.definition = settings, factory, definition
        self.name = definition.source.name
        self.folder = folder / f"records-{self.name}"
        parts = tuple(part.name for part in definition.parts)
        request = ContentRequest(work_dir=folder, parts=parts, content_dir=settings.content_dir)
        self.archives = tuple(definition.part(part).offline(request, part) for part in parts)
        self.bare = Bare.of(definition, self.archives)
        self.rows: dict[str, bytes] = {}

    def owner(self) -> psycopg.Connection[tuple[object, ...]]:
        """The role that owns the tables."""
        assert self.settings.database_owner_url is not None
        return psycopg.connect(self.settings.database_owner_url.replace("+psycopg", ""), autocommit=True)

    def parse(self) -> Staged:
        """What the worker does, without starting a process."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
            run_job(WorkerJob(os.getpid(), (), self.folder, archives=self.archives, parser=self.definition.parser))
        files = {path.stem: path for path in sorted(self.folder.glob("*.tsv"))}
        parts = tuple(Part(archive.part, archive.release, ordered=False) for archive in self.archives)
        return Staged(self.name, parts, files)

    async def bring(self, session: AsyncSession) -> dict[str, int]:
        """Parse and import in the session's transaction."""

        async def progress(*_: object) -> None:
            return

        await session.execute(text("SET LOCAL statement_timeout = 0"))
        imported = await import_staged(session, self.parse(), progress=progress, origins={})
        await session.flush()
        return imported.counts

    async def whole(self) -> None:
        """Everything new; rolled back, so that it can be done again."""
        async with self.factory() as session:
            counts = await self.bring(session)
            assert counts["added"], counts
            await session.rollback()

    async def nothing_new(self) -> None:
        """Read and compared anew, and nothing written."""
        async with self.factory() as session:
            counts = await self.bring(session)
            assert not counts["added"] + counts["updated"] + counts["removed"], counts
            await session.rollback()

    async def same_file(self) -> None:
        """The archives of the last run once more, through queue and runner."""
        async with session_scope(self.factory) as session:
            parts = tuple(part.name for part in self.definition.parts)
            await runs.request_run(session, SYSTEM, self.name, runs.Wish(parts, way="offline"))
        async with import_lock(self.factory):
            run = await runs.claim_next(self.factory)
            assert run is not None
            await execute(self.factory, self.settings, run)

    async def parsed(self) -> None:
        """The parser's own part."""
        self.parse()

    async def bare_parse(self) -> None:
        """Reading every file."""
        self.bare.read()

    async def bare_whole(self) -> None:
        """Reading every file, and copying the rows into tables without indexes."""
        self.bare.read()
        with self.owner() as connection, connection.transaction(force_rollback=True):
            for table, rows in self.rows.items():
                name = sql.Identifier(f"bare_{table}")
                like = sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING GENERATED)")
                connection.execute(like.format(name, sql.Identifier(table)))
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
                    copy.write(rows)

    async def bare_nothing_new(self) -> None:
        """Reading every file, and hashing what it holds."""
        for value in self.bare.read():
            hashlib.sha256(orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS))

    def remember_rows(self) -> None:
        """Keep what the import wrote, as COPY writes it."""
        tables = dict.fromkeys(
            [*(ALL_KINDS[kind].table for kind in self.definition.kinds if kind in ALL_KINDS), *LINKS]
        )
        with self.owner() as connection:
            for table in tables:
                query = sql.SQL("COPY (SELECT * FROM {} WHERE source = {}) TO STDOUT")
                with connection.cursor().copy(query.format(sql.Identifier(table), sql.Literal(self.name))) as copy:
                    self.rows[table] = b"".join(bytes(chunk) for chunk in copy)


async def bench_catalogues(urls: tuple[str, str], folder: Path, content: Path) -> list[Line]:
    """Every source of archives, one after the other on one database with ATT&CK in it."""
    owner, app = urls
    place = folder / "catalogues"
    place.mkdir()
    settings = make_settings(owner, app, place / "data", content_dir=content)
    engine = make_engine(app, statement_timeout_ms=None)
    factory = make_session_factory(engine, settings)
    await ensure_attack(factory, settings)
    async with session_scope(factory) as session:
        await recompute_all(session)
    lines: list[Line] = []
    for definition in ARCHIVES:
        bench = await asyncio.to_thread(CatalogueBench, settings, factory, definition, place)
        lines += await _measured(bench)
    await engine.dispose()
    return lines


async def _measured(bench: CatalogueBench) -> list[Line]:
    [whole] = await interleaved_calls(bench.whole, times=TIMES)
    await bench.same_file()
    bench.remember_rows()
    measured = await interleaved_calls(
        bench.same_file,
        bench.nothing_new,
        bench.parsed,
        bench.bare_whole,
        bench.bare_nothing_new,
        bench.bare_parse,
        times=TIMES,
    )
    same, nothing, parsed, bare_whole, bare_nothing, bare = measured
    title = bench.definition.source.title
    lines = [
        Line(f"{title}: whole / files and COPY", whole / bare_whole, FULL, note=_against(whole, bare_whole)),
        Line(
            f"{title}: nothing new / files and hashes",
            nothing / bare_nothing,
            NOTHING_NEW,
            note=_against(nothing, bare_nothing),
        ),
        Line(f"{title}: the same file", same, SAME_FILE, " s"),
    ]
    if bench.name in RULES:
        lines.append(Line(f"{title}: parser / bare parse", parsed / bare, PARSED, note=_against(parsed, bare)))
    return lines


def _against(value: float, base: float) -> str:
    return f"{value:.2f} s against {base:.2f} s"
