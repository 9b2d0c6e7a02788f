"""Two moments held against each other: what improved, got worse, is new or gone, and why the score moved.

Pure functions over frozen inputs. Source: docs/REPORTS.md, "Comparing".
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from app.domain.attribution import Attribution, Cause, attribute, walk
from app.domain.coverage import Status, roll_up, worth_of
from app.domain.score_inputs import ScoreInputs
from app.domain.scores import Figure, Organization, Scores, TechniqueScore, score_all

MOVE: Final = 1.0
"""Points from which on a change of score alone counts as one; less is the passing of days."""
FIGURES: Final = ("profile", "in_scope", "tested")


class Change(StrEnum):
    """How a technique stands against before."""

    IMPROVED = "improved"
    WORSENED = "worsened"
    NEW = "new"
    GONE = "gone"
    UNCHANGED = "unchanged"


class Standing(NamedTuple):
    """A technique at one of the moments."""

    status: Status
    score: float | None
    proven: bool
    current: int
    """Current results behind it."""


@dataclass(frozen=True, slots=True)
class TechniqueChange:
    """A technique at both moments, found through its lineage."""

    technique_id: str
    attack_id: str
    name: str
    parent: str | None
    tactics: tuple[str, ...]
    was: tuple[str, ...]
    """Its ids before, where they differ; several when they were merged."""
    was_named: tuple[str, ...]
    """Its names before, where they differ."""
    change: Change
    base: Standing | None
    head: Standing | None
    score: Attribution


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure at both moments. None: the moment has no such figure."""

    base: Figure | None
    head: Figure | None
    score: Attribution


@dataclass(frozen=True, slots=True)
class TacticChange:
    """One tactic at both moments, and its techniques by how they changed."""

    shortname: str
    figure: FigureChange
    changes: Mapping[Change, int]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that two moments differ in."""

    figures: Mapping[str, FigureChange]
    """The organisation's three, by the names of FIGURES."""
    statuses: tuple[Mapping[Status, int], Mapping[Status, int]]
    """Units of measure by status, at both moments."""
    changes: Mapping[Change, int]
    tactics: Sequence[TacticChange]
    techniques: Sequence[TechniqueChange]


@dataclass(frozen=True, slots=True)
class Moment:
    """The inputs of a moment and, for a snapshot of older formulas, the scores that were told then."""

    inputs: ScoreInputs
    told: Mapping[str, float | None] | None = None


def compare(base: Moment, head: Moment, *, lineage: Mapping[str, str], annulled: Collection[str]) -> Comparison:
    """Hold two moments of one domain against each other. `lineage` and `annulled` are those of `walk`."""
    chain = [score_all(base.inputs)]
    causes: list[Cause] = []
    last = base.inputs
    for cause, inputs in walk(base.inputs, head.inputs, lineage=lineage, annulled=annulled):
        chain.append(chain[-1] if inputs == last else score_all(inputs))
        causes.append(cause)
        last = inputs
    ends = {**lineage, **head.inputs.successors}
    ancestors: dict[str, list[str]] = defaultdict(list)
    for identity in base.inputs.techniques:
        known = identity in head.inputs.techniques
        ancestors[identity if known else ends.get(identity, identity)].append(identity)
    techniques = [
        _technique(identity, ancestors.get(identity, ()), chain, causes) for identity in head.inputs.techniques
    ]
    gone = [identity for identity in ancestors if identity not in head.inputs.techniques]
    techniques += [_gone(identity, chain[0]) for identity in gone]
    return Comparison(
        figures={name: _figure(name, chain, causes, base.told, head.told) for name in FIGURES},
        statuses=(_statuses(chain[0]), _statuses(chain[-1])),
        changes=_count(techniques),
        tactics=_tactics(chain, causes, techniques),
        techniques=techniques,
    )


def _technique(
    identity: str, before: Sequence[str], chain: Sequence[Scores], causes: Sequence[Cause]
) -> TechniqueChange:
    after = chain[-1].inputs
    technique = after.techniques[identity]
    parent = after.techniques.get(technique.parent_id or "")
    base = _merged([chain[0].techniques[ancestor] for ancestor in before])
    head = _standing(chain[-1].techniques[identity])
    steps = [
        (cause, found.score if (found := scores.techniques.get(identity)) else None)
        for cause, scores in zip(causes, chain[1:], strict=True)
    ]
    former = [chain[0].inputs.techniques[ancestor] for ancestor in before]
    ids = [ancestor.attack_id for ancestor in former]
    return TechniqueChange(
        technique_id=identity,
        attack_id=technique.attack_id,
        name=technique.name,
        parent=parent.attack_id if parent else None,
        tactics=_tactics_of(identity, after),
        was=tuple(ids) if ids and ids != [technique.attack_id] else (),
        was_named=tuple(ancestor.name for ancestor in former if ancestor.name != technique.name),
        change=_change(base, head),
        base=base,
        head=head,
        score=attribute(base.score if base else None, steps),
    )


