"""The records of runs: asking for one, watching it, ending it. Each write is a short transaction of its own."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.database import SessionFactory, session_scope
from app.domain.actor import Actor
from app.domain.content import OPEN_RUN_STATUSES
from app.errors import Conflict, NotFound
from app.models.content import DataSource, SyncRun
from app.services import audit
from app.services.announcements import announce

MAX_PROBLEMS: Final = 500
PROGRESS_SECONDS: Final = 0.3
NO_COUNTS: Final = {"read": 0, "added": 0, "updated": 0, "unchanged": 0, "removed": 0, "skipped": 0}


class RunCancelled(Exception):
    """Somebody asked for the run to end."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run is asked to do."""

    domains: tuple[str, ...]
    way: str | None = None
    force: bool = False
    upload: str | None = None
    """Path of an uploaded file, which the run removes."""
    upload_name: str = ""
    release: str | None = None
    preview: bool = False
    """Work out what would change, and change nothing."""

    def as_json(self) -> dict[str, Any]:
        """For the run's row."""
        return {
            "domains": list(self.domains),
            "way": self.way,
            "force": self.force,
            "upload": self.upload,
            "upload_name": self.upload_name,
            "release": self.release,
            "preview": self.preview,
        }

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "Wish":
        """From the run's row."""
        return cls(**{**value, "domains": tuple(value["domains"])})


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended."""

    status: str
    counts: Mapping[str, int] = field(default_factory=lambda: dict(NO_COUNTS))
    report: Mapping[str, Any] = field(default_factory=dict)
    problems: Sequence[Mapping[str, str]] = ()
    way: str | None = None
    notes: Sequence[Mapping[str, Any]] = ()
    error: Mapping[str, str] | None = None


async def request_run(session: AsyncSession, actor: Actor, source: str, wish: Wish) -> SyncRun:
    """Queue a run of a source.

    Raises Conflict `sync_running` while another run of this source is queued or running.
    """
    run = SyncRun(
        source=source,
        status="queued",
        phase="queued",
        request=wish.as_json(),
        requested_by_id=actor.user_id,
        counts=NO_COUNTS,
    )
    try:
        async with session.begin_nested():
            session.add(run)
            await session.flush()  # the unique index answers here whether a run is open
    except IntegrityError as error:
        raise Conflict("sync_running", "A sync of this source is queued or running.") from error
    await session.refresh(run)
    audit.record(
        session,
        actor,
        "content.sync_requested",
        subject_kind="sync_run",
        subject_id=run.id,
        subject_label=source,
        details={"domains": list(wish.domains), "way": wish.way, "force": wish.force, "upload": wish.upload_name},
    )
    return run


async def cancel_run(session: AsyncSession, actor: Actor, source: str, run_id: UUID) -> SyncRun:
    """End a queued run at once, and ask a running one to stop at its next step.

    Raises Conflict `run_ended` for a run that is over.
    """
    statement = select(SyncRun).where(SyncRun.id == run_id, SyncRun.source == source).with_for_update()
    run = await session.scalar(statement, execution_options={"populate_existing": True})
    if run is None:
        raise NotFound("run_not_found", "There is no such run of this source.")
    if run.status not in OPEN_RUN_STATUSES:
        raise Conflict("run_ended", f"The run is over: {run.status}.")
    run.cancel_requested = True
    if run.status == "queued":
        run.status, run.phase, run.ended_at = "cancelled", "cancelled", now()
    audit.record(
        session, actor, "content.sync_cancelled", subject_kind="sync_run", subject_id=run.id, subject_label=source
    )
    return run


async def get_run(session: AsyncSession, run_id: UUID) -> SyncRun:
    """Raise NotFound for an unknown run."""
    run = await session.get(SyncRun, run_id)
    if run is None:
        raise NotFound("run_not_found", "There is no such run.")
    return run


async def list_runs(session: AsyncSession, source: str, *, limit: int, offset: int) -> tuple[Sequence[SyncRun], int]:
    """Runs of a source, newest first, and how many there are."""
    total = await session.scalar(select(func.count()).select_from(SyncRun).where(SyncRun.source == source))
    page = await session.scalars(
        select(SyncRun)
        .where(SyncRun.source == source)
        .order_by(SyncRun.created_at.desc(), SyncRun.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return page.all(), total or 0


async def newest_runs(session: AsyncSession) -> dict[str, SyncRun]:
    """The newest run of each source."""
    rows = await session.scalars(
        select(SyncRun)
        .ext(distinct_on(SyncRun.source))
        .order_by(SyncRun.source, SyncRun.created_at.desc(), SyncRun.id.desc())
    )
    return {run.source: run for run in rows}


async def has_queued(factory: SessionFactory) -> bool:
    """Whether some run waits."""
    async with factory() as session:
        return await session.scalar(select(SyncRun.id).where(SyncRun.status == "queued").limit(1)) is not None


async def claim_next(factory: SessionFactory) -> SyncRun | None:
    """Take the oldest queued run."""
    async with session_scope(factory) as session:
        run = await session.scalar(
            select(SyncRun)
            .where(SyncRun.status == "queued")
            .order_by(SyncRun.created_at, SyncRun.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if run is not None:
            run.status, run.phase, run.started_at = "running", "starting", now()
            await announce(session, "sync_run", run.id)
        return run


async def interrupt_running(factory: SessionFactory) -> int:
    """Mark every running run as interrupted. Only for whoever holds the import lock: no process is running one then."""
    async with session_scope(factory) as session:
        rows = await session.scalars(
            update(SyncRun)
            .where(SyncRun.status == "running")
            .values(status="interrupted", phase="interrupted", ended_at=now())
            .returning(SyncRun.id)
        )
        return len(rows.all())


async def finish_run(session: AsyncSession, run_id: UUID, result: Result) -> None:
    """Write how a run ended. A success is written by the import's own transaction, so that both stand or fall."""
    problems = [dict(problem) for problem in result.problems[:MAX_PROBLEMS]]
    await session.execute(
        update(SyncRun)
        .where(SyncRun.id == run_id, SyncRun.status == "running")
        .values(
            status=result.status,
            phase="done" if result.status in {"succeeded", "partial"} else result.status,
            counts=dict(result.counts),
            report={**result.report, "problem_count": len(result.problems)},
            problems=problems,
            way=result.way,
            notes=[dict(note) for note in result.notes],
            error=None if result.error is None else dict(result.error),
            done=result.counts.get("read", 0),
            total=result.counts.get("read", 0),
            ended_at=now(),
        )
    )
    await announce(session, "sync_run", run_id)


