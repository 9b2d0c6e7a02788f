"""The matrix: one cell per technique and tactic, with the value of a layer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.content import release_key
from app.domain.coverage import Status
from app.errors import FieldError, Invalid
from app.services.coverage.facts import Facts, TechniqueRow, read_facts
from app.services.coverage.freshness import freshness
from app.services.coverage.status import TechniqueStatus, judge

LAYERS = ("coverage", "tests", "freshness")
SHORT_QUERY = 3
"""Texts shorter than this are looked for at the beginning only."""

_TACTICS = text(
    """
    SELECT id, attack_id, shortname, name FROM tactic
    WHERE domain = :domain AND is_active AND position IS NOT NULL ORDER BY position, shortname
    """
)
_PLACES = text(
    """
    SELECT p.tactic_id, p.technique_id FROM technique_tactic p
    JOIN technique t ON t.id = p.technique_id
    WHERE t.domain = :domain AND t.is_active AND NOT t.unresolved
    ORDER BY t.attack_id
    """
)


@dataclass(frozen=True, slots=True)
class HeatmapQuery:
    """What the matrix is asked for. Empty filters let everything through; several values of one mean any of them."""

    layer: str = "coverage"
    domain: str = "enterprise"
    environment_id: UUID | None = None
    platforms: tuple[str, ...] = ()
    tactics: tuple[str, ...] = ()
    """Short names or ATT&CK ids."""
    statuses: frozenset[Status] = frozenset()
    minimum: float | None = None
    maximum: float | None = None
    q: str = ""
    review_required: bool | None = None


async def build_heatmap(session: AsyncSession, query: HeatmapQuery, now: datetime) -> dict[str, Any]:
    """The matrix as JSON-ready values, cells in the order of tactics and ids.

    `counts` are of units of measure under all filters but status and value, so that a legend can offer the others.
    Raises Invalid for a layer that does not exist yet.
    """
    if query.layer not in LAYERS:
        message = f"The layers are {', '.join(LAYERS)}."
        raise Invalid("unknown_layer", message, fields=[FieldError("layer", message, "unknown_layer")])
    facts = await read_facts(
        session,
        environment_id=query.environment_id,
        domain=query.domain,
        platforms=query.platforms,
        now=now,
    )
    tactics, places = await _matrix(session, query)
    judged = judge(facts)
    values = await _values(session, query.layer, facts, judged)
    shown = {technique.id: technique for technique in facts.techniques if _passes(technique, query)}
    placed = {identity for techniques in places.values() for identity in techniques if identity in shown}
    counts = Counter(status for identity in placed for status in judged[identity].unit_statuses)
    made = _cells(query, facts, shown, judged, values)
    cells = [
        {**made[technique], "tactic": tactic.shortname}
        for tactic in tactics
        for technique in places[tactic.id]
        if technique in made
    ]
    return {
        "domain": query.domain,
        "attack_version": max((t.attack_version for t in facts.techniques), key=release_key, default=None),
        "layer": query.layer,
        "as_of": now,
        "tactics": [{"attack_id": t.attack_id, "shortname": t.shortname, "name": t.name} for t in tactics],
        "cells": cells,
        "counts": {status.value: counts[status] for status in Status},
        "totals": {
            "techniques": len({cell["attack_id"] for cell in cells}),
            "cells": len(cells),
            "leaves": sum(judged[identity].is_leaf for identity in placed),
            "units": counts.total(),
        },
    }


@dataclass(frozen=True, slots=True)
class _Tactic:
    id: UUID
    attack_id: str
    shortname: str
    name: str


async def _matrix(session: AsyncSession, query: HeatmapQuery) -> tuple[list[_Tactic], dict[UUID, list[UUID]]]:
    """The columns asked for, and the techniques of each."""
    rows = await session.execute(_TACTICS, {"domain": query.domain})
    columns = [_Tactic(*row) for row in rows]
    wanted = set(query.tactics)
    if wanted:
        columns = [column for column in columns if wanted & {column.shortname, column.attack_id}]
    places: dict[UUID, list[UUID]] = {column.id: [] for column in columns}
    for tactic, technique in await session.execute(_PLACES, {"domain": query.domain}):
        if tactic in places:
            places[tactic].append(technique)
    return columns, places


async def _values(
    session: AsyncSession, layer: str, facts: Facts, judged: Mapping[UUID, TechniqueStatus]
) -> dict[UUID, float | None]:
    if layer == "freshness":
        return await freshness(session, facts, judged)
    if layer == "tests":
        return {identity: status.tests for identity, status in judged.items()}
    return {identity: status.value for identity, status in judged.items()}


def _passes(technique: TechniqueRow, query: HeatmapQuery) -> bool:
    """Whether a technique belongs to the asked part of the matrix, however it stands."""
    runs_on = technique.platforms - {"None"}
    if query.platforms and runs_on and runs_on.isdisjoint(query.platforms):
        return False
    if query.review_required is not None and technique.review_required != query.review_required:
        return False
    words = query.q.casefold()
    if not words:
        return True
    texts = (technique.attack_id.casefold(), technique.name.casefold())
    return any(text.startswith(words) if len(words) < SHORT_QUERY else words in text for text in texts)


def _cells(
    query: HeatmapQuery,
    facts: Facts,
    shown: Mapping[UUID, TechniqueRow],
    judged: Mapping[UUID, TechniqueStatus],
    values: Mapping[UUID, float | None],
) -> dict[UUID, dict[str, Any]]:
    """The cell of each technique that passes all filters, its tactic left open."""
    names = {technique.id: technique.attack_id for technique in facts.techniques}
    made = {}
    for identity, technique in shown.items():
        status, value = judged[identity], values[identity]
        if (not query.statuses or status.status in query.statuses) and _in_range(value, query):
            made[identity] = _cell(technique, status, value, names)
    return made


def _in_range(value: float | None, query: HeatmapQuery) -> bool:
    if query.minimum is None and query.maximum is None:
        return True
    if value is None:
        return False
    return (query.minimum is None or value >= query.minimum) and (query.maximum is None or value <= query.maximum)


def _cell(
    technique: TechniqueRow, status: TechniqueStatus, value: float | None, names: Mapping[UUID, str]
) -> dict[str, Any]:
    return {
        "id": technique.id,
        "attack_id": technique.attack_id,
        "tactic": "",
        "parent": names.get(technique.parent_id) if technique.parent_id else None,
        "name": technique.name,
        "value": value,
        "status": status.status.value,
        "proven": status.proven,
        "open_tests": status.open_tests,
        "review_required": technique.review_required,
        "tests": status.tests,
        "units": status.units,
        "units_validated": status.units_validated,
        "inconclusive": status.inconclusive,
        "expired": status.tally.expired,
        "last_executed_at": status.last_executed_at,
    }
