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
from app.services.coverage.layers import LAYERS, NO_DETAIL, SUMMED_LAYERS, Layer, Scene
from app.services.coverage.matrix import read_matrix
from app.services.coverage.selection import Selection
from app.services.coverage.status import TechniqueStatus, judge

SHORT_QUERY = 3
"""Texts shorter than this are looked for at the beginning only."""


@dataclass(frozen=True, slots=True)
class HeatmapQuery:
    """What the matrix is asked for. Empty filters let everything through; several values of one mean any of them."""

    layer: str = "coverage"
    compare: str | None = None
    """A second layer, whose value stands in the same cells."""
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
    actors: tuple[str, ...] = ()
    """Ids or ATT&CK ids: only what one of them uses. On the layer `actor` they say who is counted instead."""
    campaigns: tuple[str, ...] = ()
    """Ids, ATT&CK ids or keys of plans: only what one of them uses. On the layer `campaign` likewise."""
    controls: tuple[str, ...] = ()
    """Ids of compliance controls: only what one of them is mapped to. On the layer `control` likewise."""

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers asked for."""
        return (self.layer,) if self.compare is None else (self.layer, self.compare)


async def build_heatmap(session: AsyncSession, query: HeatmapQuery, now: datetime) -> dict[str, Any]:
    """The matrix as JSON-ready values, cells in the order of tactics and ids.

    `counts` are of units of measure under all filters but status and value, so that a legend can offer the others.
    Raises Invalid for an unknown layer, environment, actor, campaign or compliance control.
    """
    for name, asked in (("layer", query.layer), ("compare", query.compare)):
        if asked is not None and asked not in LAYERS:
            message = f"The layers are {', '.join(LAYERS)}."
            raise Invalid("unknown_layer", message, fields=[FieldError(name, message, "unknown_layer")])
    facts = await read_facts(
        session,
        environment_id=query.environment_id,
        domain=query.domain,
        platforms=query.platforms,
        now=now,
        summed=not SUMMED_LAYERS.isdisjoint(query.layers),
    )
    tactics, places = await read_matrix(session, query.domain)
    if query.tactics:
        tactics = [tactic for tactic in tactics if {tactic.shortname, tactic.attack_id} & set(query.tactics)]
    judged = judge(facts)
    chosen = await _chosen(session, query)
    scene = Scene(facts, judged, query.domain, chosen)
    layer = await LAYERS[query.layer](session, scene)
    second = await LAYERS[query.compare](session, scene) if query.compare is not None else None
    shown = {technique.id: technique for technique in facts.techniques if _passes(technique, query)}
    for name, selection in chosen.items():
        if name not in query.layers:
            shown = {key: technique for key, technique in shown.items() if key in selection.by_technique}
    placed = {identity for tactic in tactics for identity in places[tactic.id] if identity in shown}
    counts = Counter(status for identity in placed for status in judged[identity].unit_statuses)
    made = _cells(query, facts, shown, judged, layer=layer, second=second)
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
        "compare": query.compare,
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


async def _chosen(session: AsyncSession, query: HeatmapQuery) -> dict[str, Selection]:
    """What is asked for by name, under the layer that counts it."""
    chosen = {}
    if query.actors:
        chosen["actor"] = await Selection.of_actors(session, query.actors)
    if query.campaigns:
        chosen["campaign"] = await Selection.of_campaigns(session, query.campaigns)
    if query.controls:
        chosen["control"] = await Selection.of_controls(session, query.controls)
    return chosen


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
    *,
    layer: Layer,
    second: Layer | None,
) -> dict[str, dict[str, Any]]:
    """The cell of each technique that passes all filters, its tactic left open."""
    names = {technique.id: technique.attack_id for technique in facts.techniques}
    made = {}
    for identity, technique in shown.items():
        status, value = judged[identity], layer.values[identity]
        if (not query.statuses or status.status in query.statuses) and _in_range(value, query):
            cell = made[identity] = _cell(technique, status, value, names)
            if layer.details:
                cell["detail"] = layer.details.get(identity, NO_DETAIL)
            if second is not None:
                cell["compare"] = second.values[identity]
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
        "compare": None,
        "detail": NO_DETAIL,
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
