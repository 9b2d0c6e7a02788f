"""How many detection rules there are, and how they did."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.knowledge import DetectionRule
from app.services.rules.catalogue import FIRING, LEVELS, RUNNING


async def rule_stats(session: AsyncSession) -> dict[str, Any]:
    """Counts over the rules that can be used, with the platforms that they are written for."""
    usable = DetectionRule.is_active & DetectionRule.withdrawn_at.is_(None)
    counts = await session.execute(
        select(
            func.count().label("total"),
            func.count().filter(RUNNING).label("deployed"),
            *(func.count().filter(condition).label(word) for word, condition in FIRING.items()),
        )
        .select_from(DetectionRule)
        .where(usable)
    )
    sources = await session.execute(
        select(DetectionRule.source, func.count())
        .where(usable)
        .group_by(DetectionRule.source)
        .order_by(DetectionRule.source)
    )
    levels = await session.execute(
        select(DetectionRule.level, func.count())
        .where(usable, DetectionRule.level.is_not(None))
        .group_by(DetectionRule.level)
    )
    by_level = {row[0]: row[1] for row in levels}
    platform = func.unnest(DetectionRule.platforms).label("platform")
    platforms = await session.scalars(select(platform).where(usable).distinct().order_by(platform))
    return {
        **counts.mappings().one(),
        "by_source": [{"name": row[0], "total": row[1]} for row in sources],
        "by_level": [{"name": level, "total": by_level[level]} for level in LEVELS if level in by_level],
        "platforms": platforms.all(),
    }
