"""What one more countermeasure would add, against judging everything anew."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.gains import gains_of, with_one_more
from app.domain.score_inputs import CountermeasuresInput, ScoreInputs
from app.domain.scores import score_all
from tests.domain.test_scores import FAMILY, ORGANISATIONS, any_organisation

COUNTERS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.sets(st.sampled_from([*FAMILY, "gone"])), min_size=1)


@given(ORGANISATIONS, COUNTERS)
def test_a_gain_is_what_a_recount_gives(inputs: ScoreInputs, counters: Mapping[str, set[str]]) -> None:
    before = score_all(inputs)
    for name, gain in gains_of(before, counters).items():
        after = score_all(with_one_more(inputs, counters[name]))
        old, new = before.organization.in_scope.score, after.organization.in_scope.score
        assert (gain.points is None) == (old is None or new is None)
        if gain.points is not None and old is not None and new is not None:
            assert gain.points == pytest.approx(new - old, abs=1e-9)
        changed = {key for key in inputs.techniques if before.units.get(key) != after.units.get(key)}
        assert changed >= set(gain.techniques)


def test_what_is_implemented_wherever_it_is_mapped_adds_nothing() -> None:
    found = with_one_more(_one(CountermeasuresInput(2, 2)), ["T1"]).countermeasures
    assert found == {"T1": CountermeasuresInput(2, 2)}
    assert with_one_more(_one(CountermeasuresInput(2, 0)), ["T1", "T9"]).countermeasures == {
        "T1": CountermeasuresInput(2, 1)
    }


def _one(held: CountermeasuresInput) -> ScoreInputs:
    return replace(any_organisation(1), countermeasures={"T1": held})
