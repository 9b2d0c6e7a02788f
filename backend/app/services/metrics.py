"""Figures of the dashboard: how techniques stand, how tests flow, what both sides did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import EXPIRY_NOTICE_DAYS, Status, Tally
from app.domain.states import State
from app.services.coverage.facts import read_facts
from app.services.coverage.matrix import read_matrix
from app.services.coverage.status import count_units, judge, unit_tally

ACTIVITY_DAYS = 30

_TESTS = text(
    """
    SELECT coalesce(sum(s.tests), 0), coalesce(sum(s.draft), 0), coalesce(sum(s.red_executing), 0),
           coalesce(sum(s.blue_evaluating), 0), coalesce(sum(s.in_review), 0), coalesce(sum(s.rejected), 0),
           coalesce(sum(s.validated), 0), coalesce(sum(s.inconclusive), 0)
    FROM technique_stats s JOIN technique t ON t.id = s.technique_id
    WHERE t.domain = :domain AND s.environment_id = ANY(:environments)
    """
)
_EXPIRING = text(
    """
    SELECT count(*) FROM current_result c JOIN technique t ON t.id = c.technique_id
    WHERE t.domain = :domain AND c.environment_id = ANY(:environments)
      AND c.executed_at >= :cutoff AND c.executed_at < :soon
    """
)
_VISIBLE = "t.archived_at IS NULL AND (NOT t.blind OR t.revealed_at IS NOT NULL)"
_PIPELINE = text(
    f"""
    SELECT t.state, count(*),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM :moment - t.state_since)),
           max(extract(epoch FROM :moment - t.state_since))
    FROM security_test t WHERE t.state <> 'validated' AND {_VISIBLE} GROUP BY t.state
    """  # noqa: S608  the condition is ours
)
_VALIDATED = text("SELECT coalesce(sum(validated), 0) FROM technique_stats")
_REJECTIONS = text(
    f"""
    SELECT v.side, coalesce(v.reason_code, 'unspecified'), count(*)
    FROM vote v JOIN test_round r ON r.id = v.round_id JOIN security_test t ON t.id = r.test_id
    WHERE v.created_at >= :since AND v.decision = 'reject' AND r.verdict IS NOT NULL AND {_VISIBLE}
    GROUP BY 1, 2 ORDER BY 1, 2
    """  # noqa: S608  as above
)
_STEPS = text(
    f"""
    SELECT (s.at AT TIME ZONE 'UTC')::date AS day, s.from_state, s.to_state, count(*)
    FROM test_transition s JOIN security_test t ON t.id = s.test_id
    WHERE s.at >= :since AND s.from_state IS DISTINCT FROM s.to_state AND {_VISIBLE}
    GROUP BY 1, 2, 3
    """  # noqa: S608  as above
)
# What a vote says stays with its author until the round is decided.
_VOTES = text(
    f"""
    SELECT v.side, count(*),
           count(*) FILTER (WHERE r.verdict IS NOT NULL AND v.decision = 'approve'),
           count(*) FILTER (WHERE r.verdict IS NOT NULL AND v.decision = 'reject')
    FROM vote v JOIN test_round r ON r.id = v.round_id JOIN security_test t ON t.id = r.test_id
    WHERE v.created_at >= :since AND {_VISIBLE} GROUP BY 1
    """  # noqa: S608  as above
)
_FLOW = {
    ("draft", "red_executing"): "started",
    ("red_executing", "blue_evaluating"): "red_submitted",
    ("blue_evaluating", "red_executing"): "returned",
    ("blue_evaluating", "in_review"): "blue_submitted",
    ("in_review", "validated"): "validated",
    ("in_review", "rejected"): "rejected",
    ("rejected", "draft"): "reopened",
}
"""What a change of state is called in the activity figures."""


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


@dataclass(frozen=True, slots=True)
class Stage:
    """Tests in one state and how long they have been there."""

    state: State
    count: int
    median_age_seconds: float | None
    """None where nothing is, and for the end of the way."""
    oldest_age_seconds: float | None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The way of tests, state by state."""

    as_of: datetime
    stages: Sequence[Stage]
    since: datetime
    rejections: Sequence[tuple[str, str, int]]
    """Side, reason code, number."""


