"""Counts of a technique in an environment, recounted for what a transaction touched."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from app.models.coverage import TechniqueStats
from app.services.coverage.kept_sums import keep_sums, past_pairs

COUNTS = tuple(column.name for column in TechniqueStats.__table__.columns if not column.primary_key)

# Takes a relation `pair (technique_id, environment_id)` that stands before it.
_COUNTED = """
work AS (
    SELECT t.technique_id, t.environment_id,
           count(*) AS tests,
           count(*) FILTER (WHERE t.state = 'draft') AS draft,
           count(*) FILTER (WHERE t.state = 'red_executing') AS red_executing,
           count(*) FILTER (WHERE t.state = 'blue_evaluating') AS blue_evaluating,
           count(*) FILTER (WHERE t.state = 'in_review') AS in_review,
           count(*) FILTER (WHERE t.state = 'rejected') AS rejected,
           count(*) FILTER (WHERE t.state = 'validated') AS validated,
           count(*) FILTER (WHERE t.state = 'validated' AND r.detection = 'inconclusive') AS inconclusive,
           max(r.first_executed_at) FILTER (WHERE t.state = 'validated') AS last_executed_at
    FROM pair JOIN security_test t USING (technique_id, environment_id)
    JOIN test_round r ON r.test_id = t.id AND r.no = t.current_round
    WHERE t.archived_at IS NULL AND t.annulled_at IS NULL AND (NOT t.blind OR t.revealed_at IS NOT NULL)
    GROUP BY 1, 2
), involved AS (
    SELECT DISTINCT technique_id FROM pair
), template AS (
    SELECT l.technique_id, count(DISTINCT m.id) AS templates
    FROM involved JOIN content_link l USING (technique_id)
    JOIN test_template m ON m.id = l.source_id AND m.is_active AND m.withdrawn_at IS NULL
    WHERE l.source_kind = 'template' AND l.is_active
    GROUP BY 1
), rule AS (
    SELECT DISTINCT l.technique_id, r.id AS rule_id,
           EXISTS (SELECT FROM rule_deployment d
                   WHERE d.rule_id = r.id AND d.valid_until IS NULL AND d.status = 'active') AS deployed
    FROM involved JOIN content_link l USING (technique_id)
    JOIN detection_rule r ON r.id = l.source_id AND r.is_active AND r.withdrawn_at IS NULL
    WHERE l.source_kind = 'rule' AND l.is_active
    AND (NOT r.retired OR EXISTS (SELECT FROM rule_deployment d WHERE d.rule_id = r.id AND d.valid_until IS NULL))
), rules AS (
    SELECT technique_id, count(*) AS rules_active, count(*) FILTER (WHERE deployed) AS rules_deployed
    FROM rule GROUP BY 1
), countermeasures AS (
    SELECT x.technique_id, count(*) AS countermeasures_mapped,
           count(*) FILTER (WHERE d.status = 'implemented') AS countermeasures_implemented,
           count(*) FILTER (WHERE d.status = 'planned') AS countermeasures_planned
    FROM (SELECT DISTINCT l.technique_id, m.id
          FROM involved JOIN content_link l USING (technique_id)
          JOIN countermeasure m ON m.id = l.source_id AND m.withdrawn_at IS NULL
          WHERE l.source_kind = 'countermeasure' AND l.is_active) x
    LEFT JOIN countermeasure_status d ON d.countermeasure_id = x.id AND d.valid_until IS NULL
    GROUP BY 1
), newest AS (
    SELECT DISTINCT ON (c.technique_id, c.environment_id, x.rule_id)
           c.technique_id, c.environment_id, x.fired AND x.attributed AS fired
    FROM pair JOIN current_result c USING (technique_id, environment_id)
    JOIN rule_result x ON x.round_id = c.round_id
    JOIN rule ON rule.technique_id = c.technique_id AND rule.rule_id = x.rule_id AND rule.deployed
    ORDER BY c.technique_id, c.environment_id, x.rule_id, c.executed_at DESC, c.round_id DESC
), evaluated AS (
    SELECT technique_id, environment_id, count(*) AS rules_evaluated, count(*) FILTER (WHERE fired) AS rules_fired
    FROM newest GROUP BY 1, 2
), counted AS (
    SELECT technique_id, environment_id,
           coalesce(tests, 0) AS tests, coalesce(draft, 0) AS draft,
           coalesce(red_executing, 0) AS red_executing, coalesce(blue_evaluating, 0) AS blue_evaluating,
           coalesce(in_review, 0) AS in_review, coalesce(rejected, 0) AS rejected,
           coalesce(validated, 0) AS validated, coalesce(inconclusive, 0) AS inconclusive,
           coalesce(templates, 0) AS templates,
           coalesce(rules_active, 0) AS rules_active, coalesce(rules_deployed, 0) AS rules_deployed,
           coalesce(rules_evaluated, 0) AS rules_evaluated, coalesce(rules_fired, 0) AS rules_fired,
           coalesce(countermeasures_mapped, 0) AS countermeasures_mapped,
           coalesce(countermeasures_implemented, 0) AS countermeasures_implemented,
           coalesce(countermeasures_planned, 0) AS countermeasures_planned,
           last_executed_at
    FROM pair
    LEFT JOIN work USING (technique_id, environment_id)
    LEFT JOIN template USING (technique_id)
    LEFT JOIN rules USING (technique_id)
    LEFT JOIN countermeasures USING (technique_id)
    LEFT JOIN evaluated USING (technique_id, environment_id)
)
"""
COUNTED_PAIRS = _COUNTED
"""SQL of common table expressions from `pair` to `counted`, which has the columns COUNTS."""

_ENVIRONMENTS = text("SELECT id FROM environment")
_PAIRS = """
SELECT * FROM unnest(CAST(:techniques AS uuid[]), CAST(:environments AS uuid[])) AS pair (technique_id, environment_id)
"""
_MISSING = text(
    f"""
    INSERT INTO technique_stats (technique_id, environment_id)
    {_PAIRS} ORDER BY 1, 2
    ON CONFLICT DO NOTHING
    """
)
_LOCKED = text(
    f"""
    SELECT FROM technique_stats WHERE (technique_id, environment_id) IN ({_PAIRS})
    ORDER BY technique_id, environment_id FOR UPDATE
    """
)
_QUEUED = text(
    f"""
    SELECT pg_advisory_xact_lock(place) FROM (
        SELECT hashtextextended(concat('technique_stats', technique_id, environment_id), 0) AS place
        FROM ({_PAIRS}) AS pairs ORDER BY place
    ) AS ordered
    """  # noqa: S608  the pairs are bound
)
_RECOUNT = text(
    f"""
    WITH pair AS ({_PAIRS}), {_COUNTED}
    UPDATE technique_stats s SET {", ".join(f"{name} = counted.{name}" for name in COUNTS)}
    FROM counted
    WHERE s.technique_id = counted.technique_id AND s.environment_id = counted.environment_id
    """  # noqa: S608  the names are our own columns
)

Pair = tuple[UUID, UUID | None]
"""A technique and an environment, or all environments."""
_WAITING = "aegis_statistics_to_recount"
_CHANGED = "aegis_results_to_sum"
_SETTLED = "aegis_results_summed_already"
QUEUED_AT_MOST = 20
"""Pairs for which a transaction queues; imports have hundreds, and nobody beside them is as slow."""


async def refresh_stats(session: AsyncSession, technique_ids: Iterable[UUID], environment_id: UUID) -> None:
    """Recount the techniques' tests, templates, rules and countermeasures in one environment now.

    For imports, and whoever reads the statistics before the commit; everybody else recounts at the commit, so that
    nobody waits for the rows longer than the commit takes.
    """
    await session.run_sync(_recount, {(technique_id, environment_id) for technique_id in technique_ids}, set())


def recount_at_commit(session: AsyncSession, technique_ids: Iterable[UUID], environment_id: UUID | None = None) -> None:
    """Have the techniques recounted as the transaction's last act but the audit trail's.

    environment_id: None for all, after a change that belongs to none, such as a template's.
    """
    waiting: set[Pair] = session.info.setdefault(_WAITING, set())
    waiting.update((technique_id, environment_id) for technique_id in technique_ids)


def results_changed(session: AsyncSession, technique_id: UUID, environment_id: UUID) -> None:
    """Have the current results of a technique in an environment summed at the commit, and its tests recounted."""
    changed: set[tuple[UUID, UUID]] = session.info.setdefault(_CHANGED, set())
    changed.add((technique_id, environment_id))
    session.info.get(_SETTLED, set()).discard((technique_id, environment_id))
    recount_at_commit(session, [technique_id], environment_id)


async def settle_results(session: AsyncSession) -> None:
    """Sum now what would be summed at the commit, for who reads in the transaction that changes results."""
    settled: set[tuple[UUID, UUID]] = session.info.setdefault(_SETTLED, set())
    if waiting := session.info.get(_CHANGED, set()) - settled:
        await session.run_sync(_recount, set(waiting), waiting)
        settled |= waiting


async def refresh_results(session: AsyncSession, technique_ids: Iterable[UUID], environment_id: UUID) -> None:
    """Recount the techniques in one environment and sum their current results now."""
    pairs = {(technique_id, environment_id) for technique_id in technique_ids}
    await session.run_sync(_recount, set(pairs), pairs)


async def sum_what_aged(session: AsyncSession) -> int:
    """Make some of the sums exact again that time has passed by. Returns of how many pairs; 0 when all are exact."""
    return await session.run_sync(_sum_what_aged)


def _sum_what_aged(session: Session) -> int:
    pairs = sorted(past_pairs(session))
    if not pairs:
        return 0
    _lock(session, _columns(pairs), queue=False)
    keep_sums(session, pairs)
    return len(pairs)


# First among the listeners: the head of the audit trail has to be locked last.
@event.listens_for(Session, "before_commit", insert=True)
def _recount_waiting(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_SETTLED, None)
        _recount(session, session.info.pop(_WAITING, set()), session.info.pop(_CHANGED, set()))


@event.listens_for(Session, "after_soft_rollback")
def _forget_waiting(session: Session, previous: SessionTransaction) -> None:
    """Drop what waits with a whole transaction; after a savepoint, counting too much does no harm."""
    session.info.pop(_SETTLED, None)
    if not previous.nested:
        session.info.pop(_WAITING, None)
        session.info.pop(_CHANGED, None)


def _recount(session: Session, pairs: set[Pair], changed: set[tuple[UUID, UUID]]) -> None:
    """Recount pairs, and sum the current results of those among them in which some changed.

    The rows are locked first and counted by a later statement: only that one sees what another transaction
    committed while this one waited, so no update is lost.
    """
    if not pairs:
        return
    session.flush()  # the counts read what the caller changed
    everywhere: set[UUID] = set()
    if any(environment_id is None for _, environment_id in pairs):
        everywhere = set(session.scalars(_ENVIRONMENTS))
    named = {
        (technique_id, each)
        for technique_id, environment_id in pairs
        for each in (everywhere if environment_id is None else (environment_id,))
    }
    which = _columns(sorted(named))
    _lock(session, which, queue=len(named) <= QUEUED_AT_MOST)
    session.execute(_RECOUNT, which)
    if changed:
        keep_sums(session, sorted(changed))


def _columns(pairs: Sequence[tuple[UUID, UUID]]) -> dict[str, list[UUID]]:
    return {"techniques": [pair[0] for pair in pairs], "environments": [pair[1] for pair in pairs]}


def _lock(session: Session, which: Mapping[str, list[UUID]], *, queue: bool) -> None:
    """Lock the rows of pairs, which are made where there are none."""
    session.execute(_MISSING, which)
    if queue:
        # Who waits for a row that is changed again and again loses his place each time; a queue serves all in turn.
        session.execute(_QUEUED, which)
    session.execute(_LOCKED, which)
