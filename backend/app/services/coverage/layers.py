"""The values of the matrix's layers."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import UNCOUNTED
from app.domain.ladder import Rung, height_of, rungs_of
from app.domain.scores import score_all
from app.domain.scoring import COMPONENTS
from app.services.coverage.facts import Facts
from app.services.coverage.freshness import freshness
from app.services.coverage.selection import Selection
from app.services.coverage.status import TechniqueStatus
from app.services.reading import read_rows
from app.services.scores.inputs import inputs_from

Details = Mapping[str, Mapping[str, float | None]]
NO_DETAIL: Final[Mapping[str, float | None]] = {}

_DEFENCES: Final = """
SELECT CAST(technique_id AS text), CAST(environment_id AS text), rules_active, rules_deployed, rules_evaluated,
       rules_fired, countermeasures_mapped, countermeasures_implemented, countermeasures_planned
FROM technique_stats WHERE rules_active > 0 OR countermeasures_mapped > 0
"""
# A silent block stopped the attack and told nobody.
_SIGHTINGS: Final = """
SELECT CAST(technique_id AS text), CAST(environment_id AS text),
       bool_or(detection <> 'not_detected'),
       bool_or(detection = 'detected' OR detection = 'prevented' AND NOT silent_block)
FROM current_result
WHERE executed_at >= %(cutoff)s AND (cardinality(CAST(%(platforms)s AS text[])) = 0 OR platform = ANY(%(platforms)s))
GROUP BY technique_id, environment_id
"""
SUMMED_LAYERS: Final = frozenset({"score", "freshness", "ladder"})
"""Layers that need the sums of the results."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer over all techniques of a domain."""

    values: Mapping[str, float | None]
    details: Details = field(default_factory=dict)
    """What the value is made of, where that is more than one number."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What every layer is painted on."""

    facts: Facts
    judged: Mapping[str, TechniqueStatus]
    domain: str
    chosen: Mapping[str, Selection]
    """Techniques of the actors, campaigns and compliance controls asked for, by the layer that counts them."""

    def families(self) -> dict[str, list[str]]:
        """Every technique's units of measure by id: itself, and a parent's sub-techniques."""
        known = {technique.id for technique in self.facts.techniques}
        found = {technique.id: [technique.id] for technique in self.facts.techniques}
        for technique in self.facts.techniques:
            if technique.parent_id is not None and technique.parent_id in known:
                found[technique.parent_id].append(technique.id)
        return found


Painter = Callable[[AsyncSession, Scene], Awaitable[Layer]]


async def _coverage(_session: AsyncSession, scene: Scene) -> Layer:
    return Layer({identity: status.value for identity, status in scene.judged.items()})


async def _tests(_session: AsyncSession, scene: Scene) -> Layer:
    return Layer({identity: status.tests for identity, status in scene.judged.items()})


async def _freshness(_session: AsyncSession, scene: Scene) -> Layer:
    return Layer(freshness(scene.facts, scene.judged))


async def _score(session: AsyncSession, scene: Scene) -> Layer:
    scores = score_all((await inputs_from(session, scene.facts, scene.domain)).inputs)
    return Layer(
        {identity: scores.techniques[identity].score for identity in scene.judged},
        {
            identity: dict(zip(COMPONENTS, technique.components, strict=True))
            for identity, technique in scores.techniques.items()
        },
    )


async def _defences(session: AsyncSession, scene: Scene) -> dict[str, list[int]]:
    """By technique the counts of rules and countermeasures, in the order of the query."""
    (rows,) = await read_rows(session, (_DEFENCES, {}))
    found: dict[str, list[int]] = defaultdict(lambda: [0] * 7)
    for technique, environment, *counts in rows:
        if environment not in scene.facts.environments:
            continue
        held = found[scene.facts.successors.get(technique, technique)]
        for index, count in enumerate(counts):
            # Evaluations belong to an environment, everything else is the same in each.
            held[index] = held[index] + count if index in {2, 3} else max(held[index], count)
    return found


