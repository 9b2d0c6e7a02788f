"""The report of test results: totals in one query, tests page by page or as a stream of any length."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.domain.actor import Actor
from app.domain.outcomes import Detection, meets
from app.domain.states import State
from app.models.identity import UserAccount
from app.models.knowledge import Tactic, Technique, TechniqueTactic
from app.models.organisation import Environment
from app.models.security_test import SecurityTest, TestRound
from app.reports.results import ResultLine, ResultsReport, ResultTotals
from app.services.coverage.decisions import Decisions, in_force
from app.services.reports.common import environment_name, said, trail_now
from app.services.validation.access import unsealed
from app.services.validation.queries import TestFilter, conditions_of

BATCH = 1_000
_RED, _BLUE = aliased(UserAccount), aliased(UserAccount)
_WHEN = func.coalesce(TestRound.first_executed_at, SecurityTest.created_at)
"""A test belongs to the time at which it ran; one that has not run yet, to that of its planning."""


@dataclass(frozen=True, slots=True)
class ResultsQuery:
    """What the report is narrowed to."""

    tests: TestFilter = field(default_factory=TestFilter)
    tactics: Sequence[str] = ()
    """Short names or ATT&CK ids."""
    since: datetime | None = None
    until: datetime | None = None
    """Not itself in the period."""


async def results_report(
    session: AsyncSession, actor: Actor, query: ResultsQuery, now: datetime, *, limit: int, offset: int = 0
) -> ResultsReport:
    """Totals of all tests and one page of them, the last planned first. Sealed tests are in neither, whoever asks."""
    _, decisions, _ = await in_force(session, now, None)
    conditions = _conditions(actor, query)
    rows = await session.execute(_newest_first(_lines(conditions)).limit(limit).offset(offset))
    return ResultsReport(
        as_of=now,
        since=query.since,
        until=query.until,
        filters=await _filters(session, query),
        totals=await _totals(session, conditions, decisions),
        lines=[_line(row, decisions) for row in rows],
        trail=await trail_now(session),
    )


async def _filters(session: AsyncSession, query: ResultsQuery) -> tuple[tuple[str, str], ...]:
    tests = query.tests
    return said(
        state=tests.states,
        technique=tests.techniques,
        with_sub_techniques="yes" if tests.techniques and tests.include_subtechniques else None,
        tactic=query.tactics,
        platform=tests.platforms,
        environment=await environment_name(session, tests.environment_id),
        domain=tests.domain,
        outcome=tests.detections,
        tag=tests.tags,
        text=tests.q,
        # Of what the figures count or one person works on, a report says no more than that it is narrowed.
        tests=("only some",) if tests.among is not None or tests.mine or tests.counted else (),
        assignee="one person" if tests.assignee_id else None,
        template="one template" if tests.template_id else None,
        retests_of="one test" if tests.retest_of else None,
        run_from=tests.executed_from,
        run_until=tests.executed_to,
    )


async def stream_results(
    session: AsyncSession, actor: Actor, query: ResultsQuery, now: datetime
) -> AsyncIterator[list[ResultLine]]:
    """All tests of the report, batch by batch, in bounded memory: the database keeps the place."""
    _, decisions, _ = await in_force(session, now, None)
    found = await session.stream(
        _newest_first(_lines(_conditions(actor, query))), execution_options={"yield_per": BATCH}
    )
    async for rows in found.partitions():
        yield [_line(row, decisions) for row in rows]


def _conditions(actor: Actor, query: ResultsQuery) -> list[ColumnElement[bool]]:
    found = [*conditions_of(actor, query.tests), unsealed()]
    if query.since is not None:
        found.append(query.since <= _WHEN)
    if query.until is not None:
        found.append(query.until > _WHEN)
    if query.tactics:
        place = select(TechniqueTactic.technique_id).join(Tactic, Tactic.id == TechniqueTactic.tactic_id)
        found.append(
            exists(
                place.where(
                    TechniqueTactic.technique_id == Technique.id,
                    or_(Tactic.shortname.in_(query.tactics), Tactic.attack_id.in_(query.tactics)),
                )
            )
        )
    return found


def _joined(query: Select[*tuple[Any, ...]], conditions: Sequence[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(SecurityTest)
        .join(TestRound, (TestRound.test_id == SecurityTest.id) & (TestRound.no == SecurityTest.current_round))
        .join(Technique, Technique.id == SecurityTest.technique_id)
        .where(*conditions)
    )


def _lines(conditions: Sequence[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    columns = (
        SecurityTest.id,
        SecurityTest.number,
        SecurityTest.name,
        SecurityTest.state,
        SecurityTest.current_round,
        Technique.attack_id,
        SecurityTest.technique_at_test,
        SecurityTest.attack_version,
        Environment.name.label("environment"),
        SecurityTest.environment_id,
        SecurityTest.technique_id,
        Technique.parent_id,
        SecurityTest.platform,
        TestRound.detection,
        SecurityTest.expected,
        TestRound.silent_block,
        TestRound.miss_cause,
        SecurityTest.blind,
        TestRound.first_executed_at,
        SecurityTest.decided_at,
        _RED.username.label("red"),
        _BLUE.username.label("blue"),
        SecurityTest.annulled_at,
        SecurityTest.tags,
    )
    return (
        _joined(select(*columns), conditions)
        .join(Environment, Environment.id == SecurityTest.environment_id)
        .outerjoin(_RED, _RED.id == SecurityTest.red_assignee_id)
        .outerjoin(_BLUE, _BLUE.id == SecurityTest.blue_assignee_id)
    )


def _newest_first(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    # By key, which is by time of planning: a stream of a million begins at once, because nothing has to be sorted.
    return query.order_by(SecurityTest.id.desc())


def _expected(own: str | None, technique: UUID, parent: UUID | None, environment: UUID, decisions: Decisions) -> str:
    return own or decisions.expected(str(technique), str(parent) if parent else None, str(environment))


def _line(row: Row[*tuple[Any, ...]], decisions: Decisions) -> ResultLine:
    expected = _expected(row.expected, row.technique_id, row.parent_id, row.environment_id, decisions)
    known = row.detection is not None and row.detection != Detection.INCONCLUSIVE
    return ResultLine(
        id=row.id,
        number=f"AT-{row.number}",
        name=row.name,
        state=row.state,
        round=row.current_round,
        technique=row.attack_id,
        technique_at_test=row.technique_at_test,
        attack_version=row.attack_version,
        environment=row.environment,
        platform=row.platform,
        detection=row.detection,
        expected=expected,
        meets_expectation=meets(Detection(row.detection), expected) if known else None,
        silent_block=row.silent_block,
        miss_cause=row.miss_cause,
        blind=row.blind,
        executed_at=row.first_executed_at,
        decided_at=row.decided_at,
        red_assignee=row.red,
        blue_assignee=row.blue,
        annulled=row.annulled_at is not None,
        tags=tuple(row.tags),
    )


async def _totals(
    session: AsyncSession, conditions: Sequence[ColumnElement[bool]], decisions: Decisions
) -> ResultTotals:
    """Counted by the database per technique and outcome: what is expected is decided per technique."""
    kind = (
        SecurityTest.state,
        TestRound.detection,
        SecurityTest.expected,
        SecurityTest.technique_id,
        Technique.parent_id,
        SecurityTest.environment_id,
        SecurityTest.annulled_at.is_not(None),
    )
    states, detections = Counter[str](), Counter[str]()
    annulled = met = below = 0
    counted = await session.execute(_joined(select(*kind, func.count()), conditions).group_by(*kind))
    for state, detection, own, technique, parent, environment, struck, count in counted:
        if struck:
            annulled += count
            continue
        states[state] += count
        if state != State.VALIDATED or detection is None:
            continue
        detections[detection] += count
        if detection == Detection.INCONCLUSIVE:
            continue
        if meets(Detection(detection), _expected(own, technique, parent, environment, decisions)):
            met += count
        else:
            below += count
    return ResultTotals(
        tests=states.total(),
        by_state={state.value: states[state] for state in State},
        by_detection={detection.value: detections[detection] for detection in Detection},
        met=met,
        below=below,
        annulled=annulled,
    )
