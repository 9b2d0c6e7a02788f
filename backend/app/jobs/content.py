"""Jobs that keep imported content fresh."""

from collections.abc import Mapping
from datetime import timedelta

from app.clock import now
from app.database import session_scope
from app.domain.actor import SYSTEM
from app.domain.content import ATTACK_SOURCE, OPEN_RUN_STATUSES
from app.errors import Conflict
from app.jobs.base import JobContext
from app.services.content import sources


async def sync_attack(context: JobContext) -> Mapping[str, int]:
    """Ask for an ATT&CK sync, unless one ran within half of the interval or waits already."""
    async with session_scope(context.factory) as session:
        view = await sources.get_source(session, ATTACK_SOURCE)
        hours = context.settings.mitre_sync_interval_hours
        last = view.last_run
        recent = last is not None and (
            last.status in OPEN_RUN_STATUSES or last.created_at > now() - timedelta(hours=hours / 2)
        )
        if recent or not view.row.enabled:
            return {"requested": 0}
        await sources.request_sync(session, SYSTEM, ATTACK_SOURCE, domains=None, way=None, force=False)
    context.imports.kick()
    return {"requested": 1}


async def request_due_sources(context: JobContext) -> int:
    """Queue a run of every other source whose own schedule says so; returns how many."""
    requested = 0
    async with session_scope(context.factory) as session:
        for name in await sources.due_sources(session):
            if name == ATTACK_SOURCE:
                continue
            try:
                async with session.begin_nested():
                    await sources.request_sync(session, SYSTEM, name, domains=None, way=None, force=False)
            except Conflict:
                continue
            requested += 1
    if requested:
        context.imports.kick()
    return requested