async def _rules(session: AsyncSession, scene: Scene) -> Layer:
    counts = await _defences(session, scene)
    summed = {
        identity: [sum(counts[unit][index] for unit in units if unit in counts) for index in range(4)]
        for identity, units in scene.families().items()
    }
    names = ("active", "deployed", "evaluated", "fired")
    return Layer(
        {identity: numbers[0] for identity, numbers in summed.items()},
        {identity: dict(zip(names, numbers, strict=True)) for identity, numbers in summed.items()},
    )


async def _countermeasures(session: AsyncSession, scene: Scene) -> Layer:
    counts = await _defences(session, scene)
    summed = {
        identity: [sum(counts[unit][index] for unit in units if unit in counts) for index in (4, 5, 6)]
        for identity, units in scene.families().items()
    }
    names = ("mapped", "implemented", "planned")
    return Layer(
        {identity: 100 * found / mapped if mapped else None for identity, (mapped, found, _) in summed.items()},
        {identity: dict(zip(names, numbers, strict=True)) for identity, numbers in summed.items()},
    )


async def ladder(session: AsyncSession, scene: Scene) -> Layer:
    """The highest rung of each unit, a parent's mean; in detail how many units have reached each rung."""
    facts = scene.facts
    asked = {
        "cutoff": facts.now - timedelta(days=facts.decisions.rules.valid_days),
        "platforms": sorted(facts.platforms),
    }
    (rows,) = await read_rows(session, (_SIGHTINGS, asked))
    telemetry: set[str] = set()
    alerts: set[str] = set()
    for technique, environment, seen, alerted in rows:
        if environment in facts.environments:
            telemetry |= {facts.successors.get(technique, technique)} if seen else set()
            alerts |= {facts.successors.get(technique, technique)} if alerted else set()
    counts = await _defences(session, scene)
    fresh = freshness(facts, scene.judged)
    reached: dict[str, dict[Rung, bool]] = {}
    for identity, judged in scene.judged.items():
        for status in judged.unit_statuses:
            if status not in UNCOUNTED:
                active, deployed = counts[identity][:2] if identity in counts else (0, 0)
                reached[identity] = rungs_of(
                    active=active,
                    deployed=deployed,
                    telemetry=identity in telemetry,
                    alert=identity in alerts,
                    status=status,
                    freshness=fresh[identity],
                )
    values: dict[str, float | None] = {}
    details: dict[str, dict[str, float | None]] = {}
    for identity, units in scene.families().items():
        known = [reached[unit] for unit in units if unit in reached]
        heights = [height_of(unit) for unit in known]
        values[identity] = sum(heights) / len(heights) if heights else None
        details[identity] = {rung.value: sum(unit[rung] for unit in known) for rung in Rung}
    return Layer(values, details)


async def _actors(session: AsyncSession, scene: Scene) -> Layer:
    return _named_by(scene.chosen.get("actor") or await Selection.every_actor(session), scene)


async def _campaigns(session: AsyncSession, scene: Scene) -> Layer:
    return _named_by(scene.chosen.get("campaign") or await Selection.every_campaign(session), scene)


async def _controls(session: AsyncSession, scene: Scene) -> Layer:
    return _named_by(scene.chosen.get("control") or await Selection.every_control(session), scene)


def _named_by(chosen: Selection, scene: Scene) -> Layer:
    """How many of those chosen name a technique, or one of its sub-techniques."""
    values: dict[str, float | None] = {}
    for identity, units in scene.families().items():
        values[identity] = len({who for unit in units for who in chosen.by_technique.get(unit, ())}) or None
    return Layer(values)


LAYERS: Final[Mapping[str, Painter]] = {
    "coverage": _coverage,
    "score": _score,
    "tests": _tests,
    "detection_rules": _rules,
    "d3fend": _countermeasures,
    "freshness": _freshness,
    "actor": _actors,
    "campaign": _campaigns,
    "control": _controls,
    "ladder": ladder,
}
