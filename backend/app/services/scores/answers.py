"""Scores as they are shown: with breakdown, reasons in words, and the sample behind them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import UNCOUNTED
from app.domain.scores import Figure, Scores, TechniqueScore, reweigh, score_all, without_covered_parents
from app.domain.scoring import COMPONENTS, Weights, explain_components
from app.domain.wording import counted as count_of
from app.errors import NotFound
from app.services.coverage.facts import Facts, read_facts
from app.services.coverage.matrix import read_matrix
from app.services.knowledge.lookup import technique_by_attack_id
from app.services.scores.inputs import inputs_from
from app.services.scores.samples import Samples, read_samples

MOVES = 20
"""So many techniques that would move most are shown of other weights."""


@dataclass(frozen=True, slots=True)
class ScoreQuery:
    """What scores are asked for."""

    domain: str = "enterprise"
    environment_id: UUID | None = None
    platforms: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """All scores with the samples behind them."""

    scores: Scores
    samples: Samples

    def show(self, figure: Figure, technique_ids: Iterable[str]) -> dict[str, Any]:
        """A figure, with the sample of the techniques behind it."""
        told = explain_components(figure.evidence)
        reasons = [f"Mean over {figure.n}: {words}" if figure.n else "Nothing counts." for words in told]
        return {
            "score": figure.score,
            "proven": figure.proven > 0,
            "n": figure.n,
            "n_proven": figure.proven,
            "breakdown": self._breakdown(figure, reasons),
            "sample": self.samples.of(self.scores, technique_ids, figure.evidence),
            "as_of": self.samples.as_of,
        }

    def show_technique(self, technique: TechniqueScore) -> dict[str, Any]:
        """A technique's own score; a parent's is the mean over its units."""
        reasons = list(explain_components(technique.evidence))
        if technique.status in UNCOUNTED:
            words = "out of scope" if technique.status == "out_of_scope" else "on none of our platforms"
            reasons = [f"It is {words}, so it has no score."] * len(COMPONENTS)
        elif not technique.is_leaf:
            reasons = [f"Mean over {count_of(technique.units, 'unit')}: {words}" for words in reasons]
        return {
            "score": technique.score,
            "proven": technique.proven,
            "n": technique.units if technique.score is not None else 0,
            "n_proven": technique.units_proven,
            "breakdown": self._breakdown(technique, reasons),
            "sample": self.samples.of(self.scores, [technique.technique_id], technique.evidence),
            "as_of": self.samples.as_of,
        }

    def _breakdown(self, of: Figure | TechniqueScore, reasons: Sequence[str]) -> list[dict[str, Any]]:
        points = of.points or (None,) * len(COMPONENTS)
        return [
            {"component": name, "value": value, "weight": weight, "points": part, "reason": reason}
            for name, value, weight, part, reason in zip(
                COMPONENTS, of.components, self.scores.inputs.weights.parts, points, reasons, strict=True
            )
        ]


async def _facts(session: AsyncSession, query: ScoreQuery, now: datetime) -> Facts:
    return await read_facts(
        session,
        environment_id=query.environment_id,
        domain=query.domain,
        platforms=query.platforms,
        now=now,
        summed=True,
    )


async def judge_scores(session: AsyncSession, query: ScoreQuery, now: datetime) -> Judged:
    """Judge everything that is asked for. Raises Invalid for an unknown environment."""
    facts = await _facts(session, query, now)
    read = await inputs_from(session, facts, query.domain)
    return Judged(score_all(read.inputs), await read_samples(session, facts, query.domain))


async def organization_scores(session: AsyncSession, query: ScoreQuery, now: datetime) -> dict[str, Any]:
    """The organisation's three figures. Raises Invalid for an unknown environment."""
    judged = await judge_scores(session, query, now)
    scores, three = judged.scores, judged.scores.organization
    counted = [key for key, unit in scores.units.items() if unit.counts]
    tested = [key for key in counted if scores.units[key].proven]
    profile = scores.inputs.profile
    return {
        "domain": query.domain,
        "headline": "in_scope" if profile is None else "profile",
        "profile": three.profile and judged.show(three.profile, _weighing(scores, profile or {})),
        "in_scope": judged.show(three.in_scope, counted),
        "tested": judged.show(three.tested, tested),
        "out_of_scope": three.out_of_scope,
        "as_of": now,
    }


