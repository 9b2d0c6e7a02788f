"""Decisions with dates, as they stand at a moment: organisation settings, scope, expectations, platforms."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import get_settings

_SETTINGS = text(
    """
    SELECT DISTINCT ON (key) key, value -> 'value' FROM setting
    WHERE key IN ('expected_outcome', 'result_valid_days', 'actionable_severity')
      AND valid_from <= :moment AND (valid_until IS NULL OR valid_until > :moment)
    ORDER BY key, valid_from DESC
    """
)
_ENVIRONMENTS = text(
    """
    SELECT CAST(e.id AS text),
           (SELECT array_agg(DISTINCT p.platform) FROM environment_platform p
            WHERE p.environment_id = e.id
              AND p.valid_from <= :moment AND (p.valid_until IS NULL OR p.valid_until > :moment))
    FROM environment e
    WHERE CASE WHEN CAST(:environment AS uuid) IS NULL THEN e.is_active ELSE e.id = :environment END
    ORDER BY e.is_default DESC, e.name
    """
)
_OVERLAYS = text(
    """
    SELECT CAST(technique_id AS text), CAST(environment_id AS text),
           (array_agg(in_scope ORDER BY valid_from DESC, id DESC) FILTER (WHERE in_scope IS NOT NULL))[1],
           (array_agg(expected ORDER BY valid_from DESC, id DESC) FILTER (WHERE expected IS NOT NULL))[1]
    FROM technique_overlay
    WHERE valid_from <= :moment AND (valid_until IS NULL OR valid_until > :moment)
      AND (in_scope IS NOT NULL OR expected IS NOT NULL)
    GROUP BY technique_id, environment_id
    """
)
_PARENTS = text("SELECT CAST(id AS text), CAST(parent_id AS text) FROM technique WHERE id = ANY(:techniques)")


@dataclass(frozen=True, slots=True)
class OrganisationRules:
    """Settings of the organisation that decide what a result is worth."""

    expected: str
    """Expectation of a technique for which nobody decided another."""
    valid_days: int
    """Age in days up to which a result is current."""
    actionable_severity: str
    """Alerts below it count as logged."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What was decided about a technique in an environment; None where nothing was."""

    in_scope: bool | None = None
    expected: str | None = None


_SILENT = Overlay()


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decisions in force about techniques. A sub-technique follows its parent where nobody decided on it.

    Ids are text here and wherever statuses are worked out: Python hashes text many times faster than a UUID.
    """

    rules: OrganisationRules
    overlays: Mapping[str, Mapping[str, Overlay]]
    """By environment, then by technique."""

    def in_scope(self, technique_id: str, parent_id: str | None, environment_id: str) -> bool:
        """Whether the technique is in scope in the environment; it is unless somebody decided otherwise."""
        decided = self.overlays.get(environment_id)
        if decided is None:
            return True
        own = decided.get(technique_id, _SILENT).in_scope
        if own is None and parent_id is not None:
            own = decided.get(parent_id, _SILENT).in_scope
        return own is not False

    def expected(self, technique_id: str, parent_id: str | None, environment_id: str) -> str:
        """What is expected of the defence: the technique's decision, else its parent's, else the organisation's."""
        decided = self.overlays.get(environment_id)
        if decided is None:
            return self.rules.expected
        own = decided.get(technique_id, _SILENT).expected
        if own is None and parent_id is not None:
            own = decided.get(parent_id, _SILENT).expected
        return own or self.rules.expected


async def organisation_rules(session: AsyncSession, now: datetime) -> OrganisationRules:
    """The settings in force at a moment; the process's environment gives what nobody has set."""
    rows = await session.execute(_SETTINGS, {"moment": now})
    stored: dict[str, object] = dict(rows.all())
    first = get_settings()
    return OrganisationRules(
        expected=str(stored.get("expected_outcome", first.expected_outcome)),
        valid_days=int(str(stored.get("result_valid_days", first.result_valid_days))),
        actionable_severity=str(stored.get("actionable_severity", first.actionable_severity)),
    )


async def environments_in_force(
    session: AsyncSession, now: datetime, environment_id: UUID | None = None
) -> dict[str, frozenset[str] | None]:
    """Active environments, the default one first, or just the given one, each with its platforms; None: all."""
    rows = await session.execute(_ENVIRONMENTS, {"moment": now, "environment": environment_id})
    return {environment: frozenset(platforms) if platforms else None for environment, platforms in rows}


async def decisions_in_force(session: AsyncSession, now: datetime) -> Decisions:
    """Every decision about techniques at a moment: field by field, the newest one that has not ended."""
    rules = await organisation_rules(session, now)
    rows = await session.execute(_OVERLAYS, {"moment": now})
    overlays: dict[str, dict[str, Overlay]] = defaultdict(dict)
    for technique, environment, scope, expected in rows:
        overlays[environment][technique] = Overlay(scope, expected)
    return Decisions(rules, overlays)


async def expectations(
    session: AsyncSession, subjects: Iterable[tuple[UUID, UUID]], now: datetime
) -> dict[tuple[UUID, UUID], str]:
    """The expectation in force for each (technique, environment)."""
    wanted = set(subjects)
    decisions = await decisions_in_force(session, now)
    rows = await session.execute(_PARENTS, {"techniques": [technique for technique, _ in wanted]})
    parents: dict[str, str | None] = dict(rows.all())
    return {
        (technique, environment): decisions.expected(str(technique), parents.get(str(technique)), str(environment))
        for technique, environment in wanted
    }
