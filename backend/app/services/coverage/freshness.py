"""How fresh what we know of each technique is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import FRESH_DAYS, UNCOUNTED
from app.domain.outcomes import Detection, value
from app.services.coverage.facts import Facts
from app.services.coverage.status import TechniqueStatus

# The same curve as `domain.coverage.decay`, summed where the rows are; a test compares both.
_DECAY = f"""
sum(CASE WHEN c.executed_at >= :moment - interval '{FRESH_DAYS} days' THEN 1
         WHEN :days <= {FRESH_DAYS} THEN 0
         ELSE greatest(0, (:days - extract(epoch FROM :moment - c.executed_at) / 86400) / (:days - {FRESH_DAYS}))
    END)
"""
_RESULTS = text(
    f"""
    SELECT CAST(c.technique_id AS text), CAST(c.environment_id AS text), c.expected, count(*),
           {_DECAY} FILTER (WHERE c.detection = 'prevented'),
           {_DECAY} FILTER (WHERE c.detection = 'detected'),
           {_DECAY} FILTER (WHERE c.detection = 'partially_detected')
    FROM current_result c JOIN technique t ON t.id = c.technique_id
    WHERE c.executed_at >= :cutoff
      AND (cardinality(CAST(:platforms AS text[])) = 0 OR c.platform = ANY(:platforms)
           OR c.platform IS NULL AND t.platforms <@ ARRAY['None'])
    GROUP BY c.technique_id, c.environment_id, c.expected
    """  # noqa: S608  the curve is ours
)
_ORDER = (Detection.PREVENTED, Detection.DETECTED, Detection.PARTIALLY_DETECTED)


async def freshness(
    session: AsyncSession, facts: Facts, judged: Mapping[str, TechniqueStatus]
) -> dict[str, float | None]:
    """Freshness of every technique, 0–100; None without a current result.

    A result earns its worth times its decay, so a fresh miss earns nothing. A parent has the mean of its units that
    are applicable and in scope, those without a result at 0.
    """
    days = facts.decisions.rules.valid_days
    asked = {
        "moment": facts.now,
        "days": days,
        "cutoff": facts.now - timedelta(days=days),
        "platforms": sorted(facts.platforms),
    }
    known = {technique.id: technique for technique in facts.techniques}
    earned: dict[str, float] = defaultdict(float)
    counted: dict[str, int] = defaultdict(int)
    for identity, environment, expected, results, *fresh in await session.execute(_RESULTS, asked):
        technique = known.get(facts.successors.get(identity, identity))
        if technique is None or environment not in facts.environments:
            continue
        parent = technique.parent_id
        if not facts.decisions.in_scope(technique.id, parent, environment):
            continue
        expectation = expected or facts.decisions.expected(technique.id, parent, environment)
        counted[technique.id] += results
        for detection, decayed in zip(_ORDER, fresh, strict=True):
            earned[technique.id] += value(detection, expectation) * float(decayed or 0)
    own = {technique: 100 * earned[technique] / results for technique, results in counted.items()}
    below: dict[str, list[str]] = defaultdict(list)
    for technique in facts.techniques:
        if technique.parent_id in known:
            below[technique.parent_id].append(technique.id)
    return {
        identity: own.get(identity) if status.is_leaf else _mean(status, own, below[identity], judged)
        for identity, status in judged.items()
    }


def _mean(
    parent: TechniqueStatus, own: Mapping[str, float], below: Sequence[str], judged: Mapping[str, TechniqueStatus]
) -> float | None:
    units = [child for child in below if judged[child].status not in UNCOUNTED]
    units += [parent.technique_id for status in parent.unit_statuses if status not in UNCOUNTED]
    values = [own[unit] for unit in units if unit in own]
    return sum(values) / len(units) if values else None
