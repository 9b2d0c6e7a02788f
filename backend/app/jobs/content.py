"""Jobs that keep imported content fresh."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from app.clock import now
from app.database import session_scope
from app.domain.actor import SYSTEM
from app.domain.content import ATTACK_SOURCE, INTELLIGENCE_SOURCE, OPEN_RUN_STATUSES
from app.errors import Conflict
from app.jobs.base import JobContext
from app.services.content import intelligence, sources
from app.services.content.sources import SourceView

DUE_LOCK: Final = 7_105_511_993


async def sync_attack(context: JobContext) -> Mapping[str, int]:
    """Ask for an ATT&CK sync, unless one ran within half of the interval or waits already."""
    async with session_scope(context.factory) as session:
        view = await sources.get_source(session, ATTACK_SOURCE)
        if not view.row.enabled or not view.row.auto or _recent(view, context.settings.mitre_sync_interval_hours):
            return {"requested": 0}
        await sources.request_sync(session, SYSTEM, ATTACK_SOURCE, domains=None, way=None, force=False)
    context.imports.kick()
    return {"requested": 1}


def _recent(view: SourceView, job_hours: int) -> bool:
    """Whether the source ran so lately that a job which comes round every `job_hours` hours has nothing to do."""
    last = view.last_run
    if last is None:
        return False
    # The source's own interval may be the longer one; half a round early is due.
    hours = max(view.row.interval_hours, job_hours) - job_hours / 2
    return last.status in OPEN_RUN_STATUSES or last.created_at > now() - timedelta(hours=hours)


async def scan_intelligence(context: JobContext) -> Mapping[str, int]:
    """Fetch what ATT&CK knows of adversaries anew, and flag techniques of which something else became known."""
    requested = 0
    async with session_scope(context.factory) as session:
        attack = await sources.get_source(session, ATTACK_SOURCE)
        view = await sources.get_source(session, INTELLIGENCE_SOURCE)
        # Who lives on the bundled summary has no network: the first fetch is for a person to ask for.
        fetched = any(not part.get("summary") for part in attack.row.state.values())
        wanted = view.row.enabled and view.row.auto and fetched
        if wanted and not _recent(view, context.settings.intel_scan_interval_hours):
            await sources.request_sync(session, SYSTEM, INTELLIGENCE_SOURCE, domains=None, way=None, force=False)
            requested = 1
    async with session_scope(context.factory) as session:
        found = await intelligence.scan(session)
    if requested:
        context.imports.kick()
    return {"requested": requested, "techniques_flagged": found.techniques, "reasons": found.reasons}


async def request_due_sources(context: JobContext) -> int:
    """Queue a run of every source whose own schedule says so; returns how many."""
    requested = 0
    async with session_scope(context.factory) as session:
        # Every process ticks: one of them at a time looks at what is due and writes what it asks for.
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": DUE_LOCK})
        for name in await sources.due_sources(session):
            try:
                async with session.begin_nested():
                    await sources.request_sync(session, SYSTEM, name, domains=None, way=None, force=False)
            except Conflict:
                continue
            requested += 1
    if requested:
        context.imports.kick()
    return requested