class Recorder:
    """Writes the progress of one run, not more often than a progress bar can show."""

    def __init__(self, factory: SessionFactory, run_id: UUID) -> None:
        self._factory = factory
        self._run_id = run_id
        self._phase = ""
        self._written = 0.0

    async def progress(self, phase: str, done: int, total: int | None) -> None:
        """Raises RunCancelled once somebody asked for the run to end."""
        if phase == self._phase and time.monotonic() - self._written < PROGRESS_SECONDS:
            return
        async with session_scope(self._factory) as session:
            cancelled = await session.scalar(
                update(SyncRun)
                .where(SyncRun.id == self._run_id, SyncRun.status == "running")
                .values(phase=phase, done=done, total=total)
                .returning(SyncRun.cancel_requested)
            )
            await announce(session, "sync_run", self._run_id)
        self._phase, self._written = phase, time.monotonic()
        if cancelled:
            raise RunCancelled

    async def finish(self, result: Result) -> None:
        """Record an end that changed no content."""
        async with session_scope(self._factory) as session:
            await finish_run(session, self._run_id, result)


async def source_row(session: AsyncSession, name: str) -> DataSource:
    """Raise NotFound for a source without a row."""
    row = await session.get(DataSource, name)
    if row is None:
        raise NotFound("source_not_found", "There is no such data source.")
    return row
