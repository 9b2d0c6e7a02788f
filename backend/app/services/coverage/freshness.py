"""How fresh what we know of each technique is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from app.domain.coverage import UNCOUNTED
from app.domain.result_sums import Ageing, ResultSums, total_results
from app.services.coverage.facts import Facts
from app.services.coverage.status import TechniqueStatus


def freshness(facts: Facts, judged: Mapping[str, TechniqueStatus]) -> dict[str, float | None]:
    """Freshness of every technique, 0–100; None without a current result. The facts must have their sums.

    A result earns its worth times its decay, so a fresh miss earns nothing. A parent has the mean of its units that
    are applicable and in scope, those without a result at 0.
    """
    if facts.summed is None:
        raise ValueError("freshness needs the sums of the results")
    ageing = Ageing.of(facts.summed.valid_days)
    known = {technique.id: technique for technique in facts.techniques}
    own: dict[str, float] = {}
    for identity, groups in facts.summed.groups.items():
        technique = known.get(identity)
        if technique is not None:
            counting = _judged(facts, technique.id, technique.parent_id, groups)
            total = total_results(counting, platforms=frozenset(), ageing=ageing)
            if current := total.met + total.sighted + total.missed:
                own[identity] = 100 * total.fresh / current
    below: dict[str, list[str]] = defaultdict(list)
    for technique in facts.techniques:
        if technique.parent_id in known:
            below[technique.parent_id].append(technique.id)
    return {
        identity: own.get(identity) if status.is_leaf else _mean(status, own, below[identity], judged)
        for identity, status in judged.items()
    }


def _judged(
    facts: Facts, identity: str, parent: str | None, groups: Sequence[ResultSums]
) -> list[tuple[ResultSums, str]]:
    """The groups that are in scope, each with what is expected of it."""
    decisions = facts.decisions
    return [
        (sums, sums.expected or decisions.expected(identity, parent, sums.environment))
        for sums in groups
        if decisions.in_scope(identity, parent, sums.environment)
    ]


def _mean(
    parent: TechniqueStatus, own: Mapping[str, float], below: Sequence[str], judged: Mapping[str, TechniqueStatus]
) -> float | None:
    units = [child for child in below if judged[child].status not in UNCOUNTED]
    units += [parent.technique_id for status in parent.unit_statuses if status not in UNCOUNTED]
    values = [own[unit] for unit in units if unit in own]
    return sum(values) / len(units) if values else None
