"""Which findings a test belongs to: as a result that shows them, or as a retest that may prove them closed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.findings import CLOSED
from app.models.findings import Finding, FindingResult, FindingRetest
from app.models.security_test import SecurityTest


async def link_retest(session: AsyncSession, finding_id: UUID, retest: SecurityTest, origin_id: UUID) -> None:
    """Remember that the test repeats a result of the finding."""
    await session.execute(
        insert(FindingRetest)
        .values(finding_id=finding_id, test_id=retest.id, origin_id=origin_id, added_at=now())
        .on_conflict_do_nothing()
    )


async def link_manual_retest(session: AsyncSession, origin: SecurityTest, retest: SecurityTest) -> None:
    """Let a retest that somebody planned by hand count for the findings that are not closed and that `origin` shows."""
    found = await session.scalars(
        select(Finding.id).where(holds_test(origin.id), Finding.status.not_in(CLOSED)).order_by(Finding.id)
    )
    for finding_id in found.all():
        await link_retest(session, finding_id, retest, origin.id)


def holds_test(test_id: UUID) -> ColumnElement[bool]:
    """The findings that a test shows or repeats."""
    return or_(
        Finding.id.in_(select(FindingResult.finding_id).where(FindingResult.test_id == test_id)),
        Finding.id.in_(select(FindingRetest.finding_id).where(FindingRetest.test_id == test_id)),
    )


async def lock_findings_of(session: AsyncSession, test_id: UUID) -> Sequence[Finding]:
    """The findings that a test shows or repeats, locked in the order of their ids.

    Called while the test is locked and before current results and statistics are.
    """
    rows = await session.scalars(
        select(Finding)
        .where(holds_test(test_id))
        .order_by(Finding.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return rows.all()
