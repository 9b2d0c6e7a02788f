"""How fresh what we know of each technique is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import FRESH_DAYS, UNCOUNTED
from app.domain.outcomes import Detection, value
from app.services.coverage.facts import Facts
from app.services.coverage.status import TechniqueStatus
from app.services.reading import read_rows

# The same curve as `domain.coverage.decay`, summed where the rows are in whole floating point; a test compares both.
_RESULTS: Final = """
SELECT CAST(r.technique_id AS text), CAST(r.environment_id AS text), r.expected, count(*),
       sum(r.fresh) FILTER (WHERE r.detection = 'prevented'),
       sum(r.fresh) FILTER (WHERE r.detection = 'detected'),
       sum(r.fresh) FILTER (WHERE r.detection = 'partially_detected')
FROM (
  SELECT c.technique_id, c.environment_id, c.expected, c.detection,
    CASE WHEN c.executed_at >= %(full)s THEN CAST(1 AS double precision)
         WHEN %(span)s <= 0 THEN 0
         ELSE (date_part('epoch', c.executed_at) - %(end)s) / %(span)s END AS fresh
  FROM current_result c
  WHERE c.executed_at >= %(cutoff)s
    AND (cardinality(CAST(%(platforms)s AS text[])) = 0 OR c.platform = ANY(%(platforms)s)
         OR c.platform IS NULL AND EXISTS (
           SELECT FROM technique t WHERE t.id = c.technique_id AND t.platforms <@ ARRAY['None']))
  OFFSET 0  -- so that the curve is worked out once a row, not once a sum
) r
GROUP BY r.technique_id, r.environment_id, r.expected
"""
_ORDER = (Detection.PREVENTED, Detection.DETECTED, Detection.PARTIALLY_DETECTED)


async def freshness(
    session: AsyncSession, facts: Facts, judged: Mapping[str, TechniqueStatus]
) -> dict[str, float | None]:
    """Freshness of every technique, 0–100; None without a current result.

    A result earns its worth times its decay, so a fresh miss earns nothing. A parent has the mean of its units that
    are applicable and in scope, those without a result at 0.
    """
    days = facts.decisions.rules.valid_days
    cutoff = facts.now - timedelta(days=days)
    asked = {
        "full": facts.now - timedelta(days=FRESH_DAYS),
        "cutoff": cutoff,
        "end": cutoff.timestamp(),
        "span": float(days - FRESH_DAYS) * 86_400,
        "platforms": sorted(facts.platforms),
    }
    (rows,) = await read_rows(session, (_RESULTS, asked))
    known = {technique.id: technique for technique in facts.techniques}
    earned: dict[str, float] = defaultdict(float)
    counted: dict[str, int] = defaultdict(int)
    for identity, environment, expected, results, *fresh in rows:
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
