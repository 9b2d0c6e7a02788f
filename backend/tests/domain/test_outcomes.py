"""The truth table over both records, by table and by property."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.outcomes import (
    EXPECTATIONS,
    OBSERVATION_REASONS,
    SEVERITIES,
    Detection,
    ExecutionOutcome,
    ExecutionResult,
    Seen,
    Sighting,
    actionable,
    meets,
    outcome_of_execution,
    strongest,
    value,
    weakest,
)

R, S, D = ExecutionResult, Seen, Detection
LATE_BLOCK = Sighting(S.BLOCKED, "late")
RANKED = [D.NOT_DETECTED, D.PARTIALLY_DETECTED, D.DETECTED, D.PREVENTED]
SIGHTINGS = st.builds(
    Sighting,
    st.sampled_from(list(Seen)),
    st.sampled_from([None, *OBSERVATION_REASONS]),
    st.sampled_from([None, *SEVERITIES]),
)
RECORDS = st.tuples(st.sampled_from(list(ExecutionResult)), st.lists(SIGHTINGS, max_size=6))

# The table of docs/SCORING.md, "Outcome": red's result, blue's sightings, what they show and the marks on it.
TABLE: list[tuple[ExecutionResult, list[Sighting], ExecutionOutcome]] = [
    (R.BLOCKED, [Sighting(S.BLOCKED)], ExecutionOutcome(D.PREVENTED, S.BLOCKED, silent_block=True)),
    (R.BLOCKED, [Sighting(S.BLOCKED), Sighting(S.ALERTED)], ExecutionOutcome(D.PREVENTED, S.BLOCKED)),
    (R.BLOCKED, [Sighting(S.ALERTED)], ExecutionOutcome(D.PREVENTED, S.ALERTED, unattributed=True)),
    (R.BLOCKED, [Sighting(S.LOGGED)], ExecutionOutcome(D.PREVENTED, S.LOGGED, unattributed=True)),
    (R.BLOCKED, [Sighting(S.NONE)], ExecutionOutcome(D.PREVENTED, S.NONE, unattributed=True)),
    (R.BLOCKED, [LATE_BLOCK], ExecutionOutcome(D.PREVENTED, S.BLOCKED, unattributed=True)),
    (
        R.SUCCEEDED,
        [Sighting(S.BLOCKED)],
        ExecutionOutcome(D.PARTIALLY_DETECTED, S.BLOCKED, conflict=True),
    ),
    (
        R.SUCCEEDED,
        [Sighting(S.BLOCKED), LATE_BLOCK, Sighting(S.ALERTED)],
        ExecutionOutcome(D.DETECTED, S.BLOCKED, conflict=True),
    ),
    (R.SUCCEEDED, [LATE_BLOCK], ExecutionOutcome(D.PARTIALLY_DETECTED, S.BLOCKED)),
    (R.SUCCEEDED, [LATE_BLOCK, Sighting(S.ALERTED)], ExecutionOutcome(D.DETECTED, S.BLOCKED)),
    (R.SUCCEEDED, [Sighting(S.BLOCKED, "other_stage")], ExecutionOutcome(D.PARTIALLY_DETECTED, S.BLOCKED)),
    (R.SUCCEEDED, [Sighting(S.ALERTED), Sighting(S.LOGGED)], ExecutionOutcome(D.DETECTED, S.ALERTED)),
    (R.SUCCEEDED, [Sighting(S.LOGGED), Sighting(S.NONE)], ExecutionOutcome(D.PARTIALLY_DETECTED, S.LOGGED)),
    (R.SUCCEEDED, [Sighting(S.NONE)], ExecutionOutcome(D.NOT_DETECTED, S.NONE)),
    (R.SUCCEEDED, [Sighting(S.NOT_APPLICABLE)], ExecutionOutcome(D.NOT_DETECTED, S.NONE)),
    (R.UNKNOWN, [Sighting(S.BLOCKED)], ExecutionOutcome(D.PREVENTED, S.BLOCKED, silent_block=True)),
    (R.UNKNOWN, [LATE_BLOCK], ExecutionOutcome(D.PARTIALLY_DETECTED, S.BLOCKED)),
    (R.UNKNOWN, [Sighting(S.ALERTED)], ExecutionOutcome(D.DETECTED, S.ALERTED)),
    (R.UNKNOWN, [Sighting(S.LOGGED)], ExecutionOutcome(D.PARTIALLY_DETECTED, S.LOGGED)),
    (R.UNKNOWN, [], ExecutionOutcome(D.INCONCLUSIVE, S.NONE)),
    (R.FAILED, [], ExecutionOutcome(D.INCONCLUSIVE, S.NONE)),
    (R.FAILED, [Sighting(S.BLOCKED)], ExecutionOutcome(D.INCONCLUSIVE, S.BLOCKED, attempt_seen=True)),
    (R.FAILED, [Sighting(S.LOGGED)], ExecutionOutcome(D.INCONCLUSIVE, S.LOGGED, attempt_seen=True)),
]


@pytest.mark.parametrize(("result", "sightings", "expected"), TABLE)
def test_the_table(result: ExecutionResult, sightings: list[Sighting], expected: ExecutionOutcome) -> None:
    assert outcome_of_execution(result, sightings) == expected


@pytest.mark.parametrize(("severity", "limit"), list(product(SEVERITIES, SEVERITIES)))
def test_an_alert_below_the_actionable_severity_is_a_log_line(severity: str, limit: str) -> None:
    below = SEVERITIES.index(severity) < SEVERITIES.index(limit)
    alert = Sighting(S.ALERTED, severity=severity)
    assert actionable(alert, limit) is (S.LOGGED if below else S.ALERTED)
    shown = outcome_of_execution(R.SUCCEEDED, [alert], actionable_severity=limit).detection
    assert shown is (D.PARTIALLY_DETECTED if below else D.DETECTED)


@pytest.mark.parametrize("outcome", [outcome for outcome in Seen if outcome is not S.ALERTED])
def test_severity_weakens_alerts_only(outcome: Seen) -> None:
    assert actionable(Sighting(outcome, severity="informational"), "critical") is outcome


def test_an_alert_without_severity_counts() -> None:
    assert actionable(Sighting(S.ALERTED), "critical") is S.ALERTED


@given(st.lists(st.sampled_from(list(Seen))))
def test_the_strongest_sighting_leads(outcomes: list[Seen]) -> None:
    order = [S.BLOCKED, S.ALERTED, S.LOGGED]
    assert strongest(outcomes) is next((outcome for outcome in order if outcome in outcomes), S.NONE)


@given(RECORDS.flatmap(lambda record: st.tuples(st.just(record), st.permutations(record[1]))))
def test_the_order_of_sightings_does_not_matter(
    case: tuple[tuple[ExecutionResult, list[Sighting]], list[Sighting]],
) -> None:
    (result, sightings), shuffled = case
    assert outcome_of_execution(result, sightings) == outcome_of_execution(result, shuffled)


@given(RECORDS)
def test_what_does_not_apply_changes_nothing(record: tuple[ExecutionResult, list[Sighting]]) -> None:
    result, sightings = record
    more = [*sightings, Sighting(S.NOT_APPLICABLE), Sighting(S.NONE)]
    assert outcome_of_execution(result, more) == outcome_of_execution(result, sightings)


@given(RECORDS)
def test_inconclusive_is_what_failed_or_left_no_trace(record: tuple[ExecutionResult, list[Sighting]]) -> None:
    result, sightings = record
    outcome = outcome_of_execution(result, sightings)
    untraced = result is R.UNKNOWN and outcome.seen is S.NONE
    assert (outcome.detection is D.INCONCLUSIVE) == (result is R.FAILED or untraced)
    assert outcome.conclusive == (outcome.detection is not D.INCONCLUSIVE and not outcome.conflict)


@given(RECORDS)
def test_a_success_is_never_prevented(record: tuple[ExecutionResult, list[Sighting]]) -> None:
    result, sightings = record
    outcome = outcome_of_execution(result, sightings)
    if result is R.SUCCEEDED:
        assert outcome.detection is not D.PREVENTED
        unexplained = any(s.outcome is S.BLOCKED and s.reason is None for s in sightings)
        assert outcome.conflict == unexplained
    else:
        assert not outcome.conflict
    if outcome.silent_block:
        assert outcome.detection is D.PREVENTED


@given(st.lists(RECORDS, max_size=4))
def test_a_round_is_as_good_as_its_weakest_conclusive_execution(
    records: list[tuple[ExecutionResult, list[Sighting]]],
) -> None:
    outcomes = [outcome_of_execution(*record) for record in records]
    ranks = [RANKED.index(outcome.detection) for outcome in outcomes if outcome.conclusive]
    assert weakest(outcomes) is (RANKED[min(ranks)] if ranks else D.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("expected", "values"),
    [("logged", [0, 1, 1, 1]), ("detected", [0, 0.5, 1, 1]), ("prevented", [0, 0.5, 0.5, 1])],
)
def test_worth_against_the_expectation(expected: str, values: list[float]) -> None:
    assert [value(detection, expected) for detection in RANKED] == values
    assert [meets(detection, expected) for detection in RANKED] == [worth == 1 for worth in values]


@pytest.mark.parametrize("expected", EXPECTATIONS)
def test_what_is_inconclusive_meets_nothing(expected: str) -> None:
    assert not meets(D.INCONCLUSIVE, expected)
