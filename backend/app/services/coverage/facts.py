"""Everything a status is judged by, read in a number of queries that does not depend on how much there is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.result_sums import Summed
from app.errors import FieldError, Invalid
from app.services.coverage.decisions import Decisions, in_force
from app.services.coverage.stats import settle_results
from app.services.coverage.sums import sums_by_technique, sums_query, tallies_query
from app.services.reading import Query, read_rows

_TECHNIQUES: Final = """
SELECT CAST(id AS text), attack_id, name, CAST(parent_id AS text), platforms, review_required, attack_version
FROM technique WHERE domain = %(domain)s AND is_active AND NOT unresolved
ORDER BY attack_id
"""
_FAMILIES: Final = """
SELECT CAST(id AS text), attack_id, name, CAST(parent_id AS text), platforms, review_required, attack_version
FROM technique WHERE domain = %(domain)s AND is_active AND NOT unresolved
  AND (id = ANY(%(within)s) OR parent_id = ANY(%(within)s))
"""
_GROUPS: Final = """
SELECT CAST(c.technique_id AS text), CAST(c.environment_id AS text), c.expected,
       count(*) FILTER (WHERE c.detection = 'prevented' AND c.executed_at >= %(cutoff)s),
       count(*) FILTER (WHERE c.detection = 'detected' AND c.executed_at >= %(cutoff)s),
       count(*) FILTER (WHERE c.detection = 'partially_detected' AND c.executed_at >= %(cutoff)s),
       count(*) FILTER (WHERE c.detection = 'not_detected' AND c.executed_at >= %(cutoff)s),
       count(*) FILTER (WHERE c.executed_at < %(cutoff)s),
       CAST(date_part('epoch', max(c.executed_at)) * 1000000 AS bigint)
FROM current_result c
"""
_BY_GROUP: Final = " GROUP BY c.technique_id, c.environment_id, c.expected"
_RESULTS_OF_SOME: Final = _GROUPS + "WHERE c.technique_id = ANY(CAST(%(wanted)s AS uuid[]))" + _BY_GROUP
_RESULTS_ON_PLATFORMS: Final = (
    _GROUPS
    + """
    JOIN technique t ON t.id = c.technique_id
    WHERE c.platform = ANY(%(platforms)s) OR c.platform IS NULL AND t.platforms <@ ARRAY['None']
    """
    + _BY_GROUP
)
_COUNTS: Final = """
SELECT CAST(technique_id AS text), CAST(environment_id AS text), tests,
       red_executing + blue_evaluating + in_review AS open, inconclusive,
       red_executing + blue_evaluating + in_review + validated > 0
           OR rules_deployed > 0 OR countermeasures_implemented > 0 AS general
FROM technique_stats
"""
_COUNTS_OF_SOME: Final = _COUNTS + "WHERE technique_id = ANY(CAST(%(wanted)s AS uuid[]))"
_COUNTS_ON_PLATFORMS: Final = """
SELECT CAST(t.technique_id AS text), CAST(t.environment_id AS text), count(*) AS tests,
       count(*) FILTER (WHERE t.state IN ('red_executing', 'blue_evaluating', 'in_review')) AS open,
       count(*) FILTER (WHERE t.state = 'validated' AND EXISTS (
           SELECT FROM test_round r
           WHERE r.test_id = t.id AND r.no = t.current_round AND r.detection = 'inconclusive')) AS inconclusive,
       bool_or(t.state NOT IN ('draft', 'rejected')) AS general
FROM security_test t JOIN technique q ON q.id = t.technique_id
WHERE t.archived_at IS NULL AND t.annulled_at IS NULL AND (NOT t.blind OR t.revealed_at IS NOT NULL)
  AND (t.platform = ANY(%(platforms)s) OR t.platform IS NULL AND q.platforms <@ ARRAY['None'])
GROUP BY t.technique_id, t.environment_id
"""
_SUCCESSORS: Final = """
SELECT CAST(t.id AS text), CAST((array_agg(DISTINCT a.technique_id))[1] AS text)
FROM technique t
JOIN technique_alias a ON a.scheme = 'attack' AND a.external_id = t.attack_id AND a.technique_id <> t.id
WHERE t.domain = %(domain)s AND NOT t.is_active AND a.kind IN ('same', 'revoked_by', 'merge')
  AND EXISTS (SELECT FROM technique_stats s WHERE s.technique_id = t.id)
