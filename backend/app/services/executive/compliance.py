"""The gauge of each framework, from the same scores as everything else on the page."""

from collections import defaultdict
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.compliance import gauge_of
from app.domain.scores import Scores
from app.models.catalogue import Framework
from app.reports.executive import FrameworkGauge
from app.services.reading import read_rows

_MAPPED: Final = """
SELECT c.source, c.framework_upstream_id, CAST(c.id AS text),
       coalesce(array_agg(DISTINCT CAST(l.technique_id AS text)) FILTER (WHERE l.technique_id IS NOT NULL), '{}')
FROM control c
LEFT JOIN content_link l ON l.source_kind = 'control' AND l.is_active AND l.source = c.source
  AND l.source_upstream_id = c.upstream_id
WHERE c.withdrawn_at IS NULL AND NOT c.retired
GROUP BY 1, 2, 3
"""


async def gauges(session: AsyncSession, scores: Scores) -> list[FrameworkGauge]:
    """Every framework with mapped controls, by name."""
    (rows,) = await read_rows(session, (_MAPPED, {}))
    controls: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    ends = scores.inputs.successors
    for source, framework, _, techniques in rows:
        controls[source, framework].append([ends.get(key, key) for key in techniques])
    found = await session.scalars(
        select(Framework)
        .where(Framework.withdrawn_at.is_(None))
        .order_by(Framework.framework, Framework.version.desc(), Framework.id)
    )
    answers = []
    for row in found:
        gauge = gauge_of(scores, controls[row.source, row.upstream_id])
        if gauge.mapped:
            answers.append(
                FrameworkGauge(
                    id=row.id,
                    framework=row.framework,
                    name=row.name,
                    version=row.version,
                    classes={name.value: count for name, count in gauge.classes.items()},
                    mapped=gauge.mapped,
                    share=gauge.share,
                    mapping_version=row.attack_version,
                )
            )
    return answers
