"""Reading a test whole: plain frozen values, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.clock import now
from app.config import Settings
from app.domain.actor import Actor
from app.domain.blindness import Sight
from app.domain.outcomes import Detection, meets
from app.domain.states import State, TestFacts, allowed_actions, waits_for
from app.models.evidence import Evidence
from app.models.identity import UserAccount
from app.models.knowledge import DetectionRule, Technique, TestTemplate
from app.models.organisation import Approval, Environment
from app.models.security_test import (
    Execution,
    LedgerTime,
    Observation,
    RuleResult,
    SecurityTest,
    TestRound,
    TestTransition,
    Vote,
)
from app.services import coverage
from app.services.doubts import doubts_of
from app.services.validation.access import facts_of, get_visible, is_sealed, round_of, sight
from app.services.validation.expectation import expectation_of_test
from app.services.validation.outcome import RoundOutcome, outcome_of_round


@dataclass(frozen=True, slots=True)
class Person:
    """A user in passing."""

    id: UUID
    username: str
    full_name: str


@dataclass(frozen=True, slots=True)
class SealedVote:
    """A vote as the asker may see it: without its content until the round is decided, unless it is his own."""

    side: str
    user: Person
    role: str
    voted_at: datetime
    decision: str | None
    reason_code: str | None
    notes: str | None
    credentials_changed_recently: bool
    as_deputy_of: Person | None


@dataclass(frozen=True, slots=True)
class LoadedRound:
    """A round with everything below it."""

    round: TestRound
    executions: Sequence[Execution]
    observations: Sequence[Observation]
    rule_results: Sequence[tuple[RuleResult, str]]
    votes: Sequence[SealedVote]
    times: dict[str, datetime | None]
    """Last claimed time by kind."""
    evidence: dict[str, int]
    outcome: RoundOutcome | None
    """Null before blue handed over."""


@dataclass(frozen=True, slots=True)
class LoadedTest:
    """A test with what its page and its API body show."""

    test: SecurityTest
    technique: Technique
    environment: Environment
    template_name: str | None
    current: LoadedRound
    people: dict[UUID, Person]
    expected: str
    facts: TestFacts
    allowed: list[str]
    annulment: Approval | None
    open_question: str | None
    detection: str | None = None
    meets_expectation: bool | None = None
    waits_for: str | None = None
    expected_of_all: str = "detected"
    """The organisation's expectation, which gives nothing away."""
    masked: bool = False
    """The reader learns only what blue is told of a sealed test."""
    rounds: Sequence[LoadedRound] = field(default_factory=tuple)
    doubts: Sequence[str] = ()
    """What changed under the result, while nothing newer has superseded it."""


def _person(user: UserAccount) -> Person:
    return Person(user.id, user.username, user.full_name)


async def load_people(session: AsyncSession, ids: Iterable[UUID | None]) -> dict[UUID, Person]:
    """The people with these ids."""
    wanted = {i for i in ids if i is not None}
    rows = await session.execute(
        select(UserAccount.id, UserAccount.username, UserAccount.full_name).where(UserAccount.id.in_(wanted))
    )
    return {row.id: Person(row.id, row.username, row.full_name) for row in rows}


async def load_rounds(session: AsyncSession, actor: Actor, rounds: Sequence[TestRound]) -> list[LoadedRound]:
    """These rounds with all their parts, in seven queries whatever their number."""
    ids = [r.id for r in rounds]
    executions: dict[UUID, list[Execution]] = defaultdict(list)
    for run in await session.scalars(select(Execution).where(Execution.round_id.in_(ids)).order_by(Execution.no)):
        executions[run.round_id].append(run)
    observations: dict[UUID, list[Observation]] = defaultdict(list)
    for seen in await session.scalars(
        select(Observation).where(Observation.round_id.in_(ids)).order_by(Observation.no)
    ):
        observations[seen.round_id].append(seen)
    results: dict[UUID, list[tuple[RuleResult, str]]] = defaultdict(list)
    for result, name in await session.execute(
        select(RuleResult, DetectionRule.name)
        .join(DetectionRule, DetectionRule.id == RuleResult.rule_id)
        .where(RuleResult.round_id.in_(ids))
        .order_by(DetectionRule.name, RuleResult.id)
    ):
        results[result.round_id].append((result, name))
    times: dict[UUID, dict[str, datetime | None]] = defaultdict(dict)
    for round_id, kind, at in await session.execute(
        select(LedgerTime.round_id, LedgerTime.kind, LedgerTime.at)
        .where(LedgerTime.round_id.in_(ids), LedgerTime.kind.in_(("triaged", "contained")))
        .order_by(LedgerTime.recorded_at, LedgerTime.id)
    ):
        times[round_id][kind] = at
    counts: dict[UUID, dict[str, int]] = defaultdict(dict)
    for round_id, side, number in await session.execute(
        select(Evidence.round_id, Evidence.side, func.count())
        .where(Evidence.round_id.in_(ids), Evidence.withdrawn_at.is_(None))
        .group_by(Evidence.round_id, Evidence.side)
    ):
        counts[round_id][side] = number
    votes = await _votes(session, actor, rounds)
    return [
        LoadedRound(
            round=r,
            executions=executions[r.id],
            observations=observations[r.id],
            rule_results=results[r.id],
            votes=votes[r.id],
            times=times[r.id],
            evidence=counts[r.id],
            outcome=(
                outcome_of_round(
                    executions[r.id], observations[r.id], actionable_severity=r.actionable_severity or "low"
                )
                if r.detection is not None
                else None
            ),
        )
        for r in rounds
    ]