@dataclass(frozen=True, slots=True)
class SideVotes:
    """Votes on one side; how they went is told of decided rounds only."""

    cast: int = 0
    approved: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """What both sides did since a moment."""

    as_of: datetime
    since: datetime
    totals: Mapping[str, int]
    days: Sequence[tuple[str, Mapping[str, int]]]
    red_votes: SideVotes
    blue_votes: SideVotes


async def summarise(session: AsyncSession, *, domain: str, environment_id: UUID | None, now: datetime) -> Summary:
    """Status of units, tests by state, and how old the results are. Raises Invalid for an unknown environment."""
    facts = await read_facts(session, environment_id=environment_id, domain=domain, platforms=(), now=now)
    judged = judge(facts)
    leaves = [status for status in judged.values() if status.is_leaf]
    counts = count_units(judged)
    where = {"domain": domain, "environments": list(facts.environments)}
    tests, draft, red, blue, review, rejected, validated, inconclusive = (await session.execute(_TESTS, where)).one()
    cutoff = now - timedelta(days=facts.decisions.rules.valid_days)
    soon = cutoff + timedelta(days=EXPIRY_NOTICE_DAYS)
    expiring = await session.scalar(_EXPIRING, {**where, "cutoff": cutoff, "soon": soon})
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
        expiring=int(expiring or 0),
    )


async def by_tactic(
    session: AsyncSession, *, domain: str, environment_id: UUID | None, now: datetime
) -> list[TacticFigures]:
    """Statuses per tactic, in matrix order. Raises Invalid for an unknown environment."""
    facts = await read_facts(session, environment_id=environment_id, domain=domain, platforms=(), now=now)
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


async def pipeline(session: AsyncSession, *, now: datetime) -> Pipeline:
    """Tests per state with their ages, archived ones apart, and the rejections of the last 30 days."""
    since = now - timedelta(days=ACTIVITY_DAYS)
    rows = await session.execute(_PIPELINE, {"moment": now})
    found = {state: (count, float(median), float(oldest)) for state, count, median, oldest in rows}
    stages = [Stage(state, *found.get(state, (0, None, None))) for state in State if state is not State.VALIDATED]
    validated = int(await session.scalar(_VALIDATED) or 0)
    stages.insert(list(State).index(State.VALIDATED), Stage(State.VALIDATED, validated, None, None))
    rejections = await session.execute(_REJECTIONS, {"since": since})
    return Pipeline(now, stages, since, [(side, reason, count) for side, reason, count in rejections])


async def team_activity(session: AsyncSession, *, now: datetime) -> Activity:
    """What both sides handed over, sent back and judged in the last 30 days, in all and day by day (UTC)."""
    since = now - timedelta(days=ACTIVITY_DAYS)
    days: dict[str, Counter[str]] = {}
    for offset in range(ACTIVITY_DAYS + 1):
        days[(since + timedelta(days=offset)).date().isoformat()] = Counter()
    for day, before, after, count in await session.execute(_STEPS, {"since": since}):
        name = _FLOW.get((before, after))
        if name is not None and day.isoformat() in days:
            days[day.isoformat()][name] += count
    totals = sum(days.values(), Counter[str]())
    votes = {side: SideVotes(*counts) for side, *counts in await session.execute(_VOTES, {"since": since})}
    return Activity(
        as_of=now,
        since=since,
        totals={name: totals[name] for name in _FLOW.values()},
        days=[(day, {name: counts[name] for name in _FLOW.values()}) for day, counts in days.items()],
        red_votes=votes.get("red", SideVotes()),
        blue_votes=votes.get("blue", SideVotes()),
    )
