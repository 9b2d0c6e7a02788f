"""What leads do around a decision: reopen, archive, take back, annul."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.domain.actor import Actor
from app.domain.permissions import Role, Side
from app.domain.states import Action, State
from app.errors import Conflict
from app.ids import new_id
from app.models.identity import UserAccount
from app.models.organisation import Approval
from app.models.security_test import Execution, Observation, RuleResult, SecurityTest, TestContribution, TestRound
from app.schemas.security_tests import ReopenInput
from app.services import coverage, notifications
from app.services.evidence import carry_evidence
from app.services.findings.links import lock_findings_of
from app.services.findings.opening import follow_annulment
from app.services.validation.access import LockedTest, lock_for
from app.services.validation.effects import step
from app.services.validation.messages import everyone_on, tell

APPROVAL_LIFE = timedelta(days=14)
_EXECUTION_COPY = (
    "no",
    "started_at",
    "ended_at",
    "source_host",
    "target",
    "principal",
    "privilege",
    "tool",
    "command",
    "result",
    "cleanup_done_at",
)
_OBSERVATION_COPY = (
    "no",
    "execution_no",
    "outcome",
    "reason",
    "tool",
    "tool_id",
    "tool_version",
    "observed_at",
    "source",
    "severity",
    "reference",
    "notes",
)
_RULE_COPY = ("rule_id", "fired", "attributed", "noise_count", "notes", "recorded_by_id", "recorded_at")


async def _lock(session: AsyncSession, actor: Actor, test_id: UUID, action: Action, settings: Settings) -> LockedTest:
    return await lock_for(session, actor, test_id, action, four_eyes=settings.four_eyes == "strict")


async def reopen(
    session: AsyncSession, actor: Actor, test_id: UUID, body: ReopenInput, settings: Settings
) -> SecurityTest:
    """Open the next round of a rejected test; a side that is not done again is carried over.

    Raises NotFound, Forbidden, InvalidTransition.
    """
    locked = await _lock(session, actor, test_id, Action.REOPEN, settings)
    test, last = locked.test, locked.round
    test.current_round = last.no + 1
    test.decided_at = None
    fresh = TestRound(
        id=new_id(),
        test_id=test.id,
        no=last.no + 1,
        opened_by_id=actor.user_id,
        open_reason=body.reason,
        redo=body.redo,
    )
    if body.redo == "blue":
        fresh.red_summary, fresh.red_carried_from = last.red_summary, last.no
        fresh.first_executed_at, fresh.entered_later = last.first_executed_at, last.entered_later
    if body.redo == "red":
        fresh.blue_summary, fresh.blue_carried_from = last.blue_summary, last.no
        fresh.miss_cause, fresh.further_causes = last.miss_cause, list(last.further_causes)
        fresh.unattributed_reason = last.unattributed_reason
    session.add(fresh)
    await session.flush()  # the carried rows refer to the new round
    if body.redo != "both":
        await _carry(session, last, fresh, Side.RED if body.redo == "blue" else Side.BLUE)
    await step(session, actor, test, "reopened", to=State.DRAFT, reason=body.reason, details={"redo": body.redo})
    await tell(
        session,
        actor,
        test,
        everyone_on(test),
        kind="test_reopened",
        title=f"reopened for round {fresh.no}",
        body=body.reason,
        once="reopened",
    )
    return test


async def _carry(session: AsyncSession, last: TestRound, fresh: TestRound, side: Side) -> None:
    if side is Side.RED:
        for row in await session.scalars(select(Execution).where(Execution.round_id == last.id)):
            session.add(Execution(round_id=fresh.id, **{name: getattr(row, name) for name in _EXECUTION_COPY}))
    else:
        for seen in await session.scalars(select(Observation).where(Observation.round_id == last.id)):
            session.add(Observation(round_id=fresh.id, **{name: getattr(seen, name) for name in _OBSERVATION_COPY}))
        for result in await session.scalars(select(RuleResult).where(RuleResult.round_id == last.id)):
            session.add(RuleResult(round_id=fresh.id, **{name: getattr(result, name) for name in _RULE_COPY}))
    await carry_evidence(session, old=last, new=fresh, side=side)
    # Whoever wrote the carried record still may not judge it.
    authors = select(TestContribution).where(TestContribution.round_id == last.id, TestContribution.side == side)
    for author in await session.scalars(authors):
        session.add(TestContribution(round_id=fresh.id, user_id=author.user_id, side=side, first_at=author.first_at))


async def archive(session: AsyncSession, actor: Actor, test_id: UUID, reason: str, settings: Settings) -> SecurityTest:
    """Put a test aside: it leaves lists of work and every denominator until it is taken back.

    Raises NotFound, Forbidden, InvalidTransition.
    """
    test = (await _lock(session, actor, test_id, Action.ARCHIVE, settings)).test
    test.archived_at, test.archived_by_id, test.archive_reason = now(), actor.user_id, reason
    await step(session, actor, test, "archived", to=State(test.state), reason=reason)
    return test


async def unarchive(
    session: AsyncSession, actor: Actor, test_id: UUID, reason: str, settings: Settings
) -> SecurityTest:
    """Take an archived test back into the state it had.

    Raises NotFound, Forbidden, InvalidTransition.
    """
    test = (await _lock(session, actor, test_id, Action.UNARCHIVE, settings)).test
    test.archived_at = test.archived_by_id = test.archive_reason = None
    await step(session, actor, test, "unarchived", to=State(test.state), reason=reason)
    return test


async def annul(session: AsyncSession, actor: Actor, test_id: UUID, reason: str, settings: Settings) -> SecurityTest:
    """Ask for the annulment of a validated test, or confirm what another lead asked for.

    It takes both leads, or an admin and a lead. Raises NotFound, Forbidden, InvalidTransition,
    Conflict `second_person_needed`.
    """
    locked = await _lock(session, actor, test_id, Action.ANNUL, settings)
    test = locked.test
    moment = now()
    pending = await session.scalar(
        select(Approval)
        .where(Approval.kind == "annul", Approval.subject_id == test.id, Approval.decision.is_(None))
        .with_for_update()
    )
    if pending is not None and pending.expires_at <= moment:
        await session.execute(delete(Approval).where(Approval.id == pending.id))
        pending = None
    if pending is None:
        session.add(
            Approval(
                kind="annul",
                subject_id=test.id,
                requested_by_id=actor.user_id,
                reason=reason,
                details={"role": str(actor.role)},
                expires_at=moment + APPROVAL_LIFE,
            )
        )
        await step(session, actor, test, "annulment_requested", reason=reason)
        others = await notifications.active_people(session, Role.RED_LEAD, Role.BLUE_LEAD, Role.ADMIN)
        await tell(
            session,
            actor,
            test,
            others,
            kind="approval",
            title="annulment waits for a second person",
            body=reason,
            once=f"annul:{moment.date()}",
        )
        return test
    if pending.details.get("role") == actor.role:
        raise Conflict("second_person_needed", "It takes both leads, or an admin and a lead, to annul a test.")
    pending.decided_by_id, pending.decision, pending.decided_at = actor.user_id, "approved", moment
    test.annulled_at, test.annul_reason = moment, pending.reason
    await session.flush()  # the recomputation reads the annulment
    held = await lock_findings_of(session, test.id)
    await coverage.forget_result(session, test)
    requester = await session.get(UserAccount, pending.requested_by_id)
    await step(
        session,
        actor,
        test,
        "annulled",
        to=State.VALIDATED,
        reason=pending.reason,
        details={"requested_by": requester.username if requester else ""},
    )
    await follow_annulment(session, test, held, settings.max_retest_count)
    return test
