"""From inputs to scores: units, techniques, tactics, actors, the organisation's three figures.

Pure functions; the same inputs give the same scores at any time and in any order. Source: docs/SCORING.md, "Scores".
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import mul
from typing import Any, Final, NamedTuple

from app.domain.coverage import Status, roll_up
from app.domain.score_inputs import ScoreInputs
from app.domain.score_units import NO_COMPONENTS, UnitScore, score_units
from app.domain.scoring import COMPONENTS, Components, Evidence, Weights, score_of

_NO_EVIDENCE: Final = Evidence()


class Figure(NamedTuple):
    """A mean of scores."""

    score: float | None
    n: int
    """So many scores were averaged."""
    proven: int
    """So many of them rest on a current result."""
    components: Components
    """Means over those that have the component."""
    points: tuple[float, ...] | None
    evidence: Evidence


class TechniqueScore(NamedTuple):
    """The score of a technique; a parent's is the mean of its units."""

    technique_id: str
    attack_id: str
    status: Status
    score: float | None
    proven: bool
    is_leaf: bool
    components: Components
    points: tuple[float, ...] | None
    evidence: Evidence
    units: int
    """Units that are applicable and in scope."""
    units_proven: int


class Organization(NamedTuple):
    """The organisation's three figures, always together."""

    profile: Figure | None
    """On the threat profile; None while there is none."""
    in_scope: Figure
    tested: Figure
    out_of_scope: int
    """Units that a decision keeps out of every figure."""


@dataclass(frozen=True, slots=True)
class Scores:
    """All scores of a domain at one moment."""

    inputs: ScoreInputs
    techniques: Mapping[str, TechniqueScore]
    units: Mapping[str, UnitScore]
    """Leaves, and parents that are a unit of their own."""
    children: Mapping[str, Sequence[str]]
    tactics: Mapping[str, Figure]
    organization: Organization


def score_all(inputs: ScoreInputs) -> Scores:
    """Judge everything."""
    children: dict[str, list[str]] = defaultdict(list)
    for identity, technique in inputs.techniques.items():
        if technique.parent_id is not None and technique.parent_id in inputs.techniques:
            children[technique.parent_id].append(identity)
    units = score_units(inputs, children)
    techniques = {
        identity: _technique(identity, technique.attack_id, units, children.get(identity))
        for identity, technique in inputs.techniques.items()
    }
    tactics = {
        name: figure_of([units[identity] for identity in members if identity in units])
        for name, members in inputs.tactics.items()
    }
    counted = [unit for unit in units.values() if unit.counts]
    scores = Scores(
        inputs,
        techniques,
        units,
        dict(children),
        tactics,
        Organization(
            profile=None,
            in_scope=figure_of(counted),
            tested=figure_of([unit for unit in counted if unit.proven]),
            out_of_scope=sum(unit.status is Status.OUT_OF_SCOPE for unit in units.values()),
        ),
    )
    if inputs.profile is None:
        return scores
    headline = mean_of(scores, inputs.profile, inputs.profile)
    return replace(scores, organization=scores.organization._replace(profile=headline))


def figure_of(scored: Iterable[UnitScore | TechniqueScore], weights: Sequence[int] | None = None) -> Figure:
    """The mean of those that have a score, each with its weight; those of weight 0 are left out."""
    items = list(scored)
    pairs = [
        (item, weight)
        for item, weight in zip(items, weights or [1] * len(items), strict=True)
        if item.score is not None and item.points is not None and weight > 0
    ]
    if not pairs:
        return Figure(None, 0, 0, NO_COMPONENTS, None, _NO_EVIDENCE)
    shares = [weight for _, weight in pairs]
    total = sum(shares)
    columns = zip(*[item.points for item, _ in pairs if item.points is not None], strict=True)
    points = tuple(math.fsum(map(mul, column, shares)) / total for column in columns)
    components = [
        _mean([(value, weight) for item, weight in pairs if (value := item.components[index]) is not None])
        for index in range(len(COMPONENTS))
    ]
    evidence = add_evidence(item.evidence for item, _ in pairs)
    proven = sum(item.proven for item, _ in pairs)
    return Figure(score_of(points), len(pairs), proven, Components(*components), points, evidence)


def mean_of(scores: Scores, technique_ids: Iterable[str], priorities: Mapping[str, int] | None = None) -> Figure:
    """The figure of some techniques, each once, by their roll-up; of an actor, of a compliance control.

    A parent is dropped where one of its sub-techniques is among them, and hands them its priority.
    """
    wanted = without_covered_parents(scores, technique_ids, priorities)
    return figure_of([scores.techniques[identity] for identity in wanted], list(wanted.values()))


def without_covered_parents(
    scores: Scores, technique_ids: Iterable[str], priorities: Mapping[str, int] | None = None
) -> dict[str, int]:
    """The known techniques among those given, with their priorities, each family counted once."""
    known = {i: 1 if priorities is None else priorities[i] for i in technique_ids if i in scores.techniques}
    for parent in [identity for identity in known if identity in scores.children]:
        below = [child for child in scores.children[parent] if known.get(child, 0) > 0]
        if below:
            priority = known.pop(parent)
            known.update({child: max(known[child], priority) for child in below})
    return known


def profile_of(
    priorities: Mapping[str, int], actors: Mapping[str, int], uses: Mapping[str, Collection[str]]
) -> dict[str, int]:
    """The priority of each technique: the highest among its own and those of the actors that use it."""
    found = dict(priorities)
    for actor, priority in actors.items():
        for technique in uses.get(actor, ()):
            found[technique] = max(found.get(technique, 0), priority)
    return found


def add_evidence(parts: Iterable[Evidence]) -> Evidence:
    """Evidence of several units together; the order does not matter."""
    rows = list(parts)
    if not rows:
        return _NO_EVIDENCE
    kinds: tuple[Any, ...] = _NO_EVIDENCE
    summed: list[Any] = [
        math.fsum(column) if isinstance(kind, float) else sum(column)
        for kind, column in zip(kinds, zip(*rows, strict=True), strict=True)
    ]
    return Evidence(*summed)


def reweigh(scores: Scores, weights: Weights) -> Scores:
    """The same inputs under other weights."""
    return score_all(replace(scores.inputs, weights=weights))


def _mean(pairs: Sequence[tuple[float, int]]) -> float | None:
    return math.fsum(v * w for v, w in pairs) / sum(w for _, w in pairs) if pairs else None


def _technique(
    identity: str, attack_id: str, units: Mapping[str, UnitScore], children: Sequence[str] | None
) -> TechniqueScore:
    own = units.get(identity)
    if children is None:
        assert own is not None, "a leaf is always a unit"
        return TechniqueScore(
            identity, attack_id, own.status, own.score, own.proven, True, own.components, own.points, own.evidence,
            int(own.counts), int(own.counts and own.proven),
        )  # fmt: skip
    family = ([own] if own else []) + [units[child] for child in children]
    counted = [unit for unit in family if unit.counts]
    figure = figure_of(counted)
    proven = sum(unit.proven for unit in counted)
    return TechniqueScore(
        identity, attack_id, roll_up([unit.status for unit in family]).status, figure.score, proven > 0, False,
        figure.components, figure.points, figure.evidence, len(counted), proven,
    )  # fmt: skip
