"""Scores by property, over small organisations of every kind."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import outcomes
from app.domain.coverage import Status, decay
from app.domain.outcomes import Detection
from app.domain.result_sums import FADE_DAYS, Ageing, ResultTotal, Summed, since_epoch, sum_results, total_results
from app.domain.score_inputs import (
    CountermeasuresInput,
    ResultInput,
    RulesInput,
    ScoreInputs,
    TechniqueInput,
    WorkInput,
    dump_inputs,
    load_inputs,
)
from app.domain.scores import Scores, mean_of, profile_of, reweigh, score_all, without_covered_parents
from app.domain.scoring import COMPONENTS, DAY, Weights, explain_components, wilson
from app.errors import Invalid

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ORDER = ("not_detected", "partially_detected", "detected", "prevented")
FAMILY = ("T1", "T1.1", "T1.2", "T2")
PLATFORMS = ("Windows", "Linux")
T = TypeVar("T")


def one_result(dice: Random) -> ResultInput:
    return ResultInput(
        environment=dice.choice(("e1", "e2")),
        platform=dice.choice((None, *PLATFORMS, "macOS")),
        expected=dice.choice((None, "logged", "detected", "prevented")),
        detection=dice.choice(ORDER),
        executed_at=NOW.timestamp() - dice.uniform(0, 500) * DAY,
        procedure="custom:one",
        test="t",
    )


def any_weights(dice: Random) -> Weights:
    parts = [dice.choice((0.0, 1.0, 40.0, dice.uniform(0, 1000))) for _ in COMPONENTS]
    parts[dice.randrange(len(parts))] += 0.1
    return Weights(*parts)


def any_organisation(seed: int) -> ScoreInputs:
    dice = Random(seed)

    def some(names: tuple[str, ...], make: Callable[[], T]) -> dict[str, T]:
        return {name: make() for name in names if dice.random() < 0.6}

    def counts(number: int, top: int) -> list[int]:
        return sorted((dice.randint(0, top) for _ in range(number)), reverse=True)

    def platforms() -> frozenset[str]:
        return frozenset(name for name in PLATFORMS if dice.random() < 0.6)

    everything = (*FAMILY, "gone")
    return ScoreInputs(
        domain="enterprise",
        as_of=NOW,
        attack_version="18.1",
        techniques={name: TechniqueInput(name, name, "T1" if "." in name else None, platforms()) for name in FAMILY},
        tactics={"execution": ("T1", "T1.1", "T1.2"), "impact": ("T1", "T1.1", "T2")},
        successors=dice.choice(({}, {"gone": "T2"})),
        environments={"e1": platforms() or None, "e2": platforms() or None},
        scope=some(("e1", "e2"), lambda: some(FAMILY, lambda: dice.random() < 0.7)),
        expected=dice.choice(("logged", "detected", "prevented")),
        expectations={"e1": {"T1": "prevented"}},
        profile=dice.choice((None, some(FAMILY, lambda: dice.randint(0, 3)))),
        weights=any_weights(dice),
        valid_days=365,
        results=some(everything, lambda: [one_result(dice) for _ in range(dice.randint(1, 4))]),
        work=some(everything, lambda: [WorkInput("e1", dice.randint(0, 2), 0, dice.random() < 0.5)]),
        rules=some(everything, lambda: [RulesInput("e1", *counts(4, 6))]),
        countermeasures=some(everything, lambda: CountermeasuresInput(*counts(2, 5))),
    )


# Rolled from a seed: drawn piece by piece, an organisation takes a hundred times as long.
ORGANISATIONS = st.integers(0, 2**40).map(any_organisation)


def plain(scores: Scores) -> Mapping[str, Any]:
    return {
        "techniques": scores.techniques,
        "units": scores.units,
        "tactics": scores.tactics,
        "organization": scores.organization,
    }


def all_scores(scores: Scores) -> list[float | None]:
    three = scores.organization
    figures = [*scores.tactics.values(), three.in_scope, three.tested, *([three.profile] if three.profile else [])]
    return [*(one.score for one in scores.techniques.values()), *(figure.score for figure in figures)]


@given(ORGANISATIONS)
def test_scores_are_within_their_range_and_the_sum_of_their_points(inputs: ScoreInputs) -> None:
    scores = score_all(inputs)
    assert [score for score in all_scores(scores) if score is not None and not 0 <= score <= 100] == []
    for technique in scores.techniques.values():
        if technique.score is None:
            assert technique.points is None
        else:
            assert sum(technique.points or ()) == pytest.approx(technique.score)
        assert all(value is None or 0 <= value <= 100 for value in technique.components)
        assert (technique.units > 0) == (technique.status not in {Status.OUT_OF_SCOPE, Status.NOT_APPLICABLE})


@given(ORGANISATIONS, st.data())
def test_a_better_outcome_never_lowers_a_score(inputs: ScoreInputs, data: st.DataObject) -> None:
    places = [(technique, index) for technique, rows in inputs.rows.items() for index in range(len(rows))]
    if not places:
        return
    technique, index = data.draw(st.sampled_from(places))
    rows = list(inputs.rows[technique])
    better = ORDER[min(ORDER.index(rows[index].detection) + 1, 3)]
    rows[index] = rows[index]._replace(detection=better)
    before = all_scores(score_all(inputs))
    after = all_scores(score_all(replace(inputs, results={**inputs.rows, technique: rows})))
    for old, new in zip(before, after, strict=True):
        assert (old is None) == (new is None)
        assert old is None or new is None or new >= old - 1e-9


@given(ORGANISATIONS)
def test_the_order_of_what_is_known_does_not_matter(inputs: ScoreInputs) -> None:
    turned = replace(
        inputs,
        results={key: list(reversed(rows)) for key, rows in reversed([*inputs.rows.items()])},
        work=dict(reversed([*inputs.work.items()])),
        rules=dict(reversed([*inputs.rules.items()])),
        countermeasures=dict(reversed([*inputs.countermeasures.items()])),
    )
    assert all_scores(score_all(turned)) == all_scores(score_all(inputs))


@given(ORGANISATIONS, st.floats(1e-3, 1e3))
def test_only_the_ratio_of_the_weights_counts(inputs: ScoreInputs, factor: float) -> None:
    scaled = Weights(*(part * factor for part in inputs.weights.parts))
    scores = score_all(inputs)
    for old, new in zip(all_scores(scores), all_scores(reweigh(scores, scaled)), strict=True):
        assert new == (None if old is None else pytest.approx(old, abs=1e-6))


@given(ORGANISATIONS)
def test_inputs_survive_being_stored(inputs: ScoreInputs) -> None:
    stored = json.loads(json.dumps(dump_inputs(inputs)))
    assert plain(score_all(load_inputs(stored))) == plain(score_all(inputs))


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_range_holds_the_share(hits: int, misses: int) -> None:
    found = wilson(hits, hits + misses)
    if found is None:
        assert hits + misses == 0
        return
    low, high = found
    assert 0 <= low <= hits / (hits + misses) <= high <= 1


@given(st.floats(0, 800), st.sampled_from((20, 30, 90, 365)))
def test_ageing(days: float, valid_days: int) -> None:
    executed_at = NOW - timedelta(days=days)
    age, ageing = (NOW - executed_at) // timedelta(microseconds=1), Ageing.of(valid_days)
    if days <= valid_days:
        fresh = decay(executed_at, now=NOW, valid_days=valid_days)
        assert ageing.kept(age) / ageing.span == pytest.approx(fresh, abs=1e-9)
    assert ageing.left(age) / ageing.fade == pytest.approx(
        min(1, max(0, 1 - (days - valid_days) / FADE_DAYS)), abs=1e-6
    )


def one_by_one(rows: list[ResultInput], platforms: frozenset[str], valid_days: int) -> ResultTotal:
    """The formulas of docs/SCORING.md as they are written there, over single results."""
    met = sighted = missed = expired = 0
    fresh: list[float] = []
    left: list[tuple[float, float]] = []
    best: dict[str, float] = {}
    for row in rows:
        days = (NOW.timestamp() - row.executed_at) / DAY
        detection, expected = Detection(row.detection), row.expected or "detected"
        worth = outcomes.value(detection, expected)
        left.append((min(1.0, max(0.0, 1 - (days - valid_days) / FADE_DAYS)), worth))
        if days > valid_days:
            expired += 1
            continue
        met += outcomes.meets(detection, expected)
        missed += not worth
        sighted += bool(worth) and not outcomes.meets(detection, expected)
        fresh.append(worth * decay(NOW - timedelta(days=days), now=NOW, valid_days=valid_days))
        if row.platform in platforms:
            best[row.platform or ""] = max(best.get(row.platform or "", 0), worth)
    return ResultTotal(
        met, sighted, missed, expired, sum(fresh), sum(share for share, _ in left),
        sum(share * worth for share, worth in left), max((share for share, _ in left), default=0.0),
        len(platforms), sum(best.values()),
    )  # fmt: skip


@given(st.integers(0, 2**40), st.sampled_from((20, 30, 90, 365)))
def test_sums_say_what_single_results_say(seed: int, valid_days: int) -> None:
    dice = Random(seed)
    rows = [one_result(dice) for _ in range(dice.randint(0, 12))]
    platforms = frozenset(name for name in PLATFORMS if dice.random() < 0.6)
    ageing = Ageing.of(valid_days)
    summed = sum_results(
        ((row.environment, row.platform, row.expected, row.detection, since_epoch(row.executed_at)) for row in rows),
        moment=since_epoch(NOW.timestamp()),
        ageing=ageing,
    )
    dice.shuffle(summed)
    total = total_results([(sums, sums.expected or "detected") for sums in summed], platforms=platforms, ageing=ageing)
    assert total == pytest.approx(one_by_one(rows, platforms, valid_days), abs=1e-9)
    assert len(summed) <= 8


def test_sums_are_for_their_moment_only_and_cannot_be_stored() -> None:
    inputs = organisation(results=Summed(NOW, 365, {}))
    assert score_all(inputs).organization.in_scope.score == 0
    with pytest.raises(ValueError, match="another moment"):
        score_all(replace(inputs, valid_days=30))
    with pytest.raises(TypeError, match="taken apart"):
        dump_inputs(inputs)


@pytest.mark.parametrize(
    "parts", [(0, 0, 0, 0, 0), (1, -1, 0, 0, 0), (float("nan"), 1, 1, 1, 1), (float("inf"), 0, 0, 0, 0)]
)
def test_weights_that_are_none(parts: tuple[float, ...]) -> None:
    with pytest.raises(Invalid) as refused:
        Weights(*parts)
    assert refused.value.code == "invalid_weights"


def organisation(**fields: Any) -> ScoreInputs:
    windows = frozenset({"Windows"})
    return replace(
        ScoreInputs(
            domain="enterprise", as_of=NOW, attack_version=None,
            techniques={name: TechniqueInput(name, name, "T1" if "." in name else None, windows) for name in FAMILY},
            tactics={}, successors={}, environments={"e1": None}, scope={}, expected="detected", expectations={},
            profile=None, weights=Weights(40, 20, 15, 15, 10), valid_days=365, results={}, work={}, rules={},
            countermeasures={},
        ),
        **fields,
    )  # fmt: skip


def fresh(detection: str = "detected") -> list[ResultInput]:
    return [ResultInput("e1", "Windows", None, detection, NOW.timestamp(), "custom:one", "t")]


def test_what_is_known_of_a_parent_makes_it_a_unit_and_reaches_no_child() -> None:
    scores = score_all(organisation(rules={"T1": [RulesInput("e1", 9, 3, 0, 0)]}, results={"T1.1": fresh()}))
    # The rules alone: 20 x 50 of 85 (no countermeasure is mapped). One result on the only platform: 65 x 100 of 85.
    assert scores.units["T1"].score == pytest.approx(20 * 50 / 85)
    assert scores.units["T1.1"].score == pytest.approx(65 * 100 / 85)
    assert scores.units["T1.2"].score == 0
    parent = scores.techniques["T1"]
    assert parent.score == pytest.approx((1000 + 6500) / 85 / 3)
    assert (parent.units, parent.units_proven, parent.proven, parent.status) == (3, 1, True, Status.PARTIAL)
    assert scores.organization.in_scope.n == 4
    assert scores.organization.tested.score == pytest.approx(6500 / 85)


def test_a_family_counts_once_in_what_names_it_twice() -> None:
    scores = score_all(organisation(results={"T1.1": fresh(), "T2": fresh("not_detected")}))
    assert without_covered_parents(scores, ["T1", "T1.1", "T2", "T9"]) == {"T1.1": 1, "T2": 1}
    assert without_covered_parents(scores, ["T1", "T1.1", "T2"], {"T1": 3, "T1.1": 1, "T2": 0}) == {"T1.1": 3, "T2": 0}
    assert without_covered_parents(scores, ["T1", "T1.1"], {"T1": 3, "T1.1": 0}) == {"T1": 3, "T1.1": 0}
    assert mean_of(scores, ["T1", "T1.1"]).score == scores.techniques["T1.1"].score
    assert mean_of(scores, ["T1"]).score == scores.techniques["T1"].score
    assert mean_of(scores, []).score is None


def test_the_headline_stands_on_the_threat_profile() -> None:
    results = {"T1.1": fresh(), "T2": fresh("not_detected")}
    high = 6500 / 85
    profiled = score_all(organisation(results=results, profile={"T1.1": 3, "T2": 1})).organization.profile
    assert profiled is not None
    assert profiled.score == pytest.approx(3 * high / 4)
    assert profiled.n == 2
    nothing = score_all(organisation(results=results, profile={"T2": 0})).organization.profile
    assert nothing is not None
    assert (nothing.score, nothing.n) == (None, 0)
    assert score_all(organisation(results=results)).organization.profile is None
    assert profile_of({"T2": 1}, {"G1": 2, "G2": 3}, {"G1": ["T2", "T1"], "G3": ["T1.1"]}) == {"T2": 2, "T1": 2}


def test_what_is_out_of_scope_has_no_score_and_is_counted() -> None:
    scores = score_all(organisation(results={"T2": fresh()}, scope={"e1": {"T2": False, "T1": False, "T1.2": True}}))
    assert (scores.techniques["T2"].score, scores.techniques["T2"].proven) == (None, False)
    assert (scores.organization.in_scope.n, scores.organization.out_of_scope) == (1, 2)


def test_results_move_to_the_successor() -> None:
    scores = score_all(organisation(results={"old": fresh()}, successors={"old": "T2"}))
    assert scores.techniques["T2"].status == Status.VALIDATED


def test_the_reasons_in_words() -> None:
    rules = {"T1.1": [RulesInput("e1", 5, 3, 2, 1)]}
    known = score_all(
        organisation(results={"T1.1": fresh()}, rules=rules, countermeasures={"T1.1": CountermeasuresInput(4, 1)})
    )
    assert explain_components(known.units["T1.1"].evidence) == (
        "1 of 1 current result met the expectation.",
        "3 of 5 rules deployed; 1 of 2 evaluated in tests fired.",
        "1 of 4 mapped countermeasures implemented.",
        "What the results show keeps 100 of 100 by their age.",
        "Best results on 1 platform in scope add up to 1.",
    )
    assert explain_components(known.units["T2"].evidence)[:3] == (
        "No current result.",
        "0 of 0 rules deployed.",
        "No countermeasure is mapped, so this part is left out.",
    )
    assert len(COMPONENTS) == 5
