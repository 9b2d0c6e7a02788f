"""What may flatter the figures."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.scores import Scores
from app.reports.executive import Candour
from app.services.ranks import lowers

_GENERAL: Final = "CAST(:general AS text)"
_PLACES: Final = "ANY(CAST(:environments AS uuid[]))"
_LOWERED: Final = text(
    f"""
    SELECT (SELECT count(*) FROM (
      SELECT DISTINCT ON (o.technique_id, o.environment_id) o.expected
      FROM technique_overlay o
      JOIN technique t ON t.id = o.technique_id AND t.domain = :domain AND t.is_active
      WHERE o.environment_id = {_PLACES}
        AND o.expected IS NOT NULL AND o.valid_from <= :moment AND (o.valid_until IS NULL OR o.valid_until > :moment)
      ORDER BY o.technique_id, o.environment_id, o.valid_from DESC, o.id DESC
    ) decided WHERE {lowers("decided.expected", _GENERAL)})
    + (SELECT count(*) FROM security_test t JOIN technique q ON q.id = t.technique_id AND q.domain = :domain
      WHERE {lowers("t.expected", _GENERAL)}
        AND t.environment_id = {_PLACES}
        AND t.state = 'validated' AND t.decided_at < :moment AND t.annulled_at IS NULL AND t.archived_at IS NULL
        AND (NOT t.blind OR t.revealed_at IS NOT NULL))
    """  # noqa: S608  the constants above
)
_ENTERED_LATER: Final = text(
    f"""
    SELECT count(*) FROM test_round r
    JOIN security_test t ON t.id = r.test_id AND t.current_round = r.no
    JOIN technique q ON q.id = t.technique_id AND q.domain = :domain
    WHERE r.entered_later AND r.first_executed_at >= :since AND r.first_executed_at < :moment
      AND t.environment_id = {_PLACES}
      AND t.annulled_at IS NULL AND t.archived_at IS NULL AND (NOT t.blind OR t.revealed_at IS NOT NULL)
    """  # noqa: S608  as above
)


async def candour_of(
    session: AsyncSession, scores: Scores, *, manual: float | None, period: timedelta, now: datetime
) -> Candour:
    """What is kept out, expected less of or written late, in the environments that were scored."""
    inputs = scores.inputs
    asked = {"domain": inputs.domain, "moment": now, "since": now - period, "environments": list(inputs.environments)}
    lowered = await session.scalar(_LOWERED, {**asked, "general": inputs.expected})
    later = await session.scalar(_ENTERED_LATER, asked)
    return Candour(
        out_of_scope=scores.organization.out_of_scope,
        lowered_expectations=lowered or 0,
        entered_later=later or 0,
        manual_times=manual,
    )
