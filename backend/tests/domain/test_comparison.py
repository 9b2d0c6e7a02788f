"""Comparisons: the worked example of docs/REPORTS.md, and properties over any two organisations."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.attribution import Attribution, Cause, attribute, largest_remainder, walk
from app.domain.comparison import FIGURES, Change, Comparison, Moment, compare
from app.domain.coverage import Status
from app.domain.score_inputs import ResultInput, RulesInput, ScoreInputs, TechniqueInput
from app.domain.scores import score_all
from app.domain.scoring import Weights
from tests.domain.test_scores import FAMILY, any_organisation

MARCH, JUNE = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
WINDOWS = frozenset({"Windows"})


def ran(detection: str, day: datetime, *, test: str = "t", procedure: str = "p") -> ResultInput:
    return ResultInput("e", "Windows", None, detection, day.timestamp(), procedure, test)


def in_march() -> ScoreInputs:
    return ScoreInputs(
        domain="enterprise",
        as_of=MARCH,
        attack_version="17.1",
        techniques={name: TechniqueInput(name, name, None, WINDOWS) for name in ("T1", "T2")},
        tactics={"execution": ("T1", "T2")},
        successors={},
        environments={"e": None},
        scope={},
        expected="detected",
        expectations={},
        profile=None,
        weights=Weights(50, 50, 0, 0, 0),
        valid_days=365,
        results={"T1": [ran("detected", MARCH)], "T2": [ran("not_detected", MARCH, test="miss")]},
        work={},
        rules={},
        countermeasures={},
    )


def in_june() -> ScoreInputs:
    march = in_march()
    return replace(
        march,
        as_of=JUNE,
        attack_version="18.1",
        techniques={**march.techniques, "T3": TechniqueInput("T3", "T3", None, WINDOWS)},
        tactics={"execution": ("T1", "T2", "T3")},
        scope={"e": {"T3": False}},
        weights=Weights(75, 25, 0, 0, 0),
        results={**march.results, "T2": [ran("partially_detected", JUNE, test="retest")]},
        rules={"T1": [RulesInput("e", 3, 3, 2, 2)]},
    )


def between(base: ScoreInputs, head: ScoreInputs, *annulled: str, **lineage: str) -> Comparison:
    return compare(Moment(base), Moment(head), lineage=lineage, annulled=annulled)


def shown(score: Attribution) -> dict[str, float]:
    return {share.cause.value: share.shown for share in score.shares}


def test_the_worked_example() -> None:
    found = between(in_march(), in_june())
    score = found.figures["in_scope"].score
    assert (score.base, score.head, score.difference, score.shown) == (25.0, 68.75, 43.75, 43.8)
    assert shown(score) == {
        "release": -8.3,
        "scope": 8.3,
        "weights": 12.5,
        "test_results": 18.8,
        "rules": 12.5,
    }
    assert {t.attack_id: t.change for t in found.techniques} == {
        "T1": Change.IMPROVED,
        "T2": Change.IMPROVED,
        "T3": Change.NEW,
    }
    first, second, third = found.techniques
    assert shown(first.score) == {"weights": 25.0, "rules": 25.0}
    assert shown(second.score) == {"test_results": 37.5}
    assert (third.base, third.head and third.head.status) == (None, Status.OUT_OF_SCOPE)
    assert {change: count for change, count in found.changes.items() if count} == {Change.IMPROVED: 2, Change.NEW: 1}
    assert found.figures["profile"].score == Attribution(None, None, None, None, ())


def test_an_annulment_is_told_from_a_new_result() -> None:
    march = in_march()
    june = replace(march, as_of=JUNE, results={"T2": [ran("detected", JUNE)]})
    score = between(march, june, "t").figures["in_scope"].score
    assert shown(score) == {"test_results": 25.0, "annulments": -25.0}
    older = replace(june, results={"T1": [ran("not_detected", MARCH, test="older")]})
    assert shown(between(march, older, "t").figures["in_scope"].score) == {"annulments": -25.0}
    newer = replace(june, results={"T1": [ran("partially_detected", JUNE)], "T2": march.results["T2"]})
    assert shown(between(march, newer, "t").figures["in_scope"].score) == {"test_results": -12.5}


def test_techniques_that_became_one_are_followed() -> None:
    march = in_march()
    merged = replace(
        march,
        attack_version="18.1",
        techniques={"T9": TechniqueInput("T9", "Merged", None, WINDOWS)},
        tactics={"stealth": ("T9",)},
        successors={"T1": "T9", "T2": "T9"},
    )
    found = between(march, merged)
    (technique,) = found.techniques
    assert (technique.was, technique.change, technique.base and technique.base.score) == (
        ("T1", "T2"),
        Change.UNCHANGED,
        25.0,
    )
    assert technique.was_named == tuple(march.techniques[name].name for name in ("T1", "T2"))
    assert [(t.shortname, t.figure.head is not None) for t in found.tactics] == [
        ("stealth", True),
        ("execution", False),
    ]
    # The head's own successors may not reach a technique that had no tests when it was taken.
    unaware = replace(merged, successors={}, results={"T9": [ran("detected", MARCH)]})
    assert [t.change for t in between(march, unaware, T1="T9").techniques] == [Change.UNCHANGED, Change.GONE]
    assert [t.change for t in between(march, unaware).techniques] == [Change.NEW, Change.GONE, Change.GONE]


def test_formulas_that_changed_have_their_share() -> None:
    told = {"profile": None, "in_scope": 20.0, "tested": 20.0}
    found = compare(Moment(in_march(), told), Moment(in_march()), lineage={}, annulled=())
    assert shown(found.figures["in_scope"].score) == {"formula": 5.0}
    found = compare(Moment(in_march()), Moment(in_march(), told), lineage={}, annulled=())
    assert shown(found.figures["in_scope"].score) == {"formula": -5.0}


def test_a_gap_leaves_its_change_to_the_next_step() -> None:
    score = attribute(10.0, [(Cause.SCOPE, None), (Cause.RULES, 30.0)])
    assert shown(score) == {"rules": 20.0}
    assert attribute(10.0, [(Cause.SCOPE, None)]).difference is None


def other_organisation(seed: int) -> ScoreInputs:
    later = any_organisation(seed)
    dice = Random(seed)
    if dice.random() < 0.5:
        later = replace(later, techniques={k: v for k, v in later.techniques.items() if k != "T2"})
    return replace(later, as_of=JUNE.replace(month=dice.randint(6, 12)), valid_days=dice.choice((200, 365)))


SEEDS = st.integers(0, 2**40)


@settings(max_examples=60)
@given(SEEDS, SEEDS, st.sampled_from(({}, {"T2": "T1.1"})))
def test_the_shares_add_up_exactly(one: int, two: int, lineage: dict[str, str]) -> None:
    base, head = any_organisation(one), other_organisation(two)
    *_, (_, last) = walk(base, head, lineage=lineage, annulled=("t",))
    assert last == head
    assert {field.name for field in fields(ScoreInputs)} == {field.name for field in fields(last)}
    found = compare(Moment(base), Moment(head), lineage=lineage, annulled=("t",))
    scores = [found.figures[name].score for name in FIGURES]
    scores += [tactic.figure.score for tactic in found.tactics] + [t.score for t in found.techniques]
    for score in scores:
        if score.difference is None or score.base is None or score.head is None:
            assert score.shares == ()
            continue
        told = [Decimal(str(number)) for number in (score.base, score.head, score.difference)]
        assert told[1] - told[0] == told[2]
        assert sum(Decimal(str(share.points)) for share in score.shares) == told[2]
        assert sum(Decimal(str(share.shown)) for share in score.shares) == Decimal(str(score.shown))
        assert abs((score.shown or 0) - score.difference) <= 0.05 + 1e-9
    assert abs((found.figures["in_scope"].score.head or 0) - (score_all(head).organization.in_scope.score or 0)) < 1e-8
    assert sum(found.changes.values()) == len(found.techniques)
    assert {t.technique_id for t in found.techniques} <= {*FAMILY}


@given(st.lists(st.integers(-(10**12), 10**12), max_size=12))
def test_the_largest_remainder_adds_up(amounts: list[int]) -> None:
    tenths = largest_remainder(amounts)
    assert sum(tenths) == round(sum(amounts) / 10**8)
    assert all(abs(tenth - amount / 10**8) < 1 for tenth, amount in zip(tenths, amounts, strict=True))
    assert all(tenth == 0 for tenth, amount in zip(tenths, amounts, strict=True) if amount == 0)
