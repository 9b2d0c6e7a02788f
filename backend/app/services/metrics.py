"""Figures of the dashboard: how techniques stand, and the results behind it. How tests flow: `services.flow`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import EXPIRY_NOTICE_DAYS, Status, Tally
from app.domain.states import State
from app.services.counted import Placing
from app.services.coverage.facts import Facts, read_facts
from app.services.coverage.matrix import read_matrix
from app.services.coverage.status import count_units, judge, unit_tally

_TESTS = text(
    """
    SELECT coalesce(sum(s.tests), 0), coalesce(sum(s.draft), 0), coalesce(sum(s.red_executing), 0),
           coalesce(sum(s.blue_evaluating), 0), coalesce(sum(s.in_review), 0), coalesce(sum(s.rejected), 0),
           coalesce(sum(s.validated), 0), coalesce(sum(s.inconclusive), 0)
    FROM technique_stats s JOIN technique t ON t.id = s.technique_id
    WHERE t.domain = :domain AND s.environment_id = ANY(:environments)
    """
)
_TESTS_ON_PLATFORMS = text(
    """
    SELECT count(*), count(*) FILTER (WHERE t.state = 'draft'), count(*) FILTER (WHERE t.state = 'red_executing'),
           count(*) FILTER (WHERE t.state = 'blue_evaluating'), count(*) FILTER (WHERE t.state = 'in_review'),
           count(*) FILTER (WHERE t.state = 'rejected'), count(*) FILTER (WHERE t.state = 'validated'),
           count(*) FILTER (WHERE t.state = 'validated' AND EXISTS (
               SELECT FROM test_round r
               WHERE r.test_id = t.id AND r.no = t.current_round AND r.detection = 'inconclusive'))
    FROM security_test t JOIN technique q ON q.id = t.technique_id
    WHERE q.domain = :domain AND t.environment_id = ANY(:environments)
      AND t.archived_at IS NULL AND t.annulled_at IS NULL AND (NOT t.blind OR t.revealed_at IS NOT NULL)
      AND (t.platform = ANY(:platforms) OR t.platform IS NULL AND q.platforms <@ ARRAY['None'])
    """
)
_EXPIRING = text(
    """
    SELECT CAST(c.technique_id AS text), CAST(c.environment_id AS text), count(*)
    FROM current_result c JOIN technique t ON t.id = c.technique_id
    WHERE t.domain = :domain AND c.environment_id = ANY(:environments)
      AND c.executed_at >= :cutoff AND c.executed_at < :soon
      AND (:everywhere OR c.platform = ANY(:platforms) OR c.platform IS NULL AND t.platforms <@ ARRAY['None'])
    GROUP BY 1, 2
    """
)


@dataclass(frozen=True, slots=True)
class Summary:
    """How the techniques of a domain and their tests stand."""

    as_of: datetime
    domain: str
    techniques: int
    leaves: int
    units: int
    by_status: Mapping[str, int]
    proven: int
    """Leaves with a current result."""
    review_required: int
    tests: int
    by_state: Mapping[str, int]
    inconclusive: int
    results: Tally
    expiring: int


@dataclass(frozen=True, slots=True)
class TacticFigures:
    """How the techniques of one tactic stand; a technique counts in each of its tactics."""

    attack_id: str
    shortname: str
    name: str
    techniques: int
    leaves: int
    units: int
    by_status: Mapping[str, int]
    proven: int


async def summarise(
    session: AsyncSession, *, domain: str, environment_id: UUID | None, platforms: Sequence[str] = (), now: datetime
) -> Summary:
    """Status of units, tests by state, and how old the results are. Raises Invalid for an unknown environment."""
    facts = await read_facts(session, environment_id=environment_id, domain=domain, platforms=platforms, now=now)
    judged = judge(facts)
    leaves = [status for status in judged.values() if status.is_leaf]
    counts = count_units(judged)
    where: dict[str, object] = {"domain": domain, "environments": list(facts.environments)}
    if platforms:
        of_tests = await session.execute(_TESTS_ON_PLATFORMS, {**where, "platforms": list(platforms)})
    else:
        of_tests = await session.execute(_TESTS, where)
    tests, draft, red, blue, review, rejected, validated, inconclusive = of_tests.one()
    return Summary(
        as_of=now,
        domain=domain,
        techniques=len(judged),
        leaves=len(leaves),
        units=sum(counts.values()),
        by_status={status.value: counts[status] for status in Status},
        proven=sum(status.proven for status in leaves),
        review_required=sum(technique.review_required for technique in facts.techniques),
        tests=int(tests),
        by_state={
            State.DRAFT.value: int(draft),
            State.RED_EXECUTING.value: int(red),
            State.BLUE_EVALUATING.value: int(blue),
            State.IN_REVIEW.value: int(review),
            State.VALIDATED.value: int(validated),
            State.REJECTED.value: int(rejected),
        },
        inconclusive=int(inconclusive),
        results=sum((unit_tally(status) for status in judged.values()), Tally()),
        expiring=await _expiring(session, facts, where),
    )


async def _expiring(session: AsyncSession, facts: Facts, where: Mapping[str, object]) -> int:
    """Current results that count and are too old within 60 days."""
    cutoff = facts.now - timedelta(days=facts.decisions.rules.valid_days)
    ends = {"cutoff": cutoff, "soon": cutoff + timedelta(days=EXPIRY_NOTICE_DAYS)}
    places = {"everywhere": not facts.platforms, "platforms": list(facts.platforms)}
    placing = Placing(facts)
    rows = await session.execute(_EXPIRING, {**where, **ends, **places})
    return sum(count for technique, place, count in rows if placing.of(technique, place, None) is not None)


async def by_tactic(
    session: AsyncSession, *, domain: str, environment_id: UUID | None, platforms: Sequence[str] = (), now: datetime
) -> list[TacticFigures]:
    """Statuses per tactic, in matrix order. Raises Invalid for an unknown environment."""
    facts = await read_facts(session, environment_id=environment_id, domain=domain, platforms=platforms, now=now)
    judged = judge(facts)
    tactics, places = await read_matrix(session, domain)
    figures = []
    for tactic in tactics:
        there = [judged[identity] for identity in places[tactic.id] if identity in judged]
        leaves = [status for status in there if status.is_leaf]
        counts = Counter(status for technique in there for status in technique.unit_statuses)
        figures.append(
            TacticFigures(
                attack_id=tactic.attack_id,
                shortname=tactic.shortname,
                name=tactic.name,
                techniques=len(there),
                leaves=len(leaves),
                units=counts.total(),
                by_status={status.value: counts[status] for status in Status},
                proven=sum(status.proven for status in leaves),
            )
        )
    return figures
