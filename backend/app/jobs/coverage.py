"""Jobs that keep how coverage stood."""

from collections.abc import Mapping

from app.clock import now
from app.database import session_scope
from app.domain.actor import SYSTEM
from app.jobs.base import JobContext
from app.services.coverage.matrix import read_matrix
from app.services.snapshots import take_snapshot


async def take_snapshots(context: JobContext) -> Mapping[str, int]:
    """A snapshot of each domain that has a matrix."""
    taken = 0
    for domain in context.settings.attack_domains:
        async with session_scope(context.factory) as session:
            tactics, _ = await read_matrix(session, domain)
            if tactics:
                await take_snapshot(
                    session, SYSTEM, now=now(), name="Scheduled snapshot", trigger="schedule", domain=domain
                )
                taken += 1
    return {"snapshots": taken}
