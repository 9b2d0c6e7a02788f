"""Runs the queued imports of this process, one at a time among all processes."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import event, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.clock import now
from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM
from app.domain.content import ATTACK_SOURCE
from app.errors import AppError
from app.models.content import DataSource, SyncRun
from app.models.knowledge import ObjectDomain
from app.services.content import runs
from app.services.content.difference import COUNTED
from app.services.content.gathering import Gathered, GatherRequest
from app.services.content.known import write_known_hashes
from app.services.content.mirrors import settings_for
from app.services.content.pipeline import import_staged
from app.services.content.registry import SOURCES
from app.services.content.runs import Recorder, Result, RunCancelled, Wish

IMPORT_LOCK: Final = 7_105_511_990
WAIT_SECONDS: Final = 1.0
WORK_FOLDER: Final = "imports"
"""Below the data folder: what runs fetch and parse."""

log = structlog.get_logger(__name__)


def engine_of(factory: SessionFactory) -> AsyncEngine:
    """The engine below a session factory."""
    bind = factory.kw["bind"]
    assert isinstance(bind, AsyncEngine), "imports need connections of their own"
    return bind


@asynccontextmanager
async def import_lock(factory: SessionFactory) -> AsyncIterator[bool]:
    """The one lock of all imports, on a connection of its own: it falls with the process that held it.

    Answers False, at once, while another holds it.
    """
    engine = engine_of(factory).execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        held = bool(await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": IMPORT_LOCK}))
        try:
            yield held
        finally:
            if held:
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": IMPORT_LOCK})


async def mark_interrupted(factory: SessionFactory) -> int:
    """Mark runs of dead processes: a run is dead when the lock that its process held can be taken."""
    async with import_lock(factory) as held:
        return await runs.interrupt_running(factory) if held else 0


class ImportRunner:
    """Works off the queue of runs in this process. Kept by the application; `stop` ends it with the application."""

    def __init__(self, factory: SessionFactory, settings: Settings) -> None:
        self._factory = factory
        self._settings = settings
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._stopped = False

    def kick(self) -> None:
        """Look at the queue soon. Safe to call at any time from the event loop's thread."""
        self._again = True
        if not self._stopped and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._work(), name="content-imports")

    def kick_after_commit(self, session: AsyncSession) -> None:
        """Look at the queue once this session's transaction is committed."""
        loop = asyncio.get_running_loop()
        event.listen(session.sync_session, "after_commit", lambda _s: loop.call_soon(self.kick), once=True)

    async def wait_idle(self) -> None:
        """Wait until nothing is queued or running here."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def stop(self) -> None:
        """End the running import; its transaction is rolled back and its run marked interrupted."""
        self._stopped = True
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        while self._again or await runs.has_queued(self._factory):
            self._again = held = False
            try:
                async with import_lock(self._factory) as held:
                    if held:
                        await self._drain()
            except asyncio.CancelledError:
                raise
            except Exception:  # a broken connection must not end the queue for ever
                log.exception("content.queue_failed")
                await asyncio.sleep(WAIT_SECONDS)
            if not held and await runs.has_queued(self._factory):
                await asyncio.sleep(WAIT_SECONDS)

    async def _drain(self) -> None:
        await runs.interrupt_running(self._factory)
        while (run := await runs.claim_next(self._factory)) is not None:
            await execute(self._factory, self._settings, run)


async def execute(factory: SessionFactory, settings: Settings, run: SyncRun) -> None:
    """Do one claimed run to its end, whatever that is. The caller holds the import lock."""
    recorder = Recorder(factory, run.id)
    wish = Wish.of(run.request)
    folder = settings.aegis_data_dir / WORK_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    work_dir = Path(tempfile.mkdtemp(prefix=f"{run.source}-", dir=folder))
    try:
        await _gather_and_import(factory, settings, run, work_dir=work_dir, recorder=recorder)
    except RunCancelled:
        await recorder.finish(Result("cancelled"))
    except asyncio.CancelledError:
        await asyncio.shield(recorder.finish(Result("interrupted")))
        raise
    except AppError as error:
        log.warning("content.run_failed", source=run.source, run_id=str(run.id), code=error.code)
        notes = error.extra.get("left", ())
        report = error.extra.get("report", {})
        assert isinstance(notes, list | tuple)
        assert isinstance(report, dict)
        said = {"code": error.code, "message": error.message}
        await recorder.finish(Result("failed", report=report, error=said, notes=notes))
    except Exception:
        log.exception("content.run_crashed", source=run.source, run_id=str(run.id))
        message = "The import met an unexpected error and changed nothing. The server's log tells more."
        await recorder.finish(Result("failed", error={"code": "internal_error", "message": message}))
    finally:
        with contextlib.suppress(OSError):
            await asyncio.to_thread(_clean, work_dir, wish.upload)


def _clean(work_dir: Path, upload: str | None) -> None:
    shutil.rmtree(work_dir, ignore_errors=True)
    if upload is not None and Path(upload).is_dir():
        shutil.rmtree(upload, ignore_errors=True)
    elif upload is not None:
        Path(upload).unlink(missing_ok=True)


async def _gather_and_import(
    factory: SessionFactory, settings: Settings, run: SyncRun, *, work_dir: Path, recorder: Recorder
) -> None:
    wish = Wish.of(run.request)
    async with factory() as session:
        source = await runs.source_row(session, run.source)
        state: Mapping[str, Mapping[str, Any]] = source.state
        publisher = SOURCES[run.source].publisher
        held = state if publisher is None else (await runs.source_row(session, publisher)).state

    async def known_hashes() -> Path:
        path = work_dir / "known.tsv"
        async with factory() as session:
            await write_known_hashes(session, run.source, path)
        return path

    gathered = await SOURCES[run.source].gather(
        GatherRequest(
            settings=settings_for(settings, SOURCES[run.source].base_setting, source.base_url),
            work_dir=work_dir,
            parts=wish.domains,
            state=state,
            held=held,
            way=wish.way,
            upload=None if wish.upload is None else Path(wish.upload),
            upload_name=wish.upload_name,
            release=wish.release,
            fresh=wish.force,
            known_hashes=known_hashes if run.source == ATTACK_SOURCE and not wish.force else None,
        ),
        recorder.progress,
    )
    if wish.preview:
        # Nothing is committed: the transaction falls with its session.
        async with factory() as session:
            result = await _import(session, settings, run, gathered=gathered, recorder=recorder)
        await recorder.finish(result)
        return
    async with session_scope(factory) as session:
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        result = await _import(session, settings, run, gathered=gathered, recorder=recorder)
        await runs.finish_run(session, run.id, result)
    log.info("content.run_ended", source=run.source, run_id=str(run.id), status=result.status, **result.counts)


async def _import(
    session: AsyncSession, settings: Settings, run: SyncRun, *, gathered: Gathered, recorder: Recorder
) -> Result:
    force, preview = bool(run.request["force"]), bool(run.request.get("preview"))
    incomplete = gathered.staged.incomplete if gathered.staged is not None else ()
    status = "partial" if gathered.missing or incomplete else "succeeded"
    report: dict[str, Any] = {
        "missing": dict(gathered.missing),
        "unchanged_parts": list(gathered.unchanged),
        "incomplete_parts": list(incomplete),
        "force": force,
        "preview": preview,
    }
    if gathered.staged is None:
        counts, by_kind = await _all_unchanged(session, run.source, list(gathered.unchanged))
        if not preview:
            await _touch_source(session, run.source)
        report["by_kind"] = by_kind
        return Result(status, counts, report, way=gathered.way, notes=gathered.notes)
    imported = await import_staged(
        session,
        gathered.staged,
        progress=recorder.progress,
        origins=gathered.origins,
        actor=SYSTEM,
        force=force,
        preview=preview,
        max_withdraw_share=settings.max_withdraw_share,
    )
    report |= {
        "releases": {part.domain: part.release for part in gathered.staged.parts},
        "summary": any(part.summary for part in gathered.staged.parts),
        "by_kind": imported.by_kind,
        "upgrade": imported.upgrade,
        "links_resolved": imported.links_resolved,
        "put_out_of_scope": imported.out_of_scope,
        "changes": imported.changes,
        "stubs": imported.stubs,
        "templates_held": imported.held,
        "warnings": imported.warnings,
    }
    return Result(status, imported.counts, report, gathered.staged.problems, gathered.way, gathered.notes)


async def _all_unchanged(
    session: AsyncSession, source: str, parts: list[str]
) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """Counts for content that was not even read, because it is byte for byte what we hold."""
    entry = SOURCES[source]
    members = select(ObjectDomain.kind, ObjectDomain.upstream_id).where(
        ObjectDomain.source == (entry.publisher or source), ObjectDomain.domain.in_(parts)
    )
    if entry.kinds:
        members = members.where(ObjectDomain.kind.in_(entry.kinds))
    # An item may stand in several parts. Distinct rows are hashed, which a distinct count is not: it sorts.
    items = (members.distinct() if len(parts) > 1 else members).subquery()
    rows = await session.execute(select(items.c.kind, func.count()).group_by(items.c.kind))
    by_kind = {kind: {**dict.fromkeys(COUNTED, 0), "unchanged": number} for kind, number in rows}
    number = sum(row["unchanged"] for row in by_kind.values())
    return {**runs.NO_COUNTS, "read": number, "unchanged": number}, by_kind


async def _touch_source(session: AsyncSession, name: str) -> None:
    source = await session.get(DataSource, name, with_for_update=True)
    assert source is not None
    source.last_success_at = now()
