"""Decisions with dates, as they stand at a moment: organisation settings, scope, expectations, platforms."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from app.config import Settings
from app.services.reading import Query, read_rows

_SETTINGS: Final = """
SELECT DISTINCT ON (key) key, value -> 'value' FROM setting
WHERE key IN ('expected_outcome', 'result_valid_days', 'actionable_severity')
  AND valid_from <= %(moment)s AND (valid_until IS NULL OR valid_until > %(moment)s)
ORDER BY key, valid_from DESC
"""
_ENVIRONMENTS: Final = """
SELECT CAST(e.id AS text),
       (SELECT array_agg(DISTINCT p.platform) FROM environment_platform p
        WHERE p.environment_id = e.id
          AND p.valid_from <= %(moment)s AND (p.valid_until IS NULL OR p.valid_until > %(moment)s))
FROM environment e
WHERE CASE WHEN CAST(%(environment)s AS uuid) IS NULL THEN e.is_active ELSE e.id = %(environment)s END
ORDER BY e.is_default DESC, e.name
"""
_OVERLAYS: Final = """
SELECT CAST(technique_id AS text), CAST(environment_id AS text),
       (array_agg(in_scope ORDER BY valid_from DESC, id DESC) FILTER (WHERE in_scope IS NOT NULL))[1],
       (array_agg(expected ORDER BY valid_from DESC, id DESC) FILTER (WHERE expected IS NOT NULL))[1]
FROM technique_overlay
WHERE valid_from <= %(moment)s AND (valid_until IS NULL OR valid_until > %(moment)s)
  AND (in_scope IS NOT NULL OR expected IS NOT NULL)
GROUP BY technique_id, environment_id
"""
_PARENTS: Final = "SELECT CAST(id AS text), CAST(parent_id AS text) FROM technique WHERE id = ANY(%(techniques)s)"


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


RULE_SETTINGS: Final = ("expected_outcome", "result_valid_days", "actionable_severity")
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


def first_rules(session: AsyncSession | Session) -> OrganisationRules:
    """What holds until somebody sets something else: the settings of the application whose session this is."""
    settings = session.info.get("settings")
    if isinstance(settings, Settings):
        return OrganisationRules(settings.expected_outcome, settings.result_valid_days, settings.actionable_severity)
    known = Settings.model_fields
    return OrganisationRules(*(known[name].default for name in RULE_SETTINGS))


def _rules(session: AsyncSession | Session, rows: Iterable[tuple[Any, ...]]) -> OrganisationRules:
    first, stored = first_rules(session), dict(rows)
    return OrganisationRules(
        expected=str(stored.get("expected_outcome", first.expected)),
        valid_days=int(str(stored.get("result_valid_days", first.valid_days))),
        actionable_severity=str(stored.get("actionable_severity", first.actionable_severity)),
    )


async def organisation_rules(session: AsyncSession, now: datetime) -> OrganisationRules:
    """The settings in force at a moment; the application's environment gives what nobody has set."""
    (rows,) = await read_rows(session, (_SETTINGS, {"moment": now}))
    return _rules(session, rows)


def rules_now(session: Session, now: datetime) -> OrganisationRules:
    """The same for what is done at a commit."""
    return _rules(session, session.connection().exec_driver_sql(_SETTINGS, {"moment": now}).all())


async def in_force(
    session: AsyncSession, now: datetime, environment_id: UUID | None, *others: Query
) -> tuple[dict[str, frozenset[str] | None], Decisions, list[list[tuple[Any, ...]]]]:
    """Environments, decisions, and the rows of other queries, all in one round trip.

    Environments: the active ones, the default one first, or just the given one, each with its platforms; None: all.
    """
    moment = {"moment": now}
    places, settings, overlays, *rest = await read_rows(
        session,
        (_ENVIRONMENTS, {**moment, "environment": environment_id}),
        (_SETTINGS, moment),
        (_OVERLAYS, moment),
        *others,
    )
    environments = {name: frozenset(platforms) if platforms else None for name, platforms in places}
    return environments, Decisions(_rules(session, settings), _by_environment(overlays)), rest


def _by_environment(rows: Iterable[tuple[Any, ...]]) -> dict[str, dict[str, Overlay]]:
    overlays: dict[str, dict[str, Overlay]] = defaultdict(dict)
    for technique, environment, scope, expected in rows:
        overlays[environment][technique] = Overlay(scope, expected)
    return overlays


async def expectations(
    session: AsyncSession, subjects: Iterable[tuple[UUID, UUID]], now: datetime
) -> dict[tuple[UUID, UUID], str]:
    """The expectation in force for each (technique, environment)."""
    wanted = set(subjects)
    asked = {"techniques": [technique for technique, _ in wanted]}
    _, decisions, (rows,) = await in_force(session, now, None, (_PARENTS, asked))
    parents: dict[str, str | None] = dict(rows)
    return {
        (technique, environment): decisions.expected(str(technique), parents.get(str(technique)), str(environment))
        for technique, environment in wanted
    }
