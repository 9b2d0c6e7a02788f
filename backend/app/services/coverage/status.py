"""The status of every technique of a domain, worked out when it is asked for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import (
    Rollup,
    Status,
    Tally,
    Unit,
    applies,
    explain,
    explain_rollup,
    roll_up,
    status_of,
    tally_of,
    worth_of,
)
from app.services.coverage.facts import Facts, TechniqueRow, read_facts

_NO_TALLY = Tally()


class TechniqueStatus(NamedTuple):
    """How a technique stands, with what it rests on. A parent's numbers include its sub-techniques'."""

    technique_id: str
    attack_id: str
    status: Status
    value: float | None
    """Worth on the coverage layer, 0–1; None while nothing current is known."""
    expected: str
    """What is expected of the technique where its tests say nothing else."""
    applicable: bool
    in_scope: bool
    is_leaf: bool
    units: int
    """Applicable units in scope: 1 or 0 for a leaf; for a parent its sub-techniques and, with tests, itself."""
    units_validated: int
    tally: Tally
    tests: int
    open_tests: int
    inconclusive: int
    last_executed_at: datetime | None
    """Newest execution among the results, expired ones included."""
    own: Unit
    """The technique by itself, without its sub-techniques."""
    unit_statuses: tuple[Status, ...]
    """The statuses of the units that are the technique's own: a leaf's, or that of a parent's general tests."""

    @property
    def proven(self) -> bool:
        """Whether a current result stands behind it."""
        return self.tally.current > 0

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it stands so, in words."""
        if self.is_leaf:
            return explain(self.own, self.expected)
        return explain_rollup(Rollup(self.status, self.units, self.units_validated, self.value))


class _Own(NamedTuple):
    """A technique's own unit and the numbers beside it."""

    unit: Unit
    expected: str
    tests: int
    general: bool
    last_executed_at: datetime | None


async def statuses(
    session: AsyncSession,
    *,
    environment_id: UUID | None = None,
    domain: str = "enterprise",
    platforms: Sequence[str] = (),
    now: datetime,
    within: Sequence[UUID] | None = None,
) -> dict[UUID, TechniqueStatus]:
    """Status of every active technique of a domain, by technique id, in seven queries and two round trips.

    environment_id: None for all active environments together; a result counts where its technique is applicable and
    in scope. platforms: judge by results on these only. within: judge only these techniques and their sub-techniques.
    """
    facts = await read_facts(
        session, environment_id=environment_id, domain=domain, platforms=platforms, now=now, within=within
    )
    return {UUID(identity): status for identity, status in judge(facts).items()}


def judge(facts: Facts) -> dict[str, TechniqueStatus]:
    """The statuses that follow from the facts: leaves first, then their parents."""
    known = {technique.id for technique in facts.techniques}
    children: dict[str, list[str]] = defaultdict(list)
    for technique in facts.techniques:
        if technique.parent_id in known:
            children[technique.parent_id].append(technique.id)
    judged: dict[str, TechniqueStatus] = {}
    parents = [technique for technique in facts.techniques if technique.id in children]
    for technique in facts.techniques:
        if technique.id not in children:
            judged[technique.id] = _leaf(technique, _own(technique, facts))
    for technique in parents:
        below = [judged[child] for child in children[technique.id]]
        judged[technique.id] = _parent(technique, _own(technique, facts), below)
    return judged


def _own(technique: TechniqueRow, facts: Facts) -> _Own:
    decisions, parent = facts.decisions, technique.parent_id
    applicable_in = [e for e, ours in facts.places if ours is None or applies(technique.platforms, ours)]
    counting = [e for e in applicable_in if decisions.in_scope(technique.id, parent, e)]
    tally, executed_at = _NO_TALLY, None
    for group in facts.results.get(technique.id, ()):
        if group.environment_id not in counting:
            continue
        expected = group.expected or decisions.expected(technique.id, parent, group.environment_id)
        counted = tally_of(
            expected,
            prevented=group.prevented,
            detected=group.detected,
            partially_detected=group.partially_detected,
            not_detected=group.not_detected,
            expired=group.expired,
        )
        tally = counted if tally is _NO_TALLY else tally + counted
        if executed_at is None or executed_at < group.executed_at:
            executed_at = group.executed_at
    tests = opened = inconclusive = 0
    general = False
    for count in facts.counts.get(technique.id, ()):
        tests += count.tests
        opened += count.open
        inconclusive += count.inconclusive
        general = general or count.general
    first = next(iter(facts.environments), None)
    expected = decisions.expected(technique.id, parent, first) if first else decisions.rules.expected
    unit = Unit(bool(applicable_in), bool(counting), tally, opened, inconclusive)
    return _Own(unit, expected, tests, general, executed_at)


def _leaf(technique: TechniqueRow, own: _Own) -> TechniqueStatus:
    status = status_of(own.unit)
    counts = own.unit.applicable and own.unit.in_scope
    return TechniqueStatus(
        technique_id=technique.id,
        attack_id=technique.attack_id,
        status=status,
        value=worth_of(status),
        expected=own.expected,
        applicable=own.unit.applicable,
        in_scope=own.unit.in_scope,
        is_leaf=True,
        units=int(counts),
        units_validated=int(status is Status.VALIDATED),
        tally=own.unit.tally,
        tests=own.tests,
        open_tests=own.unit.open_tests,
        inconclusive=own.unit.inconclusive,
        last_executed_at=own.last_executed_at,
        own=own.unit,
        unit_statuses=(status,),
    )


def _parent(technique: TechniqueRow, own: _Own, below: Sequence[TechniqueStatus]) -> TechniqueStatus:
    general = (status_of(own.unit),) if own.general else ()
    rolled = roll_up([*general, *(child.status for child in below)])
    tally = sum((child.tally for child in below), own.unit.tally if own.general else _NO_TALLY)
    times = [t for t in (own.last_executed_at, *(child.last_executed_at for child in below)) if t is not None]
    return TechniqueStatus(
        technique_id=technique.id,
        attack_id=technique.attack_id,
        status=rolled.status,
        value=rolled.value,
        expected=own.expected,
        applicable=rolled.status is not Status.NOT_APPLICABLE,
        in_scope=rolled.status is not Status.OUT_OF_SCOPE,
        is_leaf=False,
        units=rolled.units,
        units_validated=rolled.validated,
        tally=tally,
        tests=own.tests + sum(child.tests for child in below),
        open_tests=own.unit.open_tests + sum(child.open_tests for child in below),
        inconclusive=own.unit.inconclusive + sum(child.inconclusive for child in below),
        last_executed_at=max(times, default=None),
        own=own.unit,
        unit_statuses=general,
    )


def count_units(judged: Mapping[str, TechniqueStatus]) -> dict[Status, int]:
    """How many units of measure have each status: every leaf once, and parents' general tests where there are any."""
    counts = dict.fromkeys(Status, 0)
    for technique in judged.values():
        for status in technique.unit_statuses:
            counts[status] += 1
    return counts


def unit_tally(technique: TechniqueStatus) -> Tally:
    """The results of the technique's own unit, without those of its sub-techniques, so that sums count each once."""
    return technique.own.tally if technique.unit_statuses else _NO_TALLY
