"""The matrix: one cell per technique and tactic, with the value of a layer."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.content import release_key
from app.domain.coverage import Status
from app.errors import FieldError, Invalid
from app.services.coverage.facts import Facts, TechniqueRow, read_facts
from app.services.coverage.freshness import freshness
from app.services.coverage.matrix import read_matrix
from app.services.coverage.status import TechniqueStatus, judge

LAYERS = ("coverage", "tests", "freshness")
SHORT_QUERY = 3
"""Texts shorter than this are looked for at the beginning only."""


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
    tactics, places = await read_matrix(session, query.domain)
    if query.tactics:
        tactics = [tactic for tactic in tactics if {tactic.shortname, tactic.attack_id} & set(query.tactics)]
    judged = judge(facts)
    values = await _values(session, query.layer, facts, judged)
    shown = {technique.id: technique for technique in facts.techniques if _passes(technique, query)}
    placed = {identity for tactic in tactics for identity in places[tactic.id] if identity in shown}
    counts = Counter(status for identity in placed for status in judged[identity].unit_statuses)
    made = _cells(query, facts, shown, judged, values)
    cells = [
        made[technique] | {"tactic": tactic.shortname}
        for tactic in tactics
        for technique in places[tactic.id]
        if technique in made
    ]
    return {
        "domain": query.domain,
        "attack_version": max({t.attack_version for t in facts.techniques}, key=release_key, default=None),
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


async def _values(
    session: AsyncSession, layer: str, facts: Facts, judged: Mapping[str, TechniqueStatus]
) -> dict[str, float | None]:
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
    shown: Mapping[str, TechniqueRow],
    judged: Mapping[str, TechniqueStatus],
    values: Mapping[str, float | None],
) -> dict[str, dict[str, Any]]:
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
    technique: TechniqueRow, status: TechniqueStatus, value: float | None, names: Mapping[str, str]
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
