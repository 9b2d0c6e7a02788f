"""Everything a status is judged by, read in a number of queries that does not depend on how much there is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import FieldError, Invalid
from app.services.coverage.decisions import Decisions, decisions_in_force, environments_in_force

_TECHNIQUES = text(
    """
    SELECT CAST(id AS text), attack_id, name, CAST(parent_id AS text), platforms, review_required, attack_version
    FROM technique WHERE domain = :domain AND is_active AND NOT unresolved
    ORDER BY attack_id
    """
)
_RESULTS = text(
    """
    SELECT CAST(technique_id AS text), CAST(environment_id AS text), expected,
           count(*) FILTER (WHERE executed_at >= :cutoff AND detection = 'prevented'),
           count(*) FILTER (WHERE executed_at >= :cutoff AND detection = 'detected'),
           count(*) FILTER (WHERE executed_at >= :cutoff AND detection = 'partially_detected'),
           count(*) FILTER (WHERE executed_at >= :cutoff AND detection = 'not_detected'),
           count(*) FILTER (WHERE executed_at < :cutoff),
           max(executed_at)
    FROM current_result
    GROUP BY technique_id, environment_id, expected
    """
)
_RESULTS_ON_PLATFORMS = text(
    """
    SELECT CAST(c.technique_id AS text), CAST(c.environment_id AS text), c.expected,
           count(*) FILTER (WHERE c.executed_at >= :cutoff AND c.detection = 'prevented'),
           count(*) FILTER (WHERE c.executed_at >= :cutoff AND c.detection = 'detected'),
           count(*) FILTER (WHERE c.executed_at >= :cutoff AND c.detection = 'partially_detected'),
           count(*) FILTER (WHERE c.executed_at >= :cutoff AND c.detection = 'not_detected'),
           count(*) FILTER (WHERE c.executed_at < :cutoff),
           max(c.executed_at)
    FROM current_result c JOIN technique t ON t.id = c.technique_id
    WHERE c.platform = ANY(:platforms) OR c.platform IS NULL AND t.platforms <@ ARRAY['None']
    GROUP BY c.technique_id, c.environment_id, c.expected
    """
)
_COUNTS = text(
    """
    SELECT CAST(technique_id AS text), CAST(environment_id AS text), tests,
           red_executing + blue_evaluating + in_review AS open, inconclusive,
           red_executing + blue_evaluating + in_review + validated > 0
               OR rules_deployed > 0 OR countermeasures_implemented > 0 AS general
    FROM technique_stats
    """
)
_COUNTS_ON_PLATFORMS = text(
    """
    SELECT CAST(t.technique_id AS text), CAST(t.environment_id AS text), count(*) AS tests,
           count(*) FILTER (WHERE t.state IN ('red_executing', 'blue_evaluating', 'in_review')) AS open,
           count(*) FILTER (WHERE t.state = 'validated' AND EXISTS (
               SELECT FROM test_round r
               WHERE r.test_id = t.id AND r.no = t.current_round AND r.detection = 'inconclusive')) AS inconclusive,
           bool_or(t.state NOT IN ('draft', 'rejected')) AS general
    FROM security_test t JOIN technique q ON q.id = t.technique_id
    WHERE t.archived_at IS NULL AND t.annulled_at IS NULL AND (NOT t.blind OR t.revealed_at IS NOT NULL)
      AND (t.platform = ANY(:platforms) OR t.platform IS NULL AND q.platforms <@ ARRAY['None'])
    GROUP BY t.technique_id, t.environment_id
    """
)
_SUCCESSORS = text(
    """
    SELECT CAST(t.id AS text), CAST((array_agg(DISTINCT a.technique_id))[1] AS text)
    FROM technique t
    JOIN technique_alias a ON a.scheme = 'attack' AND a.external_id = t.attack_id AND a.technique_id <> t.id
    WHERE t.domain = :domain AND NOT t.is_active AND a.kind IN ('same', 'revoked_by', 'merge')
      AND EXISTS (SELECT FROM technique_stats s WHERE s.technique_id = t.id)
    GROUP BY t.id HAVING count(DISTINCT a.technique_id) = 1
    """
)


class TechniqueRow(NamedTuple):
    """What a status needs of a technique, and what a cell shows of it."""

    id: str
    attack_id: str
    name: str
    parent_id: str | None
    platforms: frozenset[str]
    review_required: bool
    attack_version: str | None


class ResultGroup(NamedTuple):
    """Results of a technique that are judged by the same expectation, counted."""

    environment_id: str
    expected: str | None
    """None: what is expected of the technique."""
    prevented: int
    detected: int
    partially_detected: int
    not_detected: int
    expired: int
    executed_at: datetime
    """The newest execution among them."""


class Counts(NamedTuple):
    """Tests of a technique in an environment."""

    environment_id: str
    tests: int
    open: int
    inconclusive: int
    general: bool
    """Whether a parent's own tests, rules or countermeasures make it a unit of measure."""


