"""Counts of a technique in an environment, recounted for what a transaction touched."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.coverage import TechniqueStats

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

_ENVIRONMENTS = text("SELECT id FROM environment ORDER BY id")
_MISSING = text(
    """
    INSERT INTO technique_stats (technique_id, environment_id)
    SELECT technique_id, :environment FROM unnest(CAST(:techniques AS uuid[])) AS technique_id
    ORDER BY technique_id
    ON CONFLICT DO NOTHING
    """
)
_LOCKED = text(
    """
    SELECT FROM technique_stats
    WHERE environment_id = :environment AND technique_id = ANY(:techniques)
    ORDER BY technique_id FOR UPDATE
    """
)
_RECOUNT = text(
    f"""
    WITH pair AS (
        SELECT technique_id, environment_id FROM technique_stats
        WHERE environment_id = :environment AND technique_id = ANY(:techniques)
    ), {_COUNTED}
    UPDATE technique_stats s SET {", ".join(f"{name} = counted.{name}" for name in COUNTS)}
    FROM counted
    WHERE s.technique_id = counted.technique_id AND s.environment_id = counted.environment_id
    """  # noqa: S608  the names are our own columns
)


async def refresh_stats(session: AsyncSession, technique_ids: Iterable[UUID], environment_id: UUID) -> None:
    """Recount the techniques' tests, templates, rules and countermeasures in one environment.

    The rows are locked first and counted by a later statement: only that one sees what another transaction
    committed while this one waited, so no update is lost.
    """
    techniques = sorted(set(technique_ids))
    if not techniques:
        return
    await session.flush()  # the counts read what the caller changed
    which = {"techniques": techniques, "environment": environment_id}
    await session.execute(_MISSING, which)
    await session.execute(_LOCKED, which)
    await session.execute(_RECOUNT, which)


async def refresh_stats_everywhere(session: AsyncSession, technique_ids: Iterable[UUID]) -> None:
    """Count anew in every environment: after something changed that belongs to none, such as a template."""
    ids = sorted(set(technique_ids))
    if not ids:
        return
    for environment_id in (await session.scalars(text("SELECT id FROM environment ORDER BY id"))).all():
        await refresh_stats(session, ids, environment_id)


async def refresh_everywhere(session: AsyncSession, technique_ids: Iterable[UUID]) -> None:
    """Recount techniques in all environments: after a decision that knows none."""
    techniques = sorted(set(technique_ids))
    if not techniques:
        return
    for environment_id in (await session.scalars(_ENVIRONMENTS)).all():
        await refresh_stats(session, techniques, environment_id)
