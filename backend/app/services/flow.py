"""How tests flow from plan to verdict, and what both sides did."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.states import State
from app.errors import FieldError, Invalid

ACTIVITY: Final = timedelta(days=30)
LONGEST_ACTIVITY: Final = timedelta(days=366)
_COUNTED: Final = "t.archived_at IS NULL AND t.annulled_at IS NULL"
_TOLD: Final = "(NOT t.blind OR t.revealed_at IS NOT NULL)"
_AGE: Final = "extract(epoch FROM :moment - t.state_since)"
# The statistics know how many there are without counting them; by platform they do not.
_VALIDATED: Final = """
SELECT coalesce(sum(t.validated), 0) FROM technique_stats t {technique} WHERE true
"""
_VALIDATED_ON_PLATFORMS: Final = f"""
SELECT count(*) FROM security_test t {{technique}}
WHERE t.state = 'validated' AND {_COUNTED} AND {_TOLD}
"""  # noqa: S608  only constants of this module are put together in these
_STAGES: Final = f"""
SELECT t.state, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY {_AGE}),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY {_AGE}), max({_AGE})
FROM security_test t {{technique}}
WHERE t.state <> 'validated' AND {_COUNTED} AND (:sealed OR {_TOLD})
"""  # noqa: S608  as above
_REJECTIONS: Final = f"""
SELECT v.side, coalesce(v.reason_code, 'unspecified'), count(*)
FROM vote v JOIN test_round r ON r.id = v.round_id JOIN security_test t ON t.id = r.test_id {{technique}}
WHERE v.created_at >= :since AND v.decision = 'reject' AND r.verdict IS NOT NULL AND {_COUNTED} AND {_TOLD}
"""  # noqa: S608  as above
_STEPS: Final = f"""
SELECT (s.at AT TIME ZONE 'UTC')::date AS day, s.from_state, s.to_state, count(*)
FROM test_transition s JOIN security_test t ON t.id = s.test_id {{technique}}
WHERE s.at >= :since AND s.at < :until AND s.from_state IS DISTINCT FROM s.to_state AND {_COUNTED} AND {_TOLD}
"""  # noqa: S608  as above
# What a vote says stays with its author until the round is decided.
_VOTES: Final = f"""
SELECT v.side, count(*),
       count(*) FILTER (WHERE r.verdict IS NOT NULL AND v.decision = 'approve'),
       count(*) FILTER (WHERE r.verdict IS NOT NULL AND v.decision = 'reject')
FROM vote v JOIN test_round r ON r.id = v.round_id JOIN security_test t ON t.id = r.test_id {{technique}}
WHERE v.created_at >= :since AND v.created_at < :until AND {_COUNTED} AND {_TOLD}
"""  # noqa: S608  as above
_FLOW: Final = {
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
class Part:
    """Which tests are looked at; None and empty mean all."""

    domain: str | None = None
    environment_id: UUID | None = None
    platforms: Sequence[str] = ()

    def of(self, query: str, grouped: str = "") -> TextClause:
        """The query over tests `t`, narrowed; what is not asked for leaves no trace in its plan."""
        asked = (
            (self.domain, " AND q.domain = :domain"),
            (self.environment_id, " AND t.environment_id = :environment"),
            (self.platforms, " AND t.platform = ANY(:platforms)"),
        )
        joined = query.replace("{technique}", "JOIN technique q ON q.id = t.technique_id" if self.domain else "")
        return text(joined + "".join(condition for value, condition in asked if value) + grouped)

    def with_values(self, **values: object) -> dict[str, Any]:
        """What the narrowed query asks for."""
        own = {"domain": self.domain, "environment": self.environment_id, "platforms": list(self.platforms)}
        return {**values, **{name: value for name, value in own.items() if value}}

    async def check(self, session: AsyncSession) -> None:
        """Raise Invalid when the environment does not exist."""
        if self.environment_id is None:
            return
        if not await session.scalar(
            text("SELECT EXISTS (SELECT FROM environment WHERE id = :id)"), {"id": self.environment_id}
        ):
            message = "There is no such environment."
            raise Invalid(
                "unknown_environment", message, fields=[FieldError("environment", message, "unknown_environment")]
            )


@dataclass(frozen=True, slots=True)
class Stage:
    """Tests in one state and how long they have been there."""

    state: State
    count: int
    median_age_seconds: float | None
    """None where nothing is, and for the end of the way."""
    p90_age_seconds: float | None
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
    """What both sides did in a period."""

    as_of: datetime
    since: datetime
    until: datetime
    totals: Mapping[str, int]
    days: Sequence[tuple[str, Mapping[str, int]]]
    red_votes: SideVotes
    blue_votes: SideVotes


async def pipeline(session: AsyncSession, part: Part, *, sealed: bool, now: datetime) -> Pipeline:
    """Tests per state with their ages, and the rejections of the last 30 days; archived and annulled ones apart.

    sealed: with blind tests before their reveal, which only the funnel of those has who see them.
    Raises Invalid for an unknown environment.
    """
    await part.check(session)
    since = now - ACTIVITY
    rows = await session.execute(part.of(_STAGES, " GROUP BY t.state"), part.with_values(moment=now, sealed=sealed))
    found = {state: (count, *map(float, ages)) for state, count, *ages in rows}
    stages = [Stage(state, *found.get(state, (0, None, None, None))) for state in State if state != State.VALIDATED]
    counted = _VALIDATED_ON_PLATFORMS if part.platforms else _VALIDATED
    validated = int(await session.scalar(part.of(counted), part.with_values()) or 0)
    stages.insert(list(State).index(State.VALIDATED), Stage(State.VALIDATED, validated, None, None, None))
    rejections = await session.execute(
        part.of(_REJECTIONS, " GROUP BY 1, 2 ORDER BY 1, 2"), part.with_values(since=since)
    )
    return Pipeline(now, stages, since, [(side, reason, count) for side, reason, count in rejections])


async def team_activity(
    session: AsyncSession, part: Part, *, since: datetime | None = None, until: datetime | None = None, now: datetime
) -> Activity:
    """What both sides handed over, sent back and judged in a period, in all and day by day (UTC).

    By default the last 30 days. Raises Invalid for a period that is empty or longer than a year, and for an unknown
    environment.
    """
    await part.check(session)
    end = now if until is None else min(until, now)
    begin = end - ACTIVITY if since is None else since
    if not timedelta() < end - begin <= LONGEST_ACTIVITY:
        message = "The period begins before it ends and lasts at most 366 days."
        raise Invalid("invalid_period", message, fields=[FieldError("from", message, "invalid_period")])
    span = part.with_values(since=begin, until=end)
    days: dict[str, Counter[str]] = {}
    for offset in range((end.date() - begin.date()).days + 1):
        days[(begin + timedelta(days=offset)).date().isoformat()] = Counter()
    for day, before, after, count in await session.execute(part.of(_STEPS, " GROUP BY 1, 2, 3"), span):
        name = _FLOW.get((before, after))
        if name is not None:
            days[day.isoformat()][name] += count
    totals = sum(days.values(), Counter[str]())
    found = await session.execute(part.of(_VOTES, " GROUP BY 1"), span)
    votes = {side: SideVotes(*counts) for side, *counts in found}
    return Activity(
        as_of=now,
        since=begin,
        until=end,
        totals={name: totals[name] for name in _FLOW.values()},
        days=[(day, {name: counts[name] for name in _FLOW.values()}) for day, counts in days.items()],
        red_votes=votes.get("red", SideVotes()),
        blue_votes=votes.get("blue", SideVotes()),
    )
