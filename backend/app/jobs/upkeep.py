"""Jobs that tidy up."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete

from app.clock import now
from app.database import session_scope
from app.jobs.base import JobContext
from app.models.notification import Notification
from app.services import coverage, idempotency, throttle
from app.services.content.leftovers import sweep_leftovers
from app.services.evidence import sweep_evidence
from app.services.findings.risk import watch_acceptances
from app.services.integrity import check_everything


async def clean_notifications(context: JobContext) -> Mapping[str, int]:
    """Delete messages older than the retention, read or not."""
    oldest = now() - timedelta(days=context.settings.notification_retention_days)
    async with session_scope(context.factory) as session:
        gone = await session.scalars(
            delete(Notification).where(Notification.created_at < oldest).returning(Notification.id)
        )
        return {"deleted": len(gone.all())}


async def keep_house(context: JobContext) -> Mapping[str, int]:
    """Forget old throttles and keys, end accepted risks, keep sums exact, sweep what evidence and imports left."""
    async with session_scope(context.factory) as session:
        await throttle.forget_old(session)
        await idempotency.forget_old_keys(session)
    async with session_scope(context.factory) as session:
        risks = await watch_acceptances(session, context.settings.max_retest_count)
    summed = 0
    while True:
        async with session_scope(context.factory) as session:
            aged = await coverage.sum_what_aged(session)
        summed += aged
        if not aged:
            break
    report = await sweep_evidence(context.factory, context.store)
    leftovers = await sweep_leftovers(context.factory, context.settings)
    return {
        "orphans_deleted": report.deleted,
        "evidence_missing": len(report.missing),
        "leftovers_deleted": leftovers,
        "results_summed": summed,
        **risks,
    }


async def check_integrity(context: JobContext) -> Mapping[str, int]:
    """Prove trail, facts and evidence; administrators are told of what is not as it was written."""
    return await check_everything(context.factory, context.settings, context.store)
