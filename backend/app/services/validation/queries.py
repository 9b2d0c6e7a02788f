"""Lists of tests: filters, order, and one query for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.domain.actor import Actor
from app.domain.permissions import Side
from app.domain.states import State
from app.models.identity import UserAccount
from app.models.knowledge import Technique
from app.models.organisation import Environment
from app.models.security_test import SecurityTest, TestContribution, TestRound, Vote
from app.services.validation.access import visible_to
from app.services.validation.aggregate import Person, meets_or_none
from app.services.validation.expectation import expectations_of_tests

SORT_KEYS = {
    "number": SecurityTest.number,
    "name": SecurityTest.name,
    "state": SecurityTest.state,
    "state_since": SecurityTest.state_since,
    "created_at": SecurityTest.created_at,
    "updated_at": SecurityTest.updated_at,
    "decided_at": SecurityTest.decided_at,
    "technique": SecurityTest.technique_at_test,
}
_SHORT_QUERY = 3
Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class TestFilter:
    """What a list of tests is narrowed to; empty means everything that is not archived."""

    __test__ = False

    states: Sequence[str] = ()
    techniques: Sequence[str] = ()
    include_subtechniques: bool = False
    platforms: Sequence[str] = ()
    environment_id: UUID | None = None
    assignee_id: UUID | None = None
    template_id: UUID | None = None
    retest_of: UUID | None = None
    detections: Sequence[str] = ()
    tags: Sequence[str] = ()
    mine: bool = False
    waiting_for_me: bool = False
    archived: bool | None = False
    q: str = ""


@dataclass(frozen=True, slots=True)
class ListedTest:
    """One row of a list."""

    id: UUID
    number: str
    name: str
    state: str
    state_since: datetime
    round: int
    technique: Row[Any]
    technique_at_test: str
    environment: Row[Any]
    platform: str | None
    detection: str | None
    expected: str
    meets_expectation: bool | None
    waits_for: str | None
    red_assignee: Person | None
    blue_assignee: Person | None
    created_by: Person
    created_at: datetime
    executed_at: datetime | None
    decided_at: datetime | None
    archived: bool
    annulled: bool
    blind: bool
    retest_of: UUID | None
    tags: list[str]


def _text_condition(q: str) -> ColumnElement[bool]:
    text = q.strip()
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    digits = text.upper().removeprefix("AT-")
    by_number = SecurityTest.number == int(digits) if digits.isdigit() and len(digits) <= 9 else None
    pattern = f"{escaped}%" if len(text) < _SHORT_QUERY else f"%{escaped}%"
    conditions: list[ColumnElement[bool]] = [
        SecurityTest.name.ilike(pattern),
        SecurityTest.technique_at_test.ilike(f"{escaped}%"),
        Technique.name.ilike(pattern),
    ]
    if by_number is not None:
        conditions.append(by_number)
    return or_(*conditions)


def _waiting_for(actor: Actor) -> ColumnElement[bool]:
    """Tests whose next step this actor may take, as far as a query can say."""
    contributed = exists().where(TestContribution.round_id == TestRound.id, TestContribution.user_id == actor.user_id)
    voted = exists().where(Vote.round_id == TestRound.id)
    parts: list[ColumnElement[bool]] = []
    red_mine = or_(SecurityTest.red_assignee_id == actor.user_id, SecurityTest.red_assignee_id.is_(None))
    blue_mine = or_(SecurityTest.blue_assignee_id == actor.user_id, SecurityTest.blue_assignee_id.is_(None))
    if actor.technician_of is Side.RED or actor.is_admin:
        parts.append(and_(SecurityTest.state.in_([State.DRAFT, State.RED_EXECUTING]), red_mine))
    if actor.technician_of is Side.BLUE or actor.is_admin:
        parts.append(and_(SecurityTest.state == State.BLUE_EVALUATING, blue_mine))
    side = actor.lead_of
    if side is not None or actor.is_admin:
        judged = exists().where(
            Vote.round_id == TestRound.id, or_(Vote.side == side, Vote.user_id == actor.user_id) if side else voted
        )
        parts.append(and_(SecurityTest.state == State.IN_REVIEW, ~judged, ~contributed))
        parts.append(SecurityTest.state == State.REJECTED)
    return or_(*parts) if parts else SecurityTest.id.is_(None)


def _conditions(actor: Actor, wanted: TestFilter) -> list[ColumnElement[bool]]:
    found = [visible_to(actor), *_plain_conditions(wanted)]
    if wanted.mine:
        me = actor.user_id
        found.append(
            or_(
                SecurityTest.created_by_id == me,
                SecurityTest.red_assignee_id == me,
                SecurityTest.blue_assignee_id == me,
            )
        )
    if wanted.waiting_for_me:
        found.append(_waiting_for(actor))
    if wanted.q.strip():
        found.append(_text_condition(wanted.q))
    if wanted.techniques:
        found.append(_technique_condition(wanted))
    return found


def _technique_condition(wanted: TestFilter) -> ColumnElement[bool]:
    ids = [t.upper() for t in wanted.techniques]
    exact: ColumnElement[bool] = or_(
        func.upper(Technique.attack_id).in_(ids), func.upper(SecurityTest.technique_at_test).in_(ids)
    )
    if not wanted.include_subtechniques:
        return exact
    return or_(exact, *(func.upper(Technique.attack_id).startswith(f"{i}.", autoescape=True) for i in ids))


def _plain_conditions(wanted: TestFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.archived is not None:
        found.append(SecurityTest.archived_at.is_not(None) if wanted.archived else SecurityTest.archived_at.is_(None))
    if wanted.states:
        found.append(SecurityTest.state.in_(wanted.states))
    if wanted.platforms:
        found.append(SecurityTest.platform.in_(wanted.platforms))
    if wanted.environment_id:
        found.append(SecurityTest.environment_id == wanted.environment_id)
    if wanted.assignee_id:
        found.append(
            or_(
                SecurityTest.red_assignee_id == wanted.assignee_id,
                SecurityTest.blue_assignee_id == wanted.assignee_id,
            )
        )
    if wanted.template_id:
        found.append(SecurityTest.template_id == wanted.template_id)
    if wanted.retest_of:
        found.append(SecurityTest.retest_of_id == wanted.retest_of)
    if wanted.detections:
        found.append(TestRound.detection.in_(wanted.detections))
    if wanted.tags:
        found.append(SecurityTest.tags.overlap(list(wanted.tags)))
    return found


def _joined(query: Select[*Columns]) -> Select[*Columns]:
    return (
        query.select_from(SecurityTest)
        .join(Technique, Technique.id == SecurityTest.technique_id)
        .join(
            TestRound,
            and_(TestRound.test_id == SecurityTest.id, TestRound.no == SecurityTest.current_round),
        )
    )


def _order(sort: str) -> list[Any]:
    key = sort.lstrip("-")
    column = SORT_KEYS[key]
    first = column.desc().nulls_last() if sort.startswith("-") else column.asc().nulls_last()
    return [first, SecurityTest.id.desc() if sort.startswith("-") else SecurityTest.id]


async def list_tests(
    session: AsyncSession,
    actor: Actor,
    wanted: TestFilter,
    *,
    sort: str,
    limit: int,
    offset: int,
) -> tuple[list[ListedTest], int]:
    """A page of the tests that exist for the actor: (rows, total)."""
    conditions = _conditions(actor, wanted)
    total = await session.scalar(_joined(select(func.count(SecurityTest.id))).where(*conditions))
    rows = await session.execute(
        _joined(select(SecurityTest.id)).where(*conditions).order_by(*_order(sort)).limit(limit).offset(offset)
    )
    return await _load_listed(session, [row[0] for row in rows]), total or 0


async def _load_listed(session: AsyncSession, ids: Sequence[UUID]) -> list[ListedTest]:
    red, blue, creator = aliased(UserAccount), aliased(UserAccount), aliased(UserAccount)
    query = (
        _joined(select(SecurityTest, TestRound, Technique, Environment, red, blue, creator))
        .join(Environment, Environment.id == SecurityTest.environment_id)
        .join(creator, creator.id == SecurityTest.created_by_id)
        .outerjoin(red, red.id == SecurityTest.red_assignee_id)
        .outerjoin(blue, blue.id == SecurityTest.blue_assignee_id)
        .where(SecurityTest.id.in_(ids))
    )
    found = {row[0].id: row for row in await session.execute(query)}
    rounds = [row[1].id for row in found.values()]
    votes: dict[UUID, list[str]] = {}
    for round_id, side in await session.execute(select(Vote.round_id, Vote.side).where(Vote.round_id.in_(rounds))):
        votes.setdefault(round_id, []).append(side)
    expectations = await expectations_of_tests(session, [found[i][0] for i in ids if i in found])
    return [_listed(found[i], votes.get(found[i][1].id, []), expectations[i]) for i in ids if i in found]


def _person(user: UserAccount | None) -> Person | None:
    return Person(user.id, user.username, user.full_name) if user else None


def next_step(state: str, archived: bool, voted: Sequence[str]) -> str | None:
    """Who has the next step, from what a list row knows."""
    if archived:
        return None
    if state == State.IN_REVIEW:
        missing = [side for side in ("red", "blue") if side not in voted]
        return "leads" if len(missing) > 1 else f"{missing[0]}_lead"
    return {"draft": "red", "red_executing": "red", "blue_evaluating": "blue", "rejected": "leads"}.get(state)


def _listed(row: Row[*tuple[Any, ...]], voted: Sequence[str], expected: str) -> ListedTest:
    test, round_, technique, environment, red, blue, creator = row
    return ListedTest(
        id=test.id,
        number=f"AT-{test.number}",
        name=test.name,
        state=test.state,
        state_since=test.state_since,
        round=test.current_round,
        technique=technique,
        technique_at_test=test.technique_at_test,
        environment=environment,
        platform=test.platform,
        detection=round_.detection,
        expected=expected,
        meets_expectation=meets_or_none(round_.detection, expected),
        waits_for=next_step(test.state, test.archived_at is not None, voted),
        red_assignee=_person(red),
        blue_assignee=_person(blue),
        created_by=Person(creator.id, creator.username, creator.full_name),
        created_at=test.created_at,
        executed_at=round_.first_executed_at,
        decided_at=test.decided_at,
        archived=test.archived_at is not None,
        annulled=test.annulled_at is not None,
        blind=test.blind,
        retest_of=test.retest_of_id,
        tags=list(test.tags),
    )


async def pending_counts(session: AsyncSession, actor: Actor) -> dict[str, int]:
    """How many tests wait for the actor, by state."""
    rows = await session.execute(
        _joined(select(SecurityTest.state, func.count()))
        .where(visible_to(actor), SecurityTest.archived_at.is_(None), _waiting_for(actor))
        .group_by(SecurityTest.state)
    )
    return dict(rows.all())
