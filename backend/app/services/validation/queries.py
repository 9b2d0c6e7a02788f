"""Lists of tests: filters, order, and one query for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add
from typing import Any, TypeVarTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ScalarSelect,
    Select,
    UnaryExpression,
    Uuid,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.actor import Actor
from app.domain.permissions import Side
from app.domain.states import State
from app.models.coverage import TechniqueStats
from app.models.knowledge import Technique
from app.models.security_test import SecurityTest, TestContribution, TestRound, Vote
from app.services.reading import one_page
from app.services.validation.access import open_to, sealed, uncounted, unsealed, visible_to

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
NULLABLE_KEYS = frozenset({"number", "decided_at"})
_SHORT_QUERY = 3
_NUMBER_DIGITS = 9
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
    domain: str | None = None
    among: Sequence[UUID] | None = None
    """Only these tests; None for all."""
    counted: bool = False
    """Only what figures count: neither annulled nor sealed."""
    executed_from: datetime | None = None
    executed_to: datetime | None = None
    """Not itself in the period."""
    mine: bool = False
    waiting_for_me: bool = False
    archived: bool | None = False
    q: str = ""


def _text_condition(q: str) -> ColumnElement[bool]:
    text = q.strip()
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    digits = text.upper().removeprefix("AT-")
    pattern = f"{escaped}%" if len(text) < _SHORT_QUERY else f"%{escaped}%"
    conditions: list[ColumnElement[bool]] = [
        SecurityTest.name.ilike(pattern),
        SecurityTest.technique_at_test.ilike(f"{escaped}%"),
        Technique.name.ilike(pattern),
    ]
    if digits.isdecimal() and digits[0] != "0" and len(digits) <= _NUMBER_DIGITS:
        conditions += _numbers_beginning_with(digits)
    return or_(*conditions)


def _numbers_beginning_with(digits: str) -> list[ColumnElement[bool]]:
    """One range for each number of digits, because an index has ranges and no digits."""
    ranges: list[ColumnElement[bool]] = []
    for more in range(_NUMBER_DIGITS - len(digits) + 1):
        first = int(digits) * 10**more
        ranges.append(SecurityTest.number.between(first, first + 10**more - 1))
    return ranges


def _waiting_for(actor: Actor) -> ColumnElement[bool]:
    """Tests whose next step this actor may take, as far as a query can say."""
    contributed = exists().where(TestContribution.round_id == TestRound.id, TestContribution.user_id == actor.user_id)
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
            Vote.round_id == TestRound.id,
            or_(Vote.side == side, Vote.user_id == actor.user_id) if side else Vote.user_id == actor.user_id,
        )
        parts.append(and_(SecurityTest.state == State.IN_REVIEW, ~judged, ~contributed))
        parts.append(SecurityTest.state == State.REJECTED)
    elif actor.deputy_for:
        done = exists().where(
            Vote.round_id == TestRound.id, or_(Vote.side.in_(actor.deputy_for), Vote.user_id == actor.user_id)
        )
        parts.append(and_(SecurityTest.state == State.IN_REVIEW, ~done, ~contributed))
    return or_(*parts) if parts else SecurityTest.id.is_(None)


def conditions_of(actor: Actor, wanted: TestFilter) -> list[ColumnElement[bool]]:
    """What a filter means for this actor; always begins with what exists for him."""
    # A filter on what a mask hides would tell it, so masked tests drop out of such a list.
    exists_for = open_to(actor) if _asks_for_content(wanted) else visible_to(actor)
    found = [exists_for, *_plain_conditions(wanted), *_result_conditions(wanted)]
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


def _asks_for_content(wanted: TestFilter) -> bool:
    return bool(
        wanted.techniques
        or wanted.platforms
        or wanted.template_id
        or wanted.retest_of
        or wanted.detections
        or wanted.tags
        or wanted.domain
        or wanted.among is not None
        or wanted.executed_from
        or wanted.executed_to
        or wanted.q.strip()
    )


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
    if wanted.tags:
        found.append(SecurityTest.tags.overlap(list(wanted.tags)))
    if wanted.domain:
        found.append(Technique.domain == wanted.domain)
    if wanted.among is not None:
        found.append(SecurityTest.id == any_(literal(list(wanted.among), ARRAY(Uuid))))
    if wanted.counted:
        found.append(~uncounted())
    return found


def _result_conditions(wanted: TestFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.detections:
        found.append(TestRound.detection.in_(wanted.detections))
    if wanted.executed_from:
        found.append(TestRound.first_executed_at >= wanted.executed_from)
    if wanted.executed_to:
        found.append(TestRound.first_executed_at < wanted.executed_to)
    return found


def joined_as_needed(query: Select[*Columns], wanted: TestFilter) -> Select[*Columns]:
    """The query over tests, with just the joins that the filter looks at: counting a join of all costs dearly."""
    query = query.select_from(SecurityTest)
    if wanted.q.strip() or wanted.techniques or wanted.domain:
        query = query.join(Technique, Technique.id == SecurityTest.technique_id)
    if wanted.detections or wanted.waiting_for_me or wanted.executed_from or wanted.executed_to:
        query = query.join(
            TestRound, and_(TestRound.test_id == SecurityTest.id, TestRound.no == SecurityTest.current_round)
        )
    return query


def total_of(actor: Actor, wanted: TestFilter) -> ScalarSelect[int]:
    """How many tests exist for this actor under this filter.

    A list that is narrowed to nothing but states or an environment is as long as the statistics say, which are kept in
    the transaction of every change, plus the few tests that they leave out: so its total costs the same however many
    tests there are.
    """
    conditions = conditions_of(actor, wanted)
    if not _known_by_statistics(wanted):
        return joined_as_needed(select(func.count()), wanted).where(*conditions).scalar_subquery()
    columns: list[ColumnElement[int]] = [
        getattr(TechniqueStats, state) for state in dict.fromkeys(wanted.states) or ("tests",)
    ]
    known = select(func.coalesce(func.sum(reduce(add, columns)), 0))
    if wanted.environment_id:
        known = known.where(TechniqueStats.environment_id == wanted.environment_id)
    others = select(func.count()).select_from(SecurityTest).where(*conditions, uncounted())
    return select(known.scalar_subquery() + others.scalar_subquery()).scalar_subquery()


def _known_by_statistics(wanted: TestFilter) -> bool:
    narrowed = _asks_for_content(wanted) or wanted.assignee_id or wanted.mine or wanted.waiting_for_me
    return not narrowed and wanted.archived is False


def page_of(actor: Actor, wanted: TestFilter, *, sort: str, limit: int, offset: int, masked: bool) -> Select[UUID]:
    """The ids of one page, in order.

    masked: some of the tests are masked for the reader; they stand where their hand-over puts them, because a place
    by what is hidden would tell it. They are few, so they are mingled with as many others as the page reaches, which
    an index gives in order.
    """
    name = sort.lstrip("-")
    conditions = conditions_of(actor, wanted)
    key: ColumnElement[Any] = SORT_KEYS[name].expression
    order = _order(key, SecurityTest.id, sort, has_nulls=name in NULLABLE_KEYS)
    plain = joined_as_needed(select(SecurityTest.id), wanted).where(*conditions)
    if not masked:
        return one_page(plain.order_by(*order), limit, offset)
    known: ColumnElement[Any] = (
        SecurityTest.handed_over_at.expression if name in {"created_at", "updated_at"} else cast(null(), key.type)
    )
    others = one_page(plain.add_columns(key.label("key")).where(unsealed()).order_by(*order), limit + offset, 0)
    mingled = union_all(others, plain.add_columns(known.label("key")).where(sealed())).subquery()
    in_order = _order(mingled.c.key, mingled.c.id, sort, has_nulls=True)
    return one_page(select(mingled.c.id).order_by(*in_order), limit, offset)


def _order(
    key: ColumnElement[Any], test_id: ColumnElement[UUID] | InstrumentedAttribute[UUID], sort: str, *, has_nulls: bool
) -> list[UnaryExpression[Any]]:
    if sort.startswith("-"):
        # Said only where there can be nulls: no index gives such an order.
        return [key.desc().nulls_last() if has_nulls else key.desc(), test_id.desc()]
    return [key.asc().nulls_last(), test_id.asc()]
