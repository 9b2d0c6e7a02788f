"""Judging a round: independent votes, and the decision that follows from them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.domain.actor import SYSTEM, Actor
from app.domain.permissions import Side
from app.domain.states import Action, State, ensure, verdict_of
from app.errors import FieldError, Forbidden, Invalid
from app.models.base import JsonObject
from app.models.findings import Finding
from app.models.identity import UserAccount
from app.models.security_test import SecurityTest, TestRound, Vote
from app.schemas.security_tests import VoteCreate
from app.security import keyed_digests
from app.services import coverage
from app.services.authentication import own_id
from app.services.deputies import represented_by
from app.services.findings import opening
from app.services.rights import changed_recently
from app.services.validation.access import LockedTest, lock_test
from app.services.validation.effects import step
from app.services.validation.expectation import expectation_of_test
from app.services.validation.messages import everyone_on, leads, tell
from app.services.validation.seal import seal_round

_ACTION = {Side.RED: Action.VOTE_RED, Side.BLUE: Action.VOTE_BLUE}


@dataclass(frozen=True, slots=True)
class CastVote:
    """The test after a vote, and whether the vote was new."""

    test: SecurityTest
    created: bool


async def cast_vote(
    session: AsyncSession, actor: Actor, test_id: UUID, body: VoteCreate, settings: Settings
) -> CastVote:
    """Judge one side of the current round. The same vote of the same person again changes nothing.

    Raises NotFound; Forbidden for the other side, a contributor or a token; Conflict `already_voted`;
    InvalidTransition; Invalid for a rejection without a reason.
    """
    if body.decision == "reject" and not body.notes:
        message = "A rejection needs its reason."
        raise Invalid("reason_required", message, fields=[FieldError("notes", message, "reason_required")])
    side = Side(body.side)
    locked = await lock_test(session, actor, test_id, four_eyes=settings.four_eyes == "strict")
    if await _is_repeated(session, actor, locked, body):
        return CastVote(locked.test, created=False)
    ensure(_ACTION[side], actor, locked.facts)
    test, round_ = locked.test, locked.round
    vote = await _store(session, actor, round_, body)
    await step(
        session,
        actor,
        test,
        "vote_cast",
        details={"side": body.side},
        audited={
            "decision_digest": decision_digests(settings, vote)[0],
            "credentials_changed_recently": vote.credentials_changed_recently,
            **({"as_deputy_of": str(vote.as_deputy_of_id)} if vote.as_deputy_of_id else {}),
        },
    )
    votes = (await session.scalars(select(Vote).where(Vote.round_id == round_.id).order_by(Vote.side))).all()
    verdict = verdict_of({Side(v.side): v.decision for v in votes})
    if verdict is None:
        await _ask_the_other(session, actor, test, side)
    else:
        await _decide(session, actor, test, round_=round_, verdict=verdict, votes=list(votes), settings=settings)
    return CastVote(test, created=True)


def decision_digests(settings: Settings, vote: Vote) -> tuple[str, ...]:
    """Keyed digest of what was voted, by the present key first, then by the one before it."""
    said = (vote.id, vote.user_id, vote.role, vote.decision, vote.reason_code, vote.notes)
    return keyed_digests(settings, "vote", ":".join(str(part) for part in said))


async def _is_repeated(session: AsyncSession, actor: Actor, locked: LockedTest, body: VoteCreate) -> bool:
    mine = await session.scalar(select(Vote).where(Vote.round_id == locked.round.id, Vote.user_id == actor.user_id))
    return mine is not None and (mine.side, mine.decision) == (body.side, body.decision)


async def _store(session: AsyncSession, actor: Actor, round_: TestRound, body: VoteCreate) -> Vote:
    # Locked against a change of role: rights of a moment ago must not outlive it in a vote.
    voter = (
        await session.execute(
            select(UserAccount)
            .where(UserAccount.id == actor.user_id)
            .with_for_update(read=True)
            .execution_options(populate_existing=True)
        )
    ).scalar_one()
    if not voter.is_active or voter.role != actor.role:
        raise Forbidden("not_permitted", "Your role does not permit this.")
    vote = Vote(
        round_id=round_.id,
        side=body.side,
        user_id=voter.id,
        role=actor.role,
        decision=body.decision,
        reason_code=body.reason_code if body.decision == "reject" else None,
        notes=body.notes or "",
        credentials_changed_recently=changed_recently(voter, now()),
        as_deputy_of_id=await _in_whose_place(session, actor, Side(body.side)),
    )
    session.add(vote)
    await session.flush()  # the decision reads all votes
    return vote


async def _in_whose_place(session: AsyncSession, actor: Actor, side: Side) -> UUID | None:
    if actor.lead_of is side or actor.is_admin or side not in actor.deputy_for:
        return None
    return await represented_by(session, own_id(actor), side, now())


async def _ask_the_other(session: AsyncSession, actor: Actor, test: SecurityTest, side: Side) -> None:
    other = Side.BLUE if side is Side.RED else Side.RED
    await tell(
        session,
        actor,
        test,
        await leads(session, other),
        kind="test_for_review",
        title="the other lead has voted; yours is awaited",
        body=test.name,
        once="second_vote",
    )


async def _decide(
    session: AsyncSession,
    actor: Actor,
    test: SecurityTest,
    *,
    round_: TestRound,
    verdict: State,
    votes: list[Vote],
    settings: Settings,
) -> None:
    moment = now()
    round_.verdict, round_.decided_at = verdict, moment
    round_.expected_at_decision = await expectation_of_test(session, test)
    test.decided_at = moment
    await session.flush()  # the seal is read from the stored rows
    parts = await seal_round(session, test, round_)
    held: list[Finding] = []
    if verdict is State.VALIDATED:
        held.extend(await opening.hold_findings(session, test, round_))
        await coverage.record_decision(session, test, round_)
    cast: JsonObject = {
        f"vote_{v.side}": {"decision": v.decision, "notes": v.notes, "reason_code": v.reason_code, "by": str(v.user_id)}
        for v in votes
    }
    rejection = next((v for v in votes if v.decision == "reject"), None)
    await step(
        session,
        SYSTEM,
        test,
        str(verdict),
        to=verdict,
        reason=rejection.notes if rejection else None,
        details={"detection": round_.detection},
        audited={"seal": round_.seal, "seal_parts": parts, **cast},
    )
    if verdict is State.VALIDATED:
        await opening.follow_decision(session, test, round_, held, settings.max_retest_count)
    await tell(
        session,
        actor,
        test,
        [*everyone_on(test), *await leads(session)],
        kind=f"test_{verdict}",
        title="confirmed by both leads" if verdict is State.VALIDATED else "rejected",
        body=rejection.notes if rejection else test.name,
        once="decided",
    )
