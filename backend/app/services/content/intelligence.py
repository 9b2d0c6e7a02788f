"""Which techniques somebody should look at again, because what is known of them changed since the last review.

Imports of ATT&CK note what they change themselves; what templates and rules say is looked through by the scan.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.wording import counted
from app.models.knowledge import Technique, TechniqueChange
from app.services.content.registry import SOURCES

NAMED: Final = 3
"""Items that a reason names; it counts the others."""
MAX_REASONS: Final = 50

# The first import of a source is where we start from: it is news as a whole, not of any technique.
_NEWS: Final = """
WITH first_run AS (
  SELECT source, min(ended_at) AS at FROM sync_run
  WHERE status IN ('succeeded', 'partial') AND NOT coalesce((request->>'preview')::boolean, false) GROUP BY source
), seen AS (
  SELECT technique_id, kind, source, max(at) AS at FROM technique_change GROUP BY 1, 2, 3
), item AS (
  SELECT 'template' AS kind, l.technique_id, m.source, m.name, l.created_at, m.updated_at
  FROM content_link l JOIN test_template m ON m.id = l.source_id AND m.withdrawn_at IS NULL
  WHERE l.source_kind = 'template' AND l.is_active
  UNION ALL
  SELECT 'rule', l.technique_id, m.source, m.name, l.created_at, m.updated_at
  FROM content_link l JOIN detection_rule m ON m.id = l.source_id AND m.withdrawn_at IS NULL AND NOT m.retired
  WHERE l.source_kind = 'rule' AND l.is_active
)
SELECT i.technique_id, i.kind, i.source, i.name, bool_or(i.created_at > greatest(f.at, t.reviewed_at, s.at)) AS is_new
FROM item i JOIN first_run f ON f.source = i.source
JOIN technique t ON t.id = i.technique_id AND t.is_active
LEFT JOIN seen s ON s.technique_id = i.technique_id AND s.kind = i.kind AND s.source = i.source
WHERE greatest(i.created_at, i.updated_at) > greatest(f.at, t.reviewed_at, s.at)
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 5 DESC, 4
"""
_NOUNS: Final = {"template": ("procedure", "procedures"), "rule": ("detection rule", "detection rules")}


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found."""

    techniques: int
    reasons: int


async def scan(session: AsyncSession) -> Scan:
    """Note what templates and rules of publishers bring that is new, and ask for a review of their techniques."""
    news: dict[tuple[UUID, str, str], list[tuple[str, bool]]] = defaultdict(list)
    for technique_id, kind, source, name, is_new in await session.execute(text(_NEWS)):
        news[technique_id, kind, source].append((name, is_new))
    if not news:
        return Scan(0, 0)
    session.add_all(
        TechniqueChange(technique_id=technique_id, kind=kind, source=source, reason=reason_of(kind, source, items))
        for (technique_id, kind, source), items in news.items()
    )
    await session.flush()
    techniques = {technique_id for technique_id, _, _ in news}
    await session.execute(
        update(Technique).where(Technique.id.in_(techniques)).values(intel_changed_at=func.clock_timestamp())
    )
    return Scan(len(techniques), len(news))


def reason_of(kind: str, source: str, items: Sequence[tuple[str, bool]]) -> str:
    """The sentence that a reviewer reads; `items` are names, and whether each is new."""
    singular, plural = _NOUNS[kind]
    told = []
    for word, number in (("new", sum(new for _, new in items)), ("changed", sum(not new for _, new in items))):
        if number:
            told.append(counted(number, f"{word} {singular}", f"{word} {plural}"))
    title = SOURCES[source].source.title if source in SOURCES else source
    names = ", ".join(name[:120] for name, _ in items[:NAMED])
    more = f" and {len(items) - NAMED} more" if len(items) > NAMED else ""
    return f"{title} has {' and '.join(told)}: {names}{more}."


async def reasons_for_review(session: AsyncSession, technique: Technique) -> Sequence[Any]:
    """What changed since the last review, newest first."""
    statement = select(TechniqueChange).where(TechniqueChange.technique_id == technique.id)
    if technique.reviewed_at is not None:
        statement = statement.where(TechniqueChange.at > technique.reviewed_at)
    newest = statement.order_by(TechniqueChange.at.desc(), TechniqueChange.id.desc()).limit(MAX_REASONS)
    return (await session.scalars(newest)).all()
