"""Techniques named by some actors, campaigns or compliance controls."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import FieldError, Invalid
from app.services.knowledge.actor_uses import USES
from app.services.knowledge.campaigns import CAMPAIGN_USES
from app.services.reading import read_rows

_ACTORS: Final = """
SELECT CAST(id AS text), attack_id, CAST(id AS text) FROM threat_actor
WHERE is_active AND (attack_id = ANY(%(names)s) OR CAST(id AS text) = ANY(%(lower)s))
"""
_USED: Final = f"""
SELECT DISTINCT CAST(u.actor_id AS text), CAST(u.technique_id AS text)
FROM ({USES}) u JOIN threat_actor a ON a.id = u.actor_id AND a.is_active
WHERE CAST(%(subjects)s AS uuid[]) IS NULL OR u.actor_id = ANY(CAST(%(subjects)s AS uuid[]))
"""  # noqa: S608  the text of another module of ours
_CAMPAIGNS: Final = """
SELECT CAST(id AS text), attack_id, CAST(id AS text) FROM attack_campaign
WHERE is_active AND (attack_id = ANY(%(names)s) OR CAST(id AS text) = ANY(%(lower)s))
UNION ALL
SELECT CAST(id AS text), upper(upstream_id), CAST(id AS text) FROM blueprint
WHERE withdrawn_at IS NULL AND (upper(upstream_id) = ANY(%(names)s) OR CAST(id AS text) = ANY(%(lower)s))
"""
# Of all campaigns when none is asked for; of plans only those asked for.
_RUN: Final = f"""
SELECT DISTINCT CAST(u.campaign_id AS text), CAST(u.technique_id AS text) FROM ({CAMPAIGN_USES}) u
WHERE CASE WHEN CAST(%(subjects)s AS uuid[]) IS NULL THEN u.kind = 'campaign'
           ELSE u.campaign_id = ANY(CAST(%(subjects)s AS uuid[])) END
"""  # noqa: S608  the text of another module of ours
_CONTROLS: Final = """
SELECT CAST(id AS text), upper(control_id), upper(upstream_id) FROM control
WHERE withdrawn_at IS NULL
  AND (upper(control_id) = ANY(%(names)s) OR upper(upstream_id) = ANY(%(names)s) OR CAST(id AS text) = ANY(%(lower)s))
"""
_MAPPED: Final = """
SELECT DISTINCT CAST(c.id AS text), CAST(l.technique_id AS text)
FROM control c JOIN content_link l ON l.source = c.source AND l.source_upstream_id = c.upstream_id
WHERE l.source_kind = 'control' AND l.is_active AND l.technique_id IS NOT NULL AND c.withdrawn_at IS NULL
  AND (CAST(%(subjects)s AS uuid[]) IS NULL OR c.id = ANY(CAST(%(subjects)s AS uuid[])))
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """By technique, who of those chosen names it."""

    by_technique: Mapping[str, Collection[str]]

    @classmethod
    async def of_actors(cls, session: AsyncSession, names: Sequence[str]) -> Self:
        """What these actors use, directly or in campaigns attributed to them. Raises Invalid for an unknown one."""
        subjects = await _subjects(session, _ACTORS, names, "actor")
        (rows,) = await read_rows(session, (_USED, {"subjects": subjects}))
        return cls(_grouped(rows))

    @classmethod
    async def of_campaigns(cls, session: AsyncSession, names: Sequence[str]) -> Self:
        """What these campaigns use, and these plans play. Raises Invalid for an unknown one."""
        subjects = await _subjects(session, _CAMPAIGNS, names, "campaign")
        (rows,) = await read_rows(session, (_RUN, {"subjects": subjects}))
        return cls(_grouped(rows))

    @classmethod
    async def of_controls(cls, session: AsyncSession, names: Sequence[str]) -> Self:
        """What these compliance controls are mapped to. Raises Invalid for an unknown one."""
        subjects = await _subjects(session, _CONTROLS, names, "compliance_control")
        (rows,) = await read_rows(session, (_MAPPED, {"subjects": subjects}))
        return cls(_grouped(rows))

    @classmethod
    async def every_actor(cls, session: AsyncSession) -> Self:
        """What all actors use."""
        (rows,) = await read_rows(session, (_USED, {"subjects": None}))
        return cls(_grouped(rows))

    @classmethod
    async def every_campaign(cls, session: AsyncSession) -> Self:
        """What all campaigns that ATT&CK describes use."""
        (rows,) = await read_rows(session, (_RUN, {"subjects": None}))
        return cls(_grouped(rows))

    @classmethod
    async def every_control(cls, session: AsyncSession) -> Self:
        """What all compliance controls are mapped to."""
        (rows,) = await read_rows(session, (_MAPPED, {"subjects": None}))
        return cls(_grouped(rows))


async def _subjects(session: AsyncSession, query: Any, names: Sequence[str], field: str) -> list[str]:
    asked = {"names": [name.upper() for name in names], "lower": [name.lower() for name in names]}
    (rows,) = await read_rows(session, (query, asked))
    known = {word.upper() for row in rows for word in row}
    for name in names:
        if name.upper() not in known:
            message = f"There is no {field.replace('_', ' ')} {name}."
            raise Invalid(f"unknown_{field}", message, fields=[FieldError(field, message, f"unknown_{field}")])
    return [row[0] for row in rows]


def _grouped(rows: Sequence[tuple[Any, ...]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for subject, technique in rows:
        found[technique].add(subject)
    return found