async def _votes(session: AsyncSession, actor: Actor, rounds: Sequence[TestRound]) -> dict[UUID, list[SealedVote]]:
    decided = {r.id for r in rounds if r.verdict is not None}
    found: dict[UUID, list[SealedVote]] = defaultdict(list)
    lead = aliased(UserAccount)
    for vote, user, represented in await session.execute(
        select(Vote, UserAccount, lead)
        .join(UserAccount, UserAccount.id == Vote.user_id)
        .outerjoin(lead, lead.id == Vote.as_deputy_of_id)
        .where(Vote.round_id.in_([r.id for r in rounds]))
        .order_by(Vote.side.desc())
    ):
        shown = vote.round_id in decided or vote.user_id == actor.user_id
        found[vote.round_id].append(
            SealedVote(
                side=vote.side,
                user=_person(user),
                role=vote.role,
                voted_at=vote.created_at,
                decision=vote.decision if shown else None,
                reason_code=vote.reason_code if shown else None,
                notes=vote.notes if shown else None,
                credentials_changed_recently=vote.credentials_changed_recently,
                as_deputy_of=_person(represented) if vote.as_deputy_of_id else None,
            )
        )
    return found


async def load_test(session: AsyncSession, actor: Actor, test_id: UUID, settings: Settings) -> LoadedTest:
    """One test, whole. Raises NotFound."""
    return await load(session, actor, await get_visible(session, actor, test_id), settings)


async def load(session: AsyncSession, actor: Actor, test: SecurityTest, settings: Settings) -> LoadedTest:
    """This test, whole, as the actor may see it."""
    await session.flush()  # what this transaction changed is part of the answer
    round_ = await round_of(session, test)
    [current] = await load_rounds(session, actor, [round_])
    technique = (await session.execute(select(Technique).where(Technique.id == test.technique_id))).scalar_one()
    environment = (await session.execute(select(Environment).where(Environment.id == test.environment_id))).scalar_one()
    template_name = None
    if test.template_id is not None:
        template_name = await session.scalar(select(TestTemplate.name).where(TestTemplate.id == test.template_id))
    annulment = await session.scalar(
        select(Approval).where(
            Approval.kind == "annul",
            Approval.subject_id == test.id,
            Approval.decision.is_(None),
            Approval.expires_at > now(),
        )
    )
    question = None
    if round_.returned_count and round_.red_submitted_at is None:
        question = await session.scalar(
            select(TestTransition.reason)
            .where(TestTransition.test_id == test.id, TestTransition.event == "returned")
            .order_by(TestTransition.at.desc())
            .limit(1)
        )
    people = await load_people(
        session,
        [
            test.created_by_id,
            test.red_assignee_id,
            test.blue_assignee_id,
            round_.red_submitted_by_id,
            round_.blue_submitted_by_id,
            annulment.requested_by_id if annulment else None,
        ],
    )
    facts = await facts_of(session, test, round_, four_eyes=settings.four_eyes == "strict")
    expected = await expectation_of_test(session, test)
    detection = round_.detection
    return LoadedTest(
        test=test,
        technique=technique,
        environment=environment,
        template_name=template_name,
        current=current,
        people=people,
        expected=expected,
        facts=facts,
        allowed=allowed_actions(actor, facts),
        annulment=annulment,
        open_question=question,
        detection=detection,
        meets_expectation=meets_or_none(detection, expected),
        waits_for=waits_for(facts),
        doubts=await doubts_of(session, test.id) if test.state == State.VALIDATED else (),
        expected_of_all=(await coverage.organisation_rules(session, now())).expected if is_sealed(test) else expected,
        masked=sight(actor, test) is Sight.MASKED,
    )


def meets_or_none(detection: str | None, expected: str) -> bool | None:
    """Whether the outcome meets the expectation; None while there is none, or it is inconclusive."""
    if detection is None or detection == Detection.INCONCLUSIVE:
        return None
    return meets(Detection(detection), expected)


async def load_all_rounds(
    session: AsyncSession, actor: Actor, test_id: UUID
) -> tuple[list[LoadedRound], dict[UUID, Person], bool]:
    """All rounds of a test, oldest first, the people named in them, and whether they are to be masked.

    Raises NotFound.
    """
    test = await get_visible(session, actor, test_id)
    rounds = (await session.scalars(select(TestRound).where(TestRound.test_id == test.id).order_by(TestRound.no))).all()
    people = await load_people(
        session,
        [i for r in rounds for i in (r.opened_by_id, r.red_submitted_by_id, r.blue_submitted_by_id)],
    )
    return await load_rounds(session, actor, rounds), people, sight(actor, test) is Sight.MASKED


async def load_timeline(
    session: AsyncSession, actor: Actor, test_id: UUID, *, limit: int, offset: int
) -> tuple[Sequence[TestTransition], int]:
    """The test's history, oldest first: (page, total). Raises NotFound."""
    test = await get_visible(session, actor, test_id)
    condition = TestTransition.test_id == test.id
    if sight(actor, test) is Sight.MASKED:
        condition = and_(condition, TestTransition.event.in_(("blue_edited", "returned")))
    total = await session.scalar(select(func.count()).select_from(TestTransition).where(condition))
    rows = await session.scalars(
        select(TestTransition)
        .where(condition)
        .order_by(TestTransition.at, TestTransition.id)
        .limit(limit)
        .offset(offset)
    )
    return rows.all(), total or 0
