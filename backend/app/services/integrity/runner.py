"""Carries out checks beside the requests that ask for them."""

import asyncio
import time
from uuid import UUID

import structlog

from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM, Actor
from app.domain.permissions import Role
from app.errors import AppError
from app.models.integrity import IntegrityRun
from app.services import audit, notifications
from app.services.integrity import runs
from app.services.integrity.checks import Progress, Verdict, check_evidence, check_trail
from app.storage import EvidenceStore

BEAT_SECONDS = 2.0
_ACTIONS = {"trail": "audit.verified", "facts": "audit.facts_verified", "evidence": "evidence.store_verified"}

log = structlog.get_logger(__name__)


class IntegrityRunner:
    """The checks of one process. Kept by the application; `stop` ends them with it."""

    def __init__(self, factory: SessionFactory, settings: Settings, store: EvidenceStore) -> None:
        self._factory = factory
        self._settings = settings
        self._store = store
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    async def start(self, kind: str, actor: Actor) -> UUID:
        """Begin a check in the background, or join the one of its kind that runs or has just ended; its id."""
        begun = await runs.begin(self._factory, kind, requested_by=actor.user_id)
        if begun.is_new:
            task = asyncio.create_task(self._carry_out(begun.run, actor), name=f"integrity-{kind}")
            self._tasks[begun.run.id] = task
            task.add_done_callback(lambda _task: self._tasks.pop(begun.run.id, None))
        return begun.run.id

    async def wait(self, run_id: UUID, seconds: float | None = None) -> None:
        """Give a check of this process that much time to end; at once when it is another's."""
        task = self._tasks.get(run_id)
        if task is not None:
            await asyncio.wait([task], timeout=seconds)

    async def stop(self) -> None:
        """End what runs here; its rows say so."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _carry_out(self, run: IntegrityRun, actor: Actor) -> None:
        try:
            verdict = await self._check(run)
            await self._conclude(run, actor, verdict)
        except asyncio.CancelledError:
            await runs.fail(self._factory, run.id, status="interrupted", error="the process ended during the run")
            raise
        except AppError as error:
            await runs.fail(self._factory, run.id, status="failed", error=error.message)
        except Exception as error:  # a check's failure is its result
            log.exception("integrity.failed", kind=run.kind)
            await runs.fail(self._factory, run.id, status="failed", error=type(error).__name__)

    async def _check(self, run: IntegrityRun) -> Verdict:
        progress = self._progress(run.id)
        if run.kind == "evidence":
            return await check_evidence(self._factory, self._store, progress)
        return await check_trail(self._factory, self._settings, progress, facts=run.kind == "facts")

    def _progress(self, run_id: UUID) -> Progress:
        last = time.monotonic()

        async def tell(done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last >= BEAT_SECONDS:
                last = time.monotonic()
                await runs.beat(self._factory, run_id, done=done, total=total)

        return tell

    async def _conclude(self, run: IntegrityRun, actor: Actor, verdict: Verdict) -> None:
        async with session_scope(self._factory) as session:
            await runs.finish(
                session,
                run.id,
                intact=verdict.intact,
                result=verdict.result,
                done=verdict.done,
                total=verdict.total,
            )
            audit.record(
                session,
                actor,
                _ACTIONS[run.kind],
                subject_kind="integrity_run",
                subject_id=run.id,
                # How many files there are is not for every reader of the trail: those of sealed tests are among them.
                details={"intact": verdict.intact} | ({} if run.kind == "evidence" else {"entries": verdict.done}),
            )
            if not verdict.intact:
                admins = await notifications.active_people(session, Role.ADMIN)
                await notifications.notify(
                    session,
                    admins,
                    kind="integrity",
                    title="An integrity check found something",
                    body="Stored records or evidence are not as they were written.",
                    link="/system/evidence" if run.kind == "evidence" else "/system/audit-log",
                    subject_id=run.id,
                    dedupe_key=f"integrity:{run.id}",
                )


async def check_everything(factory: SessionFactory, settings: Settings, store: EvidenceStore) -> dict[str, int]:
    """Check facts and evidence one after the other, as the scheduler does; counts for its run."""
    runner = IntegrityRunner(factory, settings, store)
    counts: dict[str, int] = {}
    for kind in ("facts", "evidence"):
        run_id = await runner.start(kind, SYSTEM)
        await runner.wait(run_id)
        async with factory() as session:
            run = await runs.get_run(session, run_id, kind)
        counts[f"{kind}_checked"] = run.done
        counts[f"{kind}_intact"] = int(bool(run.intact))
    return counts
