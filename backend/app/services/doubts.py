"""Current results that something changed under: they go on to count, marked."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services.counted import Among
from app.services.reading import read_rows


class Doubt(StrEnum):
    """What changed since a result was shown."""

    TEMPLATE = "template"
    TECHNIQUE = "technique"
    TOOL = "tool"
    RULE = "rule"


# A deployment that ended is what it was while the same text still runs in the same tool.
_REASONS: Final = """
  array_remove(ARRAY[
    CASE WHEN t.template_hash IS NOT NULL AND p.content_hash IS DISTINCT FROM t.template_hash THEN 'template' END,
    CASE WHEN NOT q.is_active OR (q.review_required AND q.intel_changed_at > c.executed_at) THEN 'technique' END,
    CASE WHEN EXISTS (
      SELECT FROM observation o JOIN security_tool s ON s.id = o.tool_id
      WHERE o.round_id = c.round_id AND o.outcome <> 'not_applicable'
        AND (NOT s.is_active OR (o.tool_version <> '' AND s.version <> '' AND s.version <> o.tool_version))
    ) THEN 'tool' END,
    CASE WHEN EXISTS (
      SELECT FROM rule_result f JOIN rule_deployment d ON d.rule_id = f.rule_id
      WHERE f.round_id = c.round_id AND f.attributed AND d.status = 'active'
        AND d.valid_from <= c.executed_at AND d.valid_until > c.executed_at
        AND NOT EXISTS (
          SELECT FROM rule_deployment n
          WHERE n.rule_id = d.rule_id AND n.tool_id = d.tool_id AND n.valid_until IS NULL
            AND n.status = 'active' AND n.rule_hash = d.rule_hash)
    ) THEN 'rule' END
  ], NULL) AS reasons
FROM current_result c
JOIN security_test t ON t.id = c.test_id
JOIN technique q ON q.id = c.technique_id
LEFT JOIN test_template p ON p.id = t.template_id
"""
_ALL: Final = (
    "SELECT * FROM ("  # noqa: S608  put together of our own constants
    "SELECT CAST(c.technique_id AS text), CAST(c.environment_id AS text), c.expected, c.test_id, "
    + _REASONS
    + "WHERE c.executed_at >= %(cutoff)s) AS marked WHERE reasons && CAST(%(wanted)s AS text[])"
)
# By its rounds, which have an index.
_ONE: Final = (
    "SELECT "  # noqa: S608  as above
    + _REASONS
    + "WHERE c.round_id IN (SELECT id FROM test_round WHERE test_id = %(test)s)"
)


async def tests_in_doubt(
    session: AsyncSession, wanted: AbstractSet[Doubt], among: Among, now: datetime
) -> list[UUID] | None:
    """The tests whose current result counts and is in doubt for one of these reasons.

    None when no reason is asked for. Raises Invalid for an unknown environment.
    """
    if not wanted:
        return None
    found: list[UUID] = []
    async for placing, cutoff in among.placings(session, now):
        (rows,) = await read_rows(session, (_ALL, {"cutoff": cutoff, "wanted": sorted(wanted)}))
        found += [test_id for *result, test_id, _ in rows if placing.of(*result)]
    return found


async def doubts_of(session: AsyncSession, test_id: UUID) -> list[Doubt]:
    """Why the result of a test is in doubt; empty for one that is superseded, or as sure as it was."""
    (rows,) = await read_rows(session, (_ONE, {"test": test_id}))
    return [Doubt(reason) for (reasons,) in rows for reason in reasons]
