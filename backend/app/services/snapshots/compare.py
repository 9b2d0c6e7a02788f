"""Two snapshots held against each other, or one against now."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.comparison import FIGURES, Comparison, Moment, compare
from app.domain.score_inputs import ScoreInputs, in_environment, load_inputs
from app.domain.scoring import FORMULA
from app.errors import FieldError, Invalid, NotFound
from app.models.snapshots import CoverageSnapshot
from app.services.coverage.matrix import read_matrix
from app.services.reading import read_rows
from app.services.scores import read_whole_inputs
from app.services.snapshots.queries import get_snapshot, newest_until

NOW: Final = "now"
_LINEAGE: Final = """
SELECT CAST(t.id AS text), CAST((array_agg(DISTINCT a.technique_id))[1] AS text)
FROM technique t
JOIN technique_alias a ON a.scheme = 'attack' AND a.external_id = t.attack_id AND a.technique_id <> t.id
WHERE t.domain = %(domain)s AND a.kind IN ('same', 'revoked_by', 'merge')
GROUP BY t.id HAVING count(DISTINCT a.technique_id) = 1
"""
_ANNULLED: Final = """
SELECT CAST(id AS text) FROM security_test WHERE annulled_at > %(since)s AND annulled_at <= %(until)s
"""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two moments."""

    snapshot: CoverageSnapshot | None
    """None: now."""
    as_of: datetime
    attack_version: str | None
    formula: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison and what was compared."""

    domain: str
    base: Side
    head: Side
    tactics: Mapping[str, tuple[str | None, str]]
    """ATT&CK id and name by short name; of tactics that are gone as far as the snapshots tell them."""
    comparison: Comparison
    environment_id: UUID | None = None
    """None: all active environments together, as they were at each moment."""


async def compare_moments(
    session: AsyncSession, *, base: str, head: str, domain: str, now: datetime, environment_id: UUID | None = None
) -> Compared:
    """Compare two moments, each given by the id of a snapshot, an ISO date or time (the newest snapshot not after it),
    or `now`. `domain` decides for dates and for now, unless the other side is a snapshot given by id.

    Raises Invalid for a moment that cannot be read, for snapshots of two domains and for an environment that neither
    moment knows; NotFound.
    """
    named = [await _by_id(session, text) for text in (base, head)]
    domains = {snapshot.domain for snapshot in named if snapshot is not None}
    if len(domains) > 1:
        raise Invalid("different_domains", "Snapshots of two domains cannot be compared.")
    domain = next(iter(domains), domain)
    sides, inputs = [], []
    for field, text, known in zip(("base", "head"), (base, head), named, strict=True):
        snapshot = known or await _by_date(session, field, text, domain)
        found = await _inputs(session, snapshot, domain, now)
        inputs.append(found if environment_id is None else in_environment(found, str(environment_id)))
        formula = FORMULA if snapshot is None else snapshot.formula
        sides.append(Side(snapshot, found.as_of, found.attack_version, formula))
    if environment_id is not None and not any(found.environments for found in inputs):
        message = "There is no such environment in what is compared."
        raise Invalid(
            "unknown_environment", message, fields=[FieldError("environment", message, "unknown_environment")]
        )
    # What was told of a snapshot is told of all environments.
    told = [None if environment_id is not None else _told(side) for side in sides]
    lineage, annulled = await read_rows(
        session,
        (_LINEAGE, {"domain": domain}),
        (_ANNULLED, {"since": inputs[0].as_of, "until": inputs[1].as_of}),
    )
    # Twelve times all scores: long enough to keep others waiting, were it done here.
    comparison = await asyncio.to_thread(
        compare,
        Moment(inputs[0], told[0]),
        Moment(inputs[1], told[1]),
        lineage=_reaching(dict(lineage), inputs[0], inputs[1]),
        annulled=frozenset(test for (test,) in annulled),
    )
    return Compared(domain, sides[0], sides[1], await _tactics(session, domain, sides), comparison, environment_id)


async def _by_id(session: AsyncSession, text: str) -> CoverageSnapshot | None:
    try:
        identity = UUID(text)
    except ValueError:
        return None
    return (await get_snapshot(session, identity))[0]


async def _by_date(session: AsyncSession, field: str, text: str, domain: str) -> CoverageSnapshot | None:
    if text == NOW:
        return None
    before = _end_of(field, text)
    found = await newest_until(session, domain, before)
    if found is None:
        raise NotFound("snapshot_not_found", f"There is no snapshot as old as {text}.")
    return found


def _end_of(field: str, text: str) -> datetime:
    """The first moment after a day, or after a time. Raises Invalid."""
    message = "Give the id of a snapshot, an ISO date, an ISO time with its offset, or `now`."
    fault = Invalid("invalid_moment", message, fields=[FieldError(field, message, "invalid_moment")])
    try:
        if len(text) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(text), time(), UTC) + timedelta(days=1)
        moment = datetime.fromisoformat(text)
        known = moment.astimezone(UTC) + timedelta(microseconds=1)
    except (ValueError, OverflowError) as error:
        raise fault from error
    if moment.tzinfo is None:
        raise fault
    return known


async def _inputs(session: AsyncSession, snapshot: CoverageSnapshot | None, domain: str, now: datetime) -> ScoreInputs:
    if snapshot is None:
        return await read_whole_inputs(session, domain=domain, now=now)
    stored = await session.scalar(select(CoverageSnapshot.inputs).where(CoverageSnapshot.id == snapshot.id))
    return load_inputs(stored or {})


def _told(side: Side) -> dict[str, float | None] | None:
    """The scores that a snapshot of other formulas told; None where today's formulas gave them."""
    if side.snapshot is None or side.formula == FORMULA:
        return None
    figures: dict[str, dict[str, Any] | None] = side.snapshot.figures["organization"]
    return {name: figure["score"] if (figure := figures[name]) else None for name in FIGURES}


def _reaching(steps: Mapping[str, str], base: ScoreInputs, head: ScoreInputs) -> dict[str, str]:
    """Where techniques that the head does not know live on in it, through as many releases as it takes."""
    found = {}
    for gone in base.techniques:
        seen, end = {gone}, gone
        while end not in head.techniques and end in steps and steps[end] not in seen:
            end = steps[end]
            seen.add(end)
        if end != gone and end in head.techniques:
            found[gone] = end
    return found


async def _tactics(session: AsyncSession, domain: str, sides: list[Side]) -> dict[str, tuple[str | None, str]]:
    names: dict[str, tuple[str | None, str]] = {}
    for side in sides:
        for told in side.snapshot.figures["tactics"] if side.snapshot else ():
            names[told["shortname"]] = told["attack_id"], told["name"]
    tactics, _ = await read_matrix(session, domain)
    return {**{t.shortname: (t.attack_id, t.name) for t in tactics}, **names}
