"""How fresh what we know of each technique is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import UNCOUNTED, decay
from app.domain.outcomes import Detection, value
from app.services.coverage.facts import Facts
from app.services.coverage.status import TechniqueStatus

_RESULTS = text(
    """
    SELECT technique_id, environment_id, platform, detection, expected, executed_at
    FROM current_result WHERE executed_at >= :cutoff
    """
)


async def freshness(
    session: AsyncSession, facts: Facts, judged: Mapping[UUID, TechniqueStatus]
) -> dict[UUID, float | None]:
    """Freshness of every technique, 0–100; None without a current result.

    A result earns its worth times its decay, so a fresh miss earns nothing. A parent has the mean of its units that
    are applicable and in scope, those without a result at 0.
    """
    days = facts.decisions.rules.valid_days
    rows = await session.execute(_RESULTS, {"cutoff": facts.now - timedelta(days=days)})
    known = {technique.id: technique for technique in facts.techniques}
    earned: dict[UUID, list[float]] = defaultdict(list)
    for gone_or_not, environment, platform, detection, expected, executed_at in rows:
        technique = known.get(facts.successors.get(gone_or_not, gone_or_not))
        if technique is None or environment not in facts.environments:
            continue
        parent = technique.parent_id
        if not facts.counts_on(technique, platform) or not facts.decisions.in_scope(technique.id, parent, environment):
            continue
        expectation = expected or facts.decisions.expected(technique.id, parent, environment)
        worth = value(Detection(detection), expectation)
        earned[technique.id].append(worth * decay(executed_at, now=facts.now, valid_days=days))
    own = {technique: 100 * sum(parts) / len(parts) for technique, parts in earned.items()}
    below: dict[UUID, list[UUID]] = defaultdict(list)
    for technique in facts.techniques:
        if technique.parent_id in known:
            below[technique.parent_id].append(technique.id)
    return {
        identity: own.get(identity) if status.is_leaf else _mean(status, own, below[identity], judged)
        for identity, status in judged.items()
    }


def _mean(
    parent: TechniqueStatus, own: Mapping[UUID, float], below: Sequence[UUID], judged: Mapping[UUID, TechniqueStatus]
) -> float | None:
    units = [child for child in below if judged[child].status not in UNCOUNTED]
    units += [parent.technique_id for status in parent.unit_statuses if status not in UNCOUNTED]
    values = [own[unit] for unit in units if unit in own]
    return sum(values) / len(units) if values else None
