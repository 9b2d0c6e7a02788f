"""What the status of a finding follows from: the table of docs/METRICS.md."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.findings import (
    CAUSE_TITLES,
    DEFAULT_OWNERS,
    FindingFacts,
    Gap,
    Status,
    StepStatus,
    proven_at,
    remediated_at,
    retests_due,
    status_of,
)
from app.domain.outcomes import MISS_CAUSES

DAY = timedelta(days=1)
T0 = datetime(2026, 5, 4, tzinfo=UTC)
GAP = Gap(key=(UUID(int=1), "custom:a", "Windows", UUID(int=2)), origin=UUID(int=3), failed_at=T0)
PROVEN = replace(GAP, proven_at=T0 + 5 * DAY)
ACCEPTED = replace(GAP, accepted=True)
WORN_OUT = replace(GAP, automatic_conclusive=3)
OPEN = (StepStatus.OPEN, None)
DROPPED = (StepStatus.DROPPED, None)
DONE = (StepStatus.DONE, T0 + DAY)
TOO_EARLY = (StepStatus.DONE, T0)


def facts(*gaps: Gap, steps: tuple[tuple[StepStatus, datetime | None], ...] = (), **more: bool) -> FindingFacts:
    return FindingFacts(gaps=gaps, steps=steps, max_retests=3, **more)


@pytest.mark.parametrize(
    ("given_facts", "status", "due"),
    [
        (facts(GAP), Status.OPEN, 0),
        (facts(GAP, steps=(DROPPED,)), Status.OPEN, 0),
        (facts(GAP, steps=(OPEN,)), Status.IN_REMEDIATION, 0),
        (facts(GAP, steps=(DONE, OPEN)), Status.IN_REMEDIATION, 0),
        (facts(GAP, steps=(TOO_EARLY,)), Status.IN_REMEDIATION, 0),
        (facts(GAP, steps=(DONE,)), Status.AWAITING_RETEST, 1),
        (facts(GAP, GAP, steps=(DONE, DROPPED)), Status.AWAITING_RETEST, 2),
        (facts(replace(GAP, retest_open=True), steps=(DONE,)), Status.AWAITING_RETEST, 0),
        (facts(GAP, PROVEN, steps=(DONE,)), Status.AWAITING_RETEST, 1),
        (facts(PROVEN, steps=(DONE,)), Status.CLOSED_PROVEN, 0),
        (facts(PROVEN), Status.CLOSED_PROVEN, 0),
        (facts(WORN_OUT, steps=(DONE,)), Status.CHRONIC, 0),
        (facts(WORN_OUT, GAP, steps=(DONE,)), Status.CHRONIC, 1),
        (facts(ACCEPTED, steps=(DONE,)), Status.RISK_ACCEPTED, 0),
        (facts(ACCEPTED, PROVEN), Status.RISK_ACCEPTED, 0),
        (facts(ACCEPTED, GAP), Status.OPEN, 0),
        (facts(), Status.CLOSED_UNPROVEN, 0),
        (facts(GAP, steps=(DONE,), closed_by_hand=True), Status.CLOSED_UNPROVEN, 0),
    ],
)
def test_the_first_rule_that_fits_gives_the_status(given_facts: FindingFacts, status: Status, due: int) -> None:
    assert status_of(given_facts) is status
    assert len(retests_due(given_facts)) == due


def test_no_retest_is_made_where_none_is_allowed() -> None:
    none = replace(facts(GAP, steps=(DONE,)), max_retests=0)
    assert status_of(none) is Status.AWAITING_RETEST
    assert retests_due(none) == []


def test_the_last_proof_and_the_last_step_date_the_finding() -> None:
    later = replace(PROVEN, proven_at=T0 + 9 * DAY)
    assert proven_at(facts(PROVEN, later)) == T0 + 9 * DAY
    assert proven_at(facts(PROVEN, GAP)) is None
    assert remediated_at(facts(GAP, steps=(DONE, (StepStatus.DONE, T0 + 3 * DAY)))) == T0 + 3 * DAY


def test_every_cause_has_an_owner_and_a_title() -> None:
    assert set(DEFAULT_OWNERS) == set(CAUSE_TITLES) == set(MISS_CAUSES)


_gaps = st.lists(
    st.builds(
        replace,
        st.just(GAP),
        failed_at=st.integers(0, 9).map(lambda n: T0 + n * DAY),
        proven_at=st.none() | st.just(T0 + 20 * DAY),
        automatic_conclusive=st.integers(0, 4),
        retest_open=st.booleans(),
        accepted=st.booleans(),
    ),
    max_size=4,
)
_steps = st.lists(
    st.one_of(st.just(OPEN), st.just(DROPPED), st.integers(0, 9).map(lambda n: (StepStatus.DONE, T0 + n * DAY))),
    max_size=4,
)


@given(gaps=_gaps, steps=_steps, closed=st.booleans(), limit=st.integers(0, 4))
def test_retests_fall_due_only_after_the_work_and_below_the_limit(
    gaps: list[Gap], steps: list[tuple[StepStatus, datetime | None]], closed: bool, limit: int
) -> None:
    found = FindingFacts(gaps=gaps, steps=steps, max_retests=limit, closed_by_hand=closed)
    status, due = status_of(found), retests_due(found)
    if due:
        assert status in {Status.AWAITING_RETEST, Status.CHRONIC}
        assert remediated_at(found) is not None
    assert all(gap.automatic_conclusive < limit and not gap.retest_open and not gap.accepted for gap in due)
    assert (status is Status.CLOSED_PROVEN) == (bool(gaps) and not found.unproven and not closed)
