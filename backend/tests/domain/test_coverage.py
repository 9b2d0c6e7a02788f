"""Status of a unit and roll-up to its parent, by table and by property."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.coverage import (
    FRESH_DAYS,
    UNCOUNTED,
    Rollup,
    Status,
    Tally,
    Unit,
    applies,
    decay,
    explain,
    explain_rollup,
    is_expired,
    roll_up,
    status_of,
    tally_of,
    worth_of,
)
from app.domain.outcomes import EXPECTATIONS, Detection, value
from tests.builders.coverage import NOW, days_ago

COUNTS = st.integers(0, 50)
TALLIES = st.builds(Tally, COUNTS, COUNTS, COUNTS, COUNTS)
UNITS = st.builds(Unit, st.booleans(), st.booleans(), TALLIES, COUNTS, COUNTS)
STATUSES = st.sampled_from(list(Status))

# The examples of docs/SCORING.md, "Status".
EXAMPLES = [
    (Unit(applicable=False, tally=Tally(met=3)), Status.NOT_APPLICABLE),
    (Unit(in_scope=False, tally=Tally(met=3), open_tests=1), Status.OUT_OF_SCOPE),
    (Unit(tally=Tally(met=2)), Status.VALIDATED),
    (Unit(tally=Tally(met=2, expired=4)), Status.VALIDATED),
    (Unit(tally=Tally(met=2, missed=1)), Status.PARTIAL),
    (Unit(tally=Tally(sighted=1)), Status.PARTIAL),
    (Unit(tally=Tally(sighted=1, missed=5)), Status.PARTIAL),
    (Unit(tally=Tally(missed=1), open_tests=2), Status.NOT_COVERED),
    (Unit(tally=Tally(expired=4), open_tests=1), Status.IN_PROGRESS),
    (Unit(tally=Tally(expired=4), inconclusive=2), Status.NOT_EVALUATED),
    (Unit(), Status.NOT_EVALUATED),
]
V, P, N, I, E, O, A = (  # noqa: E741  one letter a status keeps the table readable
    Status.VALIDATED,
    Status.PARTIAL,
    Status.NOT_COVERED,
    Status.IN_PROGRESS,
    Status.NOT_EVALUATED,
    Status.OUT_OF_SCOPE,
    Status.NOT_APPLICABLE,
)
# The examples of docs/SCORING.md, "Roll-up": statuses of the units; the parent's status, units, validated, value.
ROLLUPS = [
    ([], Rollup(A, 0, 0, None)),
    ([A, A], Rollup(A, 0, 0, None)),
    ([A, O], Rollup(O, 0, 0, None)),
    ([V, V, O, A], Rollup(V, 2, 2, 1.0)),
    ([V, E, E, E], Rollup(P, 4, 1, 0.25)),
    ([P, N], Rollup(P, 2, 0, 0.25)),
    ([N, E, I], Rollup(N, 3, 0, 0.0)),
    ([I, E, O], Rollup(I, 2, 0, None)),
    ([E, E], Rollup(E, 2, 0, None)),
]


@pytest.mark.parametrize(("unit", "status"), EXAMPLES)
def test_the_first_rule_that_fits_gives_the_status(unit: Unit, status: Status) -> None:
    assert status_of(unit) is status


@pytest.mark.parametrize(("units", "parent"), ROLLUPS)
def test_a_parent_stands_as_its_units_do(units: list[Status], parent: Rollup) -> None:
    assert roll_up(units) == parent


@given(UNITS)
def test_only_current_results_make_a_colour(unit: Unit) -> None:
    coloured = status_of(unit) in {V, P, N}
    assert coloured == (unit.applicable and unit.in_scope and unit.tally.current > 0)
    assert (worth_of(status_of(unit)) is not None) == coloured


@given(UNITS, COUNTS)
def test_expired_and_inconclusive_results_change_no_colour(unit: Unit, more: int) -> None:
    older = Unit(
        unit.applicable, unit.in_scope, unit.tally + Tally(expired=more), unit.open_tests, unit.inconclusive + more
    )
    assert status_of(older) is status_of(unit)


@given(UNITS)
def test_another_miss_never_improves_a_status(unit: Unit) -> None:
    worse = Unit(unit.applicable, unit.in_scope, unit.tally + Tally(missed=1), unit.open_tests, unit.inconclusive)
    if unit.tally.current:
        assert (worth_of(status_of(worse)) or 0) <= (worth_of(status_of(unit)) or 0)


@given(st.lists(STATUSES))
def test_units_that_do_not_count_change_nothing_beside_one_that_does(units: list[Status]) -> None:
    counted = [status for status in units if status not in UNCOUNTED]
    if counted:
        assert roll_up(units) == roll_up(counted)
    else:
        assert roll_up(units).status in UNCOUNTED


@given(st.lists(STATUSES).flatmap(lambda units: st.tuples(st.just(units), st.permutations(units))))
def test_a_roll_up_does_not_depend_on_order(pair: tuple[list[Status], list[Status]]) -> None:
    assert roll_up(pair[0]) == roll_up(pair[1])


@given(st.lists(STATUSES))
def test_a_parent_is_green_only_when_every_counting_unit_is(units: list[Status]) -> None:
    rolled = roll_up(units)
    counted = [status for status in units if status not in UNCOUNTED]
    assert (rolled.status is V) == (bool(counted) and set(counted) == {V})
    assert rolled.validated <= rolled.units == len(counted)
    assert rolled.value is None or 0 <= rolled.value <= 1


@given(TALLIES, TALLIES)
def test_tallies_add_up(one: Tally, other: Tally) -> None:
    both = one + other
    assert both == other + one
    assert (both.current, both.expired) == (one.current + other.current, one.expired + other.expired)
    assert (both.mean_value is None) == (both.current == 0)
    assert both.mean_value is None or 0 <= both.mean_value <= 1


@pytest.mark.parametrize("expected", EXPECTATIONS)
@pytest.mark.parametrize("detection", [d for d in Detection if d is not Detection.INCONCLUSIVE])
def test_a_result_is_counted_by_its_worth(detection: Detection, expected: str) -> None:
    tally = tally_of(expected, **{detection.value: 3}, expired=2)
    assert (tally.current, tally.expired) == (3, 2)
    assert tally.mean_value == value(detection, expected)
    assert tally.missed == (3 if detection is Detection.NOT_DETECTED else 0)


@pytest.mark.parametrize(
    ("technique", "ours", "expected"),
    [
        (("Windows", "Linux"), None, True),
        (("Windows",), frozenset({"Linux"}), False),
        (("Windows", "Linux"), frozenset({"Linux"}), True),
        ((), frozenset({"Linux"}), True),
        (("None",), frozenset({"Linux"}), True),
        (("Windows",), frozenset(), False),
    ],
)
def test_a_technique_applies_where_one_of_its_platforms_is_ours(
    technique: tuple[str, ...], ours: frozenset[str] | None, expected: bool
) -> None:
    assert applies(technique, ours) is expected


def test_a_result_expires_after_its_last_valid_day() -> None:
    assert not is_expired(days_ago(365), now=NOW, valid_days=365)
    assert is_expired(days_ago(365) - timedelta(microseconds=1), now=NOW, valid_days=365)


@pytest.mark.parametrize(
    ("age", "expected"), [(-1, 1.0), (0, 1.0), (FRESH_DAYS, 1.0), (197.5, 0.5), (365, 0.0), (4000, 0.0)]
)
def test_freshness_falls_evenly_after_a_month(age: float, expected: float) -> None:
    assert decay(days_ago(age), now=NOW, valid_days=365) == pytest.approx(expected)


def test_freshness_with_a_short_life_ends_at_once() -> None:
    assert decay(days_ago(31), now=NOW, valid_days=10) == 0.0


@given(st.floats(-10, 5000), st.floats(0, 5000), st.integers(1, 3650))
def test_freshness_never_grows_with_age(age: float, more: float, valid_days: int) -> None:
    young = decay(days_ago(age), now=NOW, valid_days=valid_days)
    old = decay(days_ago(age + more), now=NOW, valid_days=valid_days)
    assert 0 <= old <= young <= 1


def test_reasons_are_in_words() -> None:
    unit = Unit(tally=Tally(met=2, sighted=1, missed=1, expired=3), open_tests=1, inconclusive=2)
    assert explain(unit, "detected") == (
        "2 of 4 current results met the expectation (detected).",
        "1 left telemetry below the expectation.",
        "1 went unseen.",
        "1 under way.",
        "2 inconclusive.",
        "3 expired.",
    )
    assert explain(Unit(tally=Tally(met=1)), "logged") == ("1 of 1 current result met the expectation (logged).",)
    assert explain(Unit(), "detected") == ("No current result.",)
    assert explain(Unit(in_scope=False), "detected") == ("A decision puts it out of scope.",)
    assert explain(Unit(applicable=False), "detected") == ("It happens on none of our platforms.",)
    assert explain_rollup(roll_up([V, E])) == ("1 of 2 applicable units in scope is validated.",)
    assert explain_rollup(roll_up([O])) == ("None of its units is applicable and in scope.",)
