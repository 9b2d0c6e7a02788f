"""Results of a technique as sums: what a score needs of them, however many there are.

Everything is counted in whole numbers, so that sums made by the database and sums made here are the same to the last
digit and in any order. Source: docs/SCORING.md, "Results".
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Self

from app.domain import outcomes
from app.domain.coverage import FRESH_DAYS
from app.domain.outcomes import Detection

FADE_DAYS: Final = 90
"""Days in which a result that is too old to be current fades from the component for tests."""
MICROSECONDS: Final = 10**6
_DAY: Final = 86_400 * MICROSECONDS
SIGHTINGS: Final = (Detection.PREVENTED, Detection.DETECTED, Detection.PARTIALLY_DETECTED)
DETECTIONS: Final = (*SIGHTINGS, Detection.NOT_DETECTED)
"""In the order of the fields of ResultSums."""
_PLACES: Final = {detection.value: place for place, detection in enumerate(DETECTIONS)}
_HALVES: Final = {
    expected: tuple(round(2 * outcomes.value(detection, expected)) for detection in SIGHTINGS)
    for expected in outcomes.EXPECTATIONS
}
"""Worth in halves, by expectation."""
_WHOLE: Final = 2
"""So many halves are worth of what met the expectation."""


@dataclass(frozen=True, slots=True)
class Ageing:
    """How results age, in microseconds."""

    valid: int
    """Up to this age a result is current."""

    @classmethod
    def of(cls, valid_days: float) -> Self:
        """The ageing of results that are valid for so many days."""
        return cls(round(valid_days * _DAY))

    @property
    def full(self) -> int:
        """Up to this age a result is as good as new."""
        return FRESH_DAYS * _DAY

    @property
    def span(self) -> int:
        """From then on its freshness falls to nothing in this time."""
        return max(1, self.valid - self.full)

    @property
    def fade(self) -> int:
        """And when it is no longer current, its share in the tests falls to nothing in this time."""
        return FADE_DAYS * _DAY

    def kept(self, age: int) -> int:
        """What is left of the span of a current result."""
        return self.span if age <= self.full else self.valid - age

    def left(self, age: int) -> int:
        """What is left of the time of fading; all of it while the result is current."""
        return self.fade if age <= self.valid else max(0, self.fade - (age - self.valid))


class ResultSums(NamedTuple):
    """Results of a technique in an environment that are judged by the same expectation."""

    environment: str
    expected: str | None
    """None: what is expected of the technique."""
    prevented: int
    detected: int
    partially_detected: int
    not_detected: int
    expired: int
    newest: int
    """The newest execution, in microseconds since 1970."""
    prevented_kept: int
    """`Ageing.kept`, summed over the current results of the outcome."""
    detected_kept: int
    partially_kept: int
    prevented_left: int
    """`Ageing.left`, summed over all results of the outcome."""
    detected_left: int
    partially_left: int
    missed_left: int
    longest_left: int
    """The greatest `Ageing.left` of them."""
    prevented_on: frozenset[str]
    """Platforms with a current result of the outcome."""
    detected_on: frozenset[str]
    partially_on: frozenset[str]

    def alerted(self) -> "ResultSums":
        """The same, had everything that left telemetry only raised an alert."""
        if not self.partially_left and not self.partially_detected:
            return self
        return self._replace(
            detected=self.detected + self.partially_detected,
            partially_detected=0,
            detected_kept=self.detected_kept + self.partially_kept,
            partially_kept=0,
            detected_left=self.detected_left + self.partially_left,
            partially_left=0,
            detected_on=self.detected_on | self.partially_on,
            partially_on=frozenset(),
        )


class ResultTotal(NamedTuple):
    """Results of a unit against what was expected of each; the fields that a score's evidence has of them."""

    met: int
    sighted: int
    missed: int
    expired: int
    fresh: float
    fading: float
    fading_worth: float
    unfaded: float
    platforms: int
    platform_worth: float


@dataclass(frozen=True, slots=True)
class Summed:
    """Results that somebody summed already: by technique, at one moment and under one time of validity."""

    as_of: datetime
    valid_days: int
    groups: Mapping[str, Sequence[ResultSums]]

    def alerted(self) -> "Summed":
        """The same, had everything that left telemetry only raised an alert."""
        heard = {technique: [sums.alerted() for sums in groups] for technique, groups in self.groups.items()}
        return Summed(self.as_of, self.valid_days, heard)


def since_epoch(seconds: float) -> int:
    """Seconds since 1970 as whole microseconds, which is what the database keeps."""
    return round(seconds * MICROSECONDS)


def sum_results(
    rows: Iterable[tuple[str, str | None, str | None, str, int]], *, moment: int, ageing: Ageing
) -> list[ResultSums]:
    """Sums by environment and expectation of rows: environment, platform, own expectation, detection, execution.

    moment and executions in microseconds since 1970.
    """
    groups: dict[tuple[str, str | None], list[tuple[str | None, str, int]]] = defaultdict(list)
    for environment, platform, expected, detection, executed_at in rows:
        groups[environment, expected].append((platform, detection, executed_at))
    return [_sum(*key, found, moment, ageing) for key, found in groups.items()]


def _sum(
    environment: str, expected: str | None, rows: list[tuple[str | None, str, int]], moment: int, ageing: Ageing
) -> ResultSums:
    current, kept, left = [0] * len(DETECTIONS), [0] * len(DETECTIONS), [0] * len(DETECTIONS)
    places: list[set[str]] = [set() for _ in DETECTIONS]
    longest = 0
    for platform, detection, executed_at in rows:
        place, age = _PLACES[detection], moment - executed_at
        share = ageing.left(age)
        left[place] += share
        longest = max(longest, share)
        if age <= ageing.valid:
            current[place] += 1
            kept[place] += ageing.kept(age)
            if platform is not None:
                places[place].add(platform)
    return ResultSums._make(
        (
            environment,
            expected,
            *current,
            len(rows) - sum(current),
            max(executed_at for *_, executed_at in rows),
            *kept[: len(SIGHTINGS)],
            *left,
            longest,
            *map(frozenset, places[: len(SIGHTINGS)]),
        )
    )


def total_results(
    groups: Iterable[tuple[ResultSums, str]], *, platforms: frozenset[str], ageing: Ageing
) -> ResultTotal:
    """What groups amount to, each with what is expected of it. The order does not matter.

    platforms: those of the technique that are ours and in scope.
    """
    met = sighted = missed = expired = fresh = left = worth_left = longest = 0
    full: frozenset[str] = frozenset()
    half: frozenset[str] = frozenset()
    for sums, expected in groups:
        missed += sums.not_detected
        expired += sums.expired
        left += sums.missed_left
        longest = max(longest, sums.longest_left)
        prevented, detected, partially = _HALVES[expected]
        for worth, count, kept, share, places in (
            (prevented, sums.prevented, sums.prevented_kept, sums.prevented_left, sums.prevented_on),
            (detected, sums.detected, sums.detected_kept, sums.detected_left, sums.detected_on),
            (partially, sums.partially_detected, sums.partially_kept, sums.partially_left, sums.partially_on),
        ):
            if not share:
                continue
            if worth == _WHOLE:
                met += count
                full |= places
            else:
                sighted += count
                half |= places
            fresh += worth * kept
            left += share
            worth_left += worth * share
    return ResultTotal(
        met,
        sighted,
        missed,
        expired,
        fresh / (2 * ageing.span),
        left / ageing.fade,
        worth_left / (2 * ageing.fade),
        longest / ageing.fade,
        len(platforms),
        len(full & platforms) + len((half - full) & platforms) / 2,
    )
