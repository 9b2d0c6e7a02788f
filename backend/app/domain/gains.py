"""What having one more countermeasure would add to the score of everything in scope.

The same formulas over replaced inputs: each technique that the countermeasure counters has one more implemented.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from app.domain.score_inputs import CountermeasuresInput, ScoreInputs
from app.domain.score_units import UnitScore, score_units
from app.domain.scores import Scores


class Gain(NamedTuple):
    """What one countermeasure would change."""

    points: float | None
    """Of the score of everything in scope; None where there is no such score, before or after."""
    techniques: tuple[str, ...]
    """Techniques whose own score would change, those that win most first."""


def with_one_more(inputs: ScoreInputs, technique_ids: Iterable[str]) -> ScoreInputs:
    """The inputs as if one more countermeasure of each of these techniques were implemented, as far as there are."""
    more = dict(inputs.countermeasures)
    for identity in technique_ids:
        held = more.get(identity)
        if held is not None and held.implemented < held.mapped:
            more[identity] = CountermeasuresInput(held.mapped, held.implemented + 1)
    return replace(inputs, countermeasures=more)


def gains_of(scores: Scores, counters: Mapping[str, Collection[str]]) -> dict[str, Gain]:
    """By countermeasure what implementing it alone would add. counters: the techniques that each one counters.

    A unit's score follows from its own technique only, so that all are judged anew once, not once a countermeasure.
    """
    everything = {identity for countered in counters.values() for identity in countered}
    after = score_units(with_one_more(scores.inputs, everything), scores.children)
    counted = [score for unit in scores.units.values() if (score := _counted(unit)) is not None]
    total, number = math.fsum(counted), len(counted)
    return {
        name: _gain(scores.units, after, sorted(set(countered)), total, number) for name, countered in counters.items()
    }


def _gain(
    before: Mapping[str, UnitScore], after: Mapping[str, UnitScore], countered: list[str], total: float, number: int
) -> Gain:
    moved: dict[str, float] = {}
    added, lost, more = [], [], 0
    for identity in countered:
        old, new = _counted(before.get(identity)), _counted(after.get(identity))
        if old == new:
            continue
        moved[identity] = (new or 0) - (old or 0)
        added.append(new or 0.0)
        lost.append(old or 0.0)
        more += (new is not None) - (old is not None)
    techniques = tuple(sorted(moved, key=lambda identity: (-moved[identity], identity)))
    if not number or not number + more:
        return Gain(None, techniques)
    return Gain((total + math.fsum(added) - math.fsum(lost)) / (number + more) - total / number, techniques)


def _counted(unit: UnitScore | None) -> float | None:
    return unit.score if unit is not None and unit.counts else None
