"""Coverage velocity: which techniques became, and ceased to be, a validated defence between two moments."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import Status
from app.schemas.operational import Velocity
from app.services.coverage.facts import ResultGroup, read_facts
from app.services.coverage.status import judge
from app.services.operational.scope import Scope
from app.services.operational.sql import HISTORY
from app.services.reading import read_rows

_MONTH = timedelta(days=30)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def velocity(session: AsyncSession, scope: Scope) -> Velocity:
    """Techniques without sub-techniques that were validated at one end of the period and not at the other."""
    before = await _validated(session, scope, scope.since)
    after = await _validated(session, scope, scope.until)
    entered, left = len(after - before), len(before - after)
    share = _MONTH / (scope.until - scope.since)
    return Velocity(
        entered=entered,
        left=left,
        net=entered - left,
        days=(scope.until - scope.since) / timedelta(days=1),
        entered_per_30_days=entered * share,
        left_per_30_days=left * share,
        net_per_30_days=(entered - left) * share,
    )


async def _validated(session: AsyncSession, scope: Scope, moment: datetime) -> set[str]:
    """The techniques that were validated at a moment, by the results and the decisions of that moment."""
    facts = await read_facts(
        session,
        environment_id=scope.environment_id,
        domain=scope.domain,
        platforms=scope.platforms,
        now=moment,
    )
    if moment < scope.now:
        cutoff = moment - timedelta(days=facts.decisions.rules.valid_days)
        asked = {**scope.parameters, "moment": moment, "cutoff": (cutoff - _EPOCH) // timedelta(microseconds=1)}
        (rows,) = await read_rows(session, (HISTORY, asked))
        results: dict[str, list[ResultGroup]] = defaultdict(list)
        for technique, *group in rows:
            if group[0] in facts.environments:
                results[facts.successors.get(technique, technique)].append(ResultGroup(*group))
        facts = replace(facts, results=results)
    wanted = None if scope.techniques is None else {str(i) for i in scope.techniques}
    return {
        identity
        for identity, status in judge(facts).items()
        if status.is_leaf and status.status is Status.VALIDATED and (wanted is None or identity in wanted)
    }