def _gone(identity: str, before: Scores) -> TechniqueChange:
    technique = before.inputs.techniques[identity]
    base = _standing(before.techniques[identity])
    parent = before.inputs.techniques.get(technique.parent_id or "")
    return TechniqueChange(
        technique_id=identity,
        attack_id=technique.attack_id,
        name=technique.name,
        parent=parent.attack_id if parent else None,
        tactics=_tactics_of(identity, before.inputs),
        was=(),
        was_named=(),
        change=Change.GONE,
        base=base,
        head=None,
        score=Attribution(base.score, None, None, None, ()),
    )


def _tactics_of(identity: str, inputs: ScoreInputs) -> tuple[str, ...]:
    return tuple(name for name, members in inputs.tactics.items() if identity in members)


def _standing(score: TechniqueScore) -> Standing:
    return Standing(score.status, score.score, score.proven, score.evidence.current)


def _merged(ancestors: Sequence[TechniqueScore]) -> Standing | None:
    """What the techniques that became one were together: their roll-up, and the mean of their scores."""
    if not ancestors:
        return None
    if len(ancestors) == 1:
        return _standing(ancestors[0])
    scores = [ancestor.score for ancestor in ancestors if ancestor.score is not None]
    return Standing(
        roll_up([ancestor.status for ancestor in ancestors]).status,
        math.fsum(scores) / len(scores) if scores else None,
        any(ancestor.proven for ancestor in ancestors),
        sum(ancestor.evidence.current for ancestor in ancestors),
    )


def _change(base: Standing | None, head: Standing) -> Change:
    """By the status first; where that is worth the same, by the score."""
    if base is None:
        return Change.NEW
    moved = (worth_of(head.status) or 0.0) - (worth_of(base.status) or 0.0)
    if not moved and base.score is not None and head.score is not None:
        moved = head.score - base.score if abs(head.score - base.score) >= MOVE else 0.0
    if not moved:
        return Change.UNCHANGED
    return Change.IMPROVED if moved > 0 else Change.WORSENED


def _count(techniques: Sequence[TechniqueChange]) -> dict[Change, int]:
    counts = Counter(technique.change for technique in techniques)
    return {change: counts[change] for change in Change}


def _statuses(scores: Scores) -> dict[Status, int]:
    counts = Counter(unit.status for unit in scores.units.values())
    return {status: counts[status] for status in Status}


def _organization(name: str, organization: Organization) -> Figure | None:
    figure: Figure | None = getattr(organization, name)
    return figure


def _figure(
    name: str,
    chain: Sequence[Scores],
    causes: Sequence[Cause],
    told_base: Mapping[str, float | None] | None,
    told_head: Mapping[str, float | None] | None,
) -> FigureChange:
    figures = [_organization(name, scores.organization) for scores in chain]
    values = [figure.score if figure else None for figure in figures]
    start, steps = values[0], list(zip(causes, values[1:], strict=True))
    if told_base is not None and start is not None:
        steps.insert(0, (Cause.FORMULA, start))
        start = told_base.get(name)
    if told_head is not None:
        steps.append((Cause.FORMULA, told_head.get(name)))
    return FigureChange(figures[0], figures[-1], attribute(start, steps))


def _tactics(
    chain: Sequence[Scores], causes: Sequence[Cause], techniques: Sequence[TechniqueChange]
) -> list[TacticChange]:
    inside: dict[str, list[TechniqueChange]] = defaultdict(list)
    for technique in techniques:
        for name in technique.tactics:
            inside[name].append(technique)
    before, after = chain[0].tactics, chain[-1].tactics
    found = []
    for name in [*after, *(name for name in before if name not in after)]:
        steps = [
            (cause, figure.score if (figure := scores.tactics.get(name)) else None)
            for cause, scores in zip(causes, chain[1:], strict=True)
        ]
        base, head = before.get(name), after.get(name)
        score = attribute(base.score if base else None, steps)
        found.append(TacticChange(name, FigureChange(base, head, score), _count(inside[name])))
    return found
