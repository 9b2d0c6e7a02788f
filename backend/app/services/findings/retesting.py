"""Automatic retests: drafted when the work on a finding is done, taken back when it begins anew."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import SYSTEM
from app.domain.findings import Gap
from app.domain.permissions import Role
from app.domain.states import State
from app.models.findings import Finding, FindingRetest
from app.models.security_test import SecurityTest
from app.services import notifications
from app.services.findings.links import link_retest
from app.services.validation.effects import step
from app.services.validation.messages import tell
from app.services.validation.planning import add_retest


async def draft_retests(session: AsyncSession, finding: Finding, gaps: Sequence[Gap]) -> None:
    """Draft one retest per gap, with the procedure, target and blindness of its newest failing test."""
    if not gaps:
        return
    # Only the red side is told: of a blind retest nobody else may know.
    red = await notifications.active_people(session, Role.RED_TECH, Role.RED_LEAD)
    for gap in gaps:
        origin = (await session.execute(select(SecurityTest).where(SecurityTest.id == gap.origin))).scalar_one()
        retest = await add_retest(session, SYSTEM, origin, created_by_id=origin.created_by_id, automatic=True)
        await link_retest(session, finding.id, retest, origin.id)
        await tell(
            session,
            SYSTEM,
            retest,
            red,
            kind="retest_drafted",
            title=f"a retest waits: the work on F-{finding.number} is done",
            body=retest.name,
            once="retest",
        )


async def take_back_drafts(session: AsyncSession, finding_id: UUID) -> None:
    """Delete the finding's automatic retests that nobody began, because there is work to do first."""
    drafts = await session.scalars(
        select(SecurityTest)
        .join(FindingRetest, FindingRetest.test_id == SecurityTest.id)
        .where(
            FindingRetest.finding_id == finding_id,
            SecurityTest.automatic,
            SecurityTest.state == State.DRAFT,
            SecurityTest.current_round == 1,
            SecurityTest.archived_at.is_(None),
        )
        .order_by(SecurityTest.technique_id, SecurityTest.id)
        .with_for_update(of=SecurityTest, key_share=True)
        .execution_options(populate_existing=True)
    )
    for draft in drafts.all():
        moment = now()
        draft.archived_at, draft.archive_reason, draft.deleted_at = moment, "the remediation goes on", moment
        await step(session, SYSTEM, draft, "deleted", to=State.DRAFT)