def _weighing(scores: Scores, profile: dict[str, int] | Any) -> list[str]:
    found = without_covered_parents(scores, profile, profile)
    return [key for key, priority in found.items() if priority and scores.techniques[key].score is not None]


async def tactic_scores(session: AsyncSession, query: ScoreQuery, now: datetime) -> list[dict[str, Any]]:
    """Every tactic's score, in matrix order. Raises Invalid for an unknown environment."""
    judged = await judge_scores(session, query, now)
    tactics, places = await read_matrix(session, query.domain)
    return [
        {
            "attack_id": tactic.attack_id,
            "shortname": tactic.shortname,
            "name": tactic.name,
            **judged.show(
                judged.scores.tactics[tactic.shortname],
                # A parent's units are there by themselves.
                [key for key in places[tactic.id] if (unit := judged.scores.units.get(key)) and unit.counts],
            ),
        }
        for tactic in tactics
    ]


async def technique_score(session: AsyncSession, attack_id: str, query: ScoreQuery, now: datetime) -> dict[str, Any]:
    """One technique's score with its units. Raises NotFound, and Invalid for an unknown environment."""
    row = await technique_by_attack_id(session, attack_id)
    judged = await judge_scores(session, ScoreQuery(row.domain, query.environment_id, query.platforms), now)
    scores, identity = judged.scores, str(row.id)
    technique = scores.techniques.get(identity)
    if technique is None:
        raise NotFound("technique_not_scored", "The technique is not in force, so it has no score.")
    units = [] if technique.is_leaf else [key for key in (identity, *scores.children[identity]) if key in scores.units]
    return {
        "attack_id": row.attack_id,
        "name": row.name,
        "status": technique.status,
        "is_leaf": technique.is_leaf,
        **judged.show_technique(technique),
        "units": [
            {
                "attack_id": scores.inputs.techniques[key].attack_id,
                "name": scores.inputs.techniques[key].name,
                "general": key == identity,
                "status": scores.units[key].status,
                "score": scores.units[key].score,
                "proven": scores.units[key].proven,
            }
            for key in units
        ],
    }


async def preview_weights(session: AsyncSession, query: ScoreQuery, weights: Weights, now: datetime) -> dict[str, Any]:
    """What other weights would change. Nothing is stored. Raises Invalid for an unknown environment."""
    facts = await _facts(session, query, now)
    before = score_all((await inputs_from(session, facts, query.domain)).inputs)
    after = reweigh(before, weights)
    tactics, _ = await read_matrix(session, query.domain)
    moves = [
        _move(technique.attack_id, technique.name, before.techniques[key].score, after.techniques[key].score)
        for key, technique in before.inputs.techniques.items()
    ]
    moved = [move for move in moves if move["before"] != move["after"]]
    moved.sort(key=lambda move: (-abs((move["after"] or 0) - (move["before"] or 0)), move["attack_id"]))
    return {
        "domain": query.domain,
        "as_of": now,
        "current": _three(before),
        "preview": _three(after),
        "tactics": [
            _move(t.attack_id, t.name, before.tactics[t.shortname].score, after.tactics[t.shortname].score)
            for t in tactics
        ],
        "techniques": moved[:MOVES],
    }


def _move(attack_id: str, name: str, before: float | None, after: float | None) -> dict[str, Any]:
    return {"attack_id": attack_id, "name": name, "before": before, "after": after}


def _three(scores: Scores) -> dict[str, float | None]:
    three = scores.organization
    profile = three.profile.score if three.profile else None
    return {"profile": profile, "in_scope": three.in_scope.score, "tested": three.tested.score}
