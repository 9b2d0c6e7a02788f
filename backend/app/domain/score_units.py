"""The score of each unit of measure: leaves, and parents with tests, deployed rules or countermeasures of their own."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from app.domain.coverage import UNCOUNTED, Status, Unit, applies, status_of
from app.domain.result_sums import Ageing, ResultSums, Summed, since_epoch, sum_results, total_results
from app.domain.score_inputs import CountermeasuresInput, ScoreInputs, TechniqueInput, WorkInput
from app.domain.scoring import Components, Evidence, Weights, components_of, points_of, score_of

T = TypeVar("T")
NO_COMPONENTS: Final = Components(None, None, None, None, None)
_NO_COUNTERMEASURES: Final = CountermeasuresInput(0, 0)
_Decided = TypeVar("_Decided", bool, str)


class UnitScore(NamedTuple):
    """The score of one unit of measure: a leaf, or a parent's own tests."""

    technique_id: str
    status: Status
    score: float | None
    """None for a unit that does not count, and when the components that it has carry no weight."""
    components: Components
    points: tuple[float, ...] | None
    evidence: Evidence

    @property
    def proven(self) -> bool:
        """Whether a current result stands behind it."""
        return self.evidence.current > 0

    @property
    def counts(self) -> bool:
        """Whether it is applicable and in scope."""
        return self.status not in UNCOUNTED


def score_units(inputs: ScoreInputs, parents: Collection[str]) -> dict[str, UnitScore]:
    """Every unit of measure with its score, by technique id. parents: techniques that have sub-techniques."""
    results = _moved(sums_of(inputs), inputs.successors)
    work = _moved(inputs.work, inputs.successors)
    rules = _moved(inputs.rules, inputs.successors)
    ageing = Ageing.of(inputs.valid_days)
    units = {}
    for identity, technique in inputs.techniques.items():
        tests = work.get(identity, ())
        catalogue = rules.get(identity, ())
        countermeasures = inputs.countermeasures.get(identity, _NO_COUNTERMEASURES)
        if identity in parents and not (
            any(count.any for count in tests) or any(r.deployed for r in catalogue) or countermeasures.implemented
        ):
            continue
        applicable = [e for e, ours in inputs.environments.items() if applies(technique.platforms, ours)]
        counting = _counting(inputs, identity, technique, applicable)
        judged = [
            (sums, sums.expected or counting[sums.environment])
            for sums in results.get(identity, ())
            if sums.environment in counting
        ]
        total = total_results(judged, platforms=_platforms(inputs, technique, counting), ageing=ageing)
        there = [r for r in catalogue if r.environment in counting]
        evidence = Evidence(
            *total,
            # A rule is deployed in a tool, not in an environment, so that each environment has the same number.
            rules_active=max((r.active for r in there), default=0),
            rules_deployed=max((r.deployed for r in there), default=0),
            rules_evaluated=sum(r.evaluated for r in there),
            rules_fired=sum(r.fired for r in there),
            countermeasures_mapped=countermeasures.mapped,
            countermeasures_implemented=countermeasures.implemented,
        )
        unit = Unit(bool(applicable), bool(counting), evidence.tally, *_under_way(tests))
        units[identity] = score_unit(identity, status_of(unit), evidence, inputs.weights)
    return units


def score_unit(technique_id: str, status: Status, evidence: Evidence, weights: Weights) -> UnitScore:
    """A unit's score from the evidence about it. A unit that does not count has none."""
    if status in UNCOUNTED:
        return UnitScore(technique_id, status, None, NO_COMPONENTS, None, evidence)
    components = components_of(evidence)
    points = points_of(components, weights)
    return UnitScore(technique_id, status, score_of(points), components, points, evidence)


def sums_of(inputs: ScoreInputs) -> Mapping[str, Sequence[ResultSums]]:
    """The results by technique as sums. Raises ValueError for sums of another moment or validity."""
    if isinstance(inputs.results, Summed):
        if (inputs.results.as_of, inputs.results.valid_days) != (inputs.as_of, inputs.valid_days):
            raise ValueError("the results were summed for another moment")
        return inputs.results.groups
    moment, ageing = since_epoch(inputs.as_of.timestamp()), Ageing.of(inputs.valid_days)
    return {
        technique: sum_results(
            ((e, platform, own, detection, since_epoch(at)) for e, platform, own, detection, at, _, _ in rows),
            moment=moment,
            ageing=ageing,
        )
        for technique, rows in inputs.results.items()
    }


def _counting(
    inputs: ScoreInputs, identity: str, technique: TechniqueInput, applicable: Sequence[str]
) -> dict[str, str]:
    """The environments where the technique counts, each with what is expected of it there."""
    return {
        environment: _decided(inputs.expectations.get(environment), identity, technique.parent_id) or inputs.expected
        for environment in applicable
        if _decided(inputs.scope.get(environment), identity, technique.parent_id) is not False
    }


def _decided(decisions: Mapping[str, _Decided] | None, identity: str, parent: str | None) -> _Decided | None:
    """The decision about a technique, else about its parent."""
    if decisions is None:
        return None
    own = decisions.get(identity)
    return own if own is not None or parent is None else decisions.get(parent)


def _platforms(inputs: ScoreInputs, technique: TechniqueInput, counting: Mapping[str, str]) -> frozenset[str]:
    runs_on = technique.platforms - {"None"}
    ours: frozenset[str] = frozenset()
    for environment in counting:
        have = inputs.environments[environment]
        ours |= runs_on if have is None else runs_on & have
    return ours


def _under_way(tests: Sequence[WorkInput]) -> tuple[int, int]:
    return sum(count.open for count in tests), sum(count.inconclusive for count in tests)


def _moved(rows: Mapping[str, Sequence[T]], successors: Mapping[str, str]) -> Mapping[str, Sequence[T]]:
    if not successors:
        return rows
    moved: dict[str, list[T]] = defaultdict(list)
    for technique, found in rows.items():
        moved[successors.get(technique, technique)].extend(found)
    return moved