GROUP BY t.id HAVING count(DISTINCT a.technique_id) = 1
"""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


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


@dataclass(frozen=True)
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
    summed: Summed | None = None
    """The results as scores need them, where they were asked for."""

    @cached_property
    def places(self) -> Sequence[tuple[str, frozenset[str] | None]]:
        """The environments, each with the platforms that count in it under the filter; None: all."""
        return [(e, self._asked_of(have) if self.platforms else have) for e, have in self.environments.items()]

    def _asked_of(self, have: frozenset[str] | None) -> frozenset[str]:
        return self.platforms if have is None else have & self.platforms


async def read_facts(
    session: AsyncSession,
    *,
    environment_id: UUID | None,
    domain: str,
    platforms: Sequence[str],
    now: datetime,
    within: Sequence[UUID] | None = None,
    summed: bool = False,
) -> Facts:
    """Read the inputs. Results and tests of a technique that has one successor count for the successor.

    within: only what the statuses of these techniques rest on, their sub-techniques included; None for all.
    summed: with the sums of the results that scores and freshness are made of, of all techniques.
    Raises Invalid for an unknown environment.
    """
    await settle_results(session)
    which = {"domain": domain, "within": within}
    environments, decisions, (rows, replaced) = await in_force(
        session,
        now,
        environment_id,
        (_TECHNIQUES if within is None else _FAMILIES, which),
        (_SUCCESSORS, which),
    )
    if environment_id is not None and not environments:
        message = "There is no such environment."
        raise Invalid(
            "unknown_environment", message, fields=[FieldError("environment", message, "unknown_environment")]
        )
    techniques = [
        TechniqueRow(identity, attack_id, name, parent, frozenset(runs_on), review, release)
        for identity, attack_id, name, parent, runs_on, review, release in rows
    ]
    successors = end_of_lineage(dict(replaced))
    wanted = None if within is None else [*(technique.id for technique in techniques), *successors]
    valid_days = decisions.rules.valid_days
    of_results, of_tests = _work(now, valid_days, wanted, platforms)
    if summed:
        of_results = sums_query(now, valid_days, platforms)
    found, counted = await read_rows(session, of_results, of_tests)
    # One row a technique, environment and expectation: how many results there are does not make it slower.
    sums: Summed | None = None
    results: dict[str, list[ResultGroup]] = defaultdict(list)
    if summed:
        sums = Summed(now, valid_days, sums_by_technique(found, environments, successors))
        results.update({technique: [_group(one) for one in groups] for technique, groups in sums.groups.items()})
    else:
        for technique, *group in found:
            if group[0] in environments:
                results[successors.get(technique, technique)].append(_group(group))
    counts: dict[str, list[Counts]] = defaultdict(list)
    for technique, *count in counted:
        if count[0] in environments:
            counts[successors.get(technique, technique)].append(Counts(*count))
    return Facts(now, techniques, environments, frozenset(platforms), decisions, results, counts, successors, sums)


def _group(counted: Sequence[Any]) -> ResultGroup:
    return ResultGroup._make((*counted[:7], _EPOCH + timedelta(microseconds=counted[7])))


def _work(
    now: datetime, valid_days: int, wanted: Sequence[str] | None, platforms: Sequence[str]
) -> tuple[Query, Query]:
    """The queries of results and of tests: of all techniques or some, on all platforms or some."""
    cutoff = now - timedelta(days=valid_days)
    asked: dict[str, Any] = {"cutoff": cutoff, "wanted": wanted, "platforms": list(platforms)}
    if platforms:
        return (_RESULTS_ON_PLATFORMS, asked), (_COUNTS_ON_PLATFORMS, asked)
    if wanted is None:
        return tallies_query(now, valid_days), (_COUNTS, asked)
    return (_RESULTS_OF_SOME, asked), (_COUNTS_OF_SOME, asked)


def end_of_lineage(step: Mapping[str, str]) -> dict[str, str]:
    """Where results of techniques that are gone count, through as many steps as it takes."""
    found = {}
    for gone, successor in step.items():
        last, seen = successor, {gone}
        while last in step and last not in seen:
            seen.add(last)
            last = step[last]
        found[gone] = last
    return found
