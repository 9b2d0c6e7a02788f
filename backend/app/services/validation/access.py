"""Loading a test for reading or for change, and the facts that the rules of `domain.states` need."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.blindness import BLUE_ROLES, Sight, sees_sealed, sight_of
from app.domain.findings import StepStatus
from app.domain.permissions import Side
from app.domain.states import Action, State, TestFacts, ensure
from app.errors import NotFound
from app.models.evidence import Evidence
from app.models.findings import FindingRetest, FindingStep
from app.models.organisation import Approval
from app.models.security_test import SecurityTest, TestContribution, TestRound, Vote


@dataclass(frozen=True, slots=True)
class LockedTest:
    """A test locked for change, its current round, and the facts that decide what may be done."""

    test: SecurityTest
    round: TestRound
    facts: TestFacts


def is_sealed(test: SecurityTest) -> bool:
    """Whether the test is blind and not yet revealed."""
    return test.blind and test.revealed_at is None


def sight(actor: Actor, test: SecurityTest) -> Sight:
    """How much of the test the actor sees."""
    return sight_of(actor, sealed=is_sealed(test), handed_over=test.handed_over_at is not None)


_UNSEALED = or_(~SecurityTest.blind, SecurityTest.revealed_at.is_not(None))


def unsealed() -> ColumnElement[bool]:
    """The condition of every count that everybody may see: sealed tests are in none."""
    return _UNSEALED


def sealed() -> ColumnElement[bool]:
    """Blind tests that are not revealed."""
    return and_(SecurityTest.blind, SecurityTest.revealed_at.is_(None))


def uncounted() -> ColumnElement[bool]:
    """Tests that `technique_stats` leaves out though they are not archived: annulled and sealed ones."""
    # As the index that finds them is declared.
    return or_(SecurityTest.annulled_at.is_not(None), sealed())


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition that every read of tests starts from: those that exist for the actor, masked ones included."""
    alive = SecurityTest.deleted_at.is_(None)
    if sees_sealed(actor):
        return alive
    if actor.role in BLUE_ROLES:
        return and_(alive, or_(_UNSEALED, SecurityTest.handed_over_at.is_not(None)))
    return and_(alive, _UNSEALED)


def open_to(actor: Actor) -> ColumnElement[bool]:
    """The condition of every read that names what a test is about: those that the actor sees whole."""
    alive = SecurityTest.deleted_at.is_(None)
    return alive if sees_sealed(actor) else and_(alive, _UNSEALED)


def visible_tests(actor: Actor) -> Select[SecurityTest]:
    """The tests that exist for this actor."""
    return select(SecurityTest).where(visible_to(actor))


async def get_visible(session: AsyncSession, actor: Actor, test_id: UUID) -> SecurityTest:
    """One test. Raises NotFound when it does not exist for this actor."""
    test = await session.scalar(visible_tests(actor).where(SecurityTest.id == test_id))
    if test is None:
        raise NotFound("test_not_found", "There is no such test.")
    return test


async def round_of(session: AsyncSession, test: SecurityTest, *, for_update: bool = False) -> TestRound:
    """The current round of a test."""
    query = select(TestRound).where(TestRound.test_id == test.id, TestRound.no == test.current_round)
    if for_update:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one()


async def facts_of(session: AsyncSession, test: SecurityTest, round_: TestRound, *, four_eyes: bool) -> TestFacts:
    """What the rules need to know, read in one go."""
    contributors = await session.scalars(
        select(TestContribution.user_id).where(TestContribution.round_id == round_.id).distinct()
    )
    votes = await session.execute(select(Vote.side, Vote.user_id).where(Vote.round_id == round_.id))
    has_evidence = await session.scalar(select(exists().where(Evidence.test_id == test.id)))
    annul_requested_by = await session.scalar(
        select(Approval.requested_by_id).where(
            Approval.kind == "annul",
            Approval.subject_id == test.id,
            Approval.decision.is_(None),
            Approval.expires_at > now(),
        )
    )
    pending = {
        side
        for side, carried, confirmed in (
            (Side.RED, round_.red_carried_from, round_.red_carry_confirmed_at),
            (Side.BLUE, round_.blue_carried_from, round_.blue_carry_confirmed_at),
        )
        if carried is not None and confirmed is None
    }
    return TestFacts(
        state=State(test.state),
        created_by=test.created_by_id,
        red_assignee=test.red_assignee_id,
        blue_assignee=test.blue_assignee_id,
        round_no=test.current_round,
        archived=test.archived_at is not None,
        annulled=test.annulled_at is not None,
        has_evidence=bool(has_evidence),
        contributors=frozenset(contributors),
        menders=await _menders(session, test) if test.retest_of_id is not None else {},
        voters={Side(side): user_id for side, user_id in votes},
        pending_carry=frozenset(pending),
        annul_requested_by=annul_requested_by,
        attributing=round_.frozen_at is not None,
        four_eyes=four_eyes,
    )


async def _menders(session: AsyncSession, retest: SecurityTest) -> dict[Side, frozenset[UUID]]:
    """By side, who wrote or ticked the steps of the findings that this retest may close."""
    rows = await session.execute(
        select(FindingStep.side, FindingStep.created_by_id, FindingStep.done_by_id)
        .join(FindingRetest, FindingRetest.finding_id == FindingStep.finding_id)
        .where(FindingRetest.test_id == retest.id, FindingStep.status != StepStatus.DROPPED)
    )
    found: dict[Side, set[UUID]] = {}
    for side, author, finisher in rows:
        found.setdefault(Side(side), set()).update(i for i in (author, finisher) if i is not None)
    return {side: frozenset(people) for side, people in found.items()}


async def lock_test(session: AsyncSession, actor: Actor, test_id: UUID, *, four_eyes: bool) -> LockedTest:
    """The test and its round as they are now, locked until the transaction ends.

    The rows are read again under the lock, because an earlier read in this session may be stale. The lock lets checks
    of foreign keys pass, so that rows that only refer to the test do not wait in the wrong order.
    Raises NotFound.
    """
    test = await session.scalar(
        visible_tests(actor)
        .where(SecurityTest.id == test_id)
        .with_for_update(of=SecurityTest, key_share=True)
        .execution_options(populate_existing=True)
    )
    if test is None:
        raise NotFound("test_not_found", "There is no such test.")
    round_ = await round_of(session, test, for_update=True)
    facts = await facts_of(session, test, round_, four_eyes=four_eyes)
    return LockedTest(test, round_, facts)


async def lock_for(
    session: AsyncSession, actor: Actor, test_id: UUID, action: Action, *, four_eyes: bool
) -> LockedTest:
    """Lock the test and make sure that the actor may take this action now.

    Raises NotFound, Forbidden, InvalidTransition or Conflict.
    """
    locked = await lock_test(session, actor, test_id, four_eyes=four_eyes)
    ensure(action, actor, locked.facts)
    return locked