@dataclass(frozen=True, slots=True)
class Facts:
    """All inputs of all statuses of a domain at one moment."""

    now: datetime
    techniques: Sequence[TechniqueRow]
    environments: Mapping[str, frozenset[str] | None]
    platforms: frozenset[str]
    """The platforms asked for; empty for all."""
    decisions: Decisions
    results: Mapping[str, Sequence[ResultGroup]]
    counts: Mapping[str, Sequence[Counts]]
    successors: Mapping[str, str]
    """Techniques that are gone, and where their results count."""

    def our_platforms(self, environment_id: str) -> frozenset[str] | None:
        """Platforms that count in an environment under the filter; None: all."""
        have = self.environments[environment_id]
        if not self.platforms:
            return have
        return self.platforms if have is None else have & self.platforms


async def read_facts(
    session: AsyncSession, *, environment_id: UUID | None, domain: str, platforms: Sequence[str], now: datetime
) -> Facts:
    """Read the inputs. Results and tests of a technique that has one successor count for the successor.

    Raises Invalid for an unknown environment.
    """
    environments = await environments_in_force(session, now, environment_id)
    if environment_id is not None and not environments:
        message = "There is no such environment."
        raise Invalid(
            "unknown_environment", message, fields=[FieldError("environment", message, "unknown_environment")]
        )
    decisions = await decisions_in_force(session, now)
    techniques = [
        TechniqueRow(identity, attack_id, name, parent, frozenset(runs_on), review, release)
        for identity, attack_id, name, parent, runs_on, review, release in await session.execute(
            _TECHNIQUES, {"domain": domain}
        )
    ]
    cutoff = now - timedelta(days=decisions.rules.valid_days)
    asked = {"platforms": list(platforms)}
    results: dict[str, list[ResultGroup]] = defaultdict(list)
    counts: dict[str, list[Counts]] = defaultdict(list)
    successors = await _successors(session, domain)
    # One row a technique, environment and expectation: how many results there are does not make it slower.
    for technique, *group in await session.execute(
        *((_RESULTS_ON_PLATFORMS, {"cutoff": cutoff, **asked}) if platforms else (_RESULTS, {"cutoff": cutoff}))
    ):
        if group[0] in environments:
            results[successors.get(technique, technique)].append(ResultGroup(*group))
    for technique, *count in await session.execute(*((_COUNTS_ON_PLATFORMS, asked) if platforms else (_COUNTS, {}))):
        if count[0] in environments:
            counts[successors.get(technique, technique)].append(Counts(*count))
    return Facts(now, techniques, environments, frozenset(platforms), decisions, results, counts, successors)


async def _successors(session: AsyncSession, domain: str) -> dict[str, str]:
    """Where results of techniques that are gone count, through as many steps as it takes."""
    rows = await session.execute(_SUCCESSORS, {"domain": domain})
    step: dict[str, str] = dict(rows.all())
    found = {}
    for gone, successor in step.items():
        last, seen = successor, {gone}
        while last in step and last not in seen:
            seen.add(last)
            last = step[last]
        found[gone] = last
    return found
