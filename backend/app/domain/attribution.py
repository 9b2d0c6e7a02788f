"""Why a score moved: the inputs of one moment are replaced by those of another, group by group, and each group's
step is its share of the difference.

Pure functions. Source: docs/REPORTS.md, "Why the score moved".
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeVar

from app.domain.score_inputs import ResultInput, ScoreInputs

T = TypeVar("T")
_UNIT: Final = 10**9
"""Shares are counted in billionths of a point, so that they add up exactly."""
_TENTH: Final = _UNIT // 10


class Cause(StrEnum):
    """A group of inputs, in the order in which they are replaced. The order decides the shares, so it is fixed."""

    FORMULA = "formula"
    """The formulas themselves, between two versions of this program."""
    RELEASE = "release"
    """ATT&CK's release: techniques that came, went, merged or moved."""
    SCOPE = "scope"
    PLATFORMS = "platforms"
    """Environments and what runs in them."""
    EXPECTATION = "expectation"
    THREAT_PROFILE = "threat_profile"
    WEIGHTS = "weights"
    """Weights and how long a result is valid."""
    TEST_RESULTS = "test_results"
    ANNULMENTS = "annulments"
    """Results that both leads took back."""
    RULES = "rules"
    COUNTERMEASURES = "countermeasures"
    TIME = "time"
    """Results that aged."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one cause moved a score by."""

    cause: Cause
    points: float
    """To nine decimals; all shares add up to the difference."""
    shown: float
    """To one decimal, by largest remainder, so that these add up too."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """A score at two moments and why it moved."""

    base: float | None
    head: float | None
    difference: float | None
    """None where there was no score at one of the moments."""
    shown: float | None
    """The difference to one decimal."""
    shares: tuple[Share, ...]
    """Causes that moved it, in their order; none without a difference."""


def walk(
    base: ScoreInputs, head: ScoreInputs, *, lineage: Mapping[str, str], annulled: Collection[str]
) -> Iterator[tuple[Cause, ScoreInputs]]:
    """The inputs after each replacement; after the last they are the head's.

    lineage: where techniques of the base that the head does not know live on, beyond the head's own successors.
    annulled: tests whose results were taken back in between.
    """
    inputs = _moved(base, head, lineage)
    steps: tuple[tuple[Cause, tuple[str, ...]], ...] = (
        (Cause.RELEASE, ("attack_version", "techniques", "tactics", "successors")),
        (Cause.SCOPE, ("scope",)),
        (Cause.PLATFORMS, ("environments",)),
        (Cause.EXPECTATION, ("expected", "expectations")),
        (Cause.THREAT_PROFILE, ("profile",)),
        (Cause.WEIGHTS, ("weights", "valid_days")),
        (Cause.TEST_RESULTS, ("work",)),
        (Cause.ANNULMENTS, ("results",)),
        (Cause.RULES, ("rules",)),
        (Cause.COUNTERMEASURES, ("countermeasures",)),
        (Cause.TIME, ("as_of", "domain")),
    )
    for cause, names in steps:
        inputs = replace(inputs, **{name: getattr(head, name) for name in names})
        if cause is Cause.TEST_RESULTS:
            inputs = replace(inputs, results=_with_annulled(inputs.rows, head.rows, annulled))
        yield cause, inputs


def _moved(base: ScoreInputs, head: ScoreInputs, lineage: Mapping[str, str]) -> ScoreInputs:
    """The base's inputs under the ids of the techniques that succeeded theirs."""
    ends = {gone: end for gone, end in lineage.items() if gone not in head.successors}
    countermeasures = dict(base.countermeasures)
    for gone, end in (dict(head.successors) | ends).items():
        # Mapped anew by every release: an old mapping stands in only where the successor had none.
        if gone in countermeasures and gone not in head.techniques:
            countermeasures.setdefault(end, countermeasures[gone])
    return replace(
        base,
        results=_rekeyed(base.rows, ends),
        work=_rekeyed(base.work, ends),
        rules=_rekeyed(base.rules, ends),
        countermeasures=countermeasures,
    )


def _rekeyed(rows: Mapping[str, Sequence[T]], ends: Mapping[str, str]) -> Mapping[str, Sequence[T]]:
    if not ends:
        return rows
    moved: dict[str, list[T]] = {}
    for identity, found in rows.items():
        moved.setdefault(ends.get(identity, identity), []).extend(found)
    return moved


def _with_annulled(
    before: Mapping[str, Sequence[ResultInput]],
    after: Mapping[str, Sequence[ResultInput]],
    annulled: Collection[str],
) -> Mapping[str, Sequence[ResultInput]]:
    """The new results as if nothing had been taken back: an annulled result still covers what is older than it."""
    struck = {(identity, _key(row)): row for identity, rows in before.items() for row in rows if row.test in annulled}
    if not struck:
        return after
    results = {identity: list(rows) for identity, rows in after.items()}
    for (identity, key), row in struck.items():
        rows = results.setdefault(identity, [])
        others = [other for other in rows if _key(other) == key]
        if all(other.executed_at <= row.executed_at for other in others):
            results[identity] = [*(other for other in rows if _key(other) != key), row]
    return results


def _key(row: ResultInput) -> tuple[str, str | None, str]:
    return row.environment, row.platform, row.procedure


def attribute(start: float | None, steps: Sequence[tuple[Cause, float | None]]) -> Attribution:
    """The shares of a score that was `start` and then, after each cause, this. The last one is the head's.

    A step without a score leaves its change to the next one that has one, so nothing is lost.
    """
    end = steps[-1][1] if steps else start
    if start is None or end is None:
        return Attribution(_told(start), _told(end), None, None, ())
    here = first = _counted(start)
    moved: dict[Cause, int] = dict.fromkeys((cause for cause, _ in steps), 0)
    for cause, score in steps:
        if score is not None:
            there = _counted(score)
            moved[cause] += there - here
            here = there
    causes = [cause for cause, amount in moved.items() if amount]
    tenths = largest_remainder([moved[cause] for cause in causes])
    shares = tuple(Share(cause, moved[cause] / _UNIT, tenth / 10) for cause, tenth in zip(causes, tenths, strict=True))
    return Attribution(first / _UNIT, here / _UNIT, (here - first) / _UNIT, sum(tenths) / 10, shares)


def largest_remainder(amounts: Sequence[int]) -> list[int]:
    """Amounts in billionths as tenths that add up to the rounded sum."""
    floors = [amount // _TENTH for amount in amounts]
    left = round(sum(amounts) / _TENTH) - sum(floors)
    by_remainder = sorted(range(len(amounts)), key=lambda place: (-(amounts[place] % _TENTH), place))
    for place in by_remainder[:left]:
        floors[place] += 1
    return floors


def _counted(score: float) -> int:
    return round(score * _UNIT)


def _told(score: float | None) -> float | None:
    return None if score is None else _counted(score) / _UNIT
