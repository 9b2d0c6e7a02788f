"""The coverage status of a technique: from current results to a leaf's status, and from leaves to their parent.

Pure functions over frozen inputs. Source: docs/SCORING.md, "Status" and "Roll-up".
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.domain import outcomes
from app.domain.outcomes import Detection
from app.domain.wording import counted, verb

FRESH_DAYS = 30
"""Age up to which a result is as good as new."""
EXPIRY_NOTICE_DAYS = 60
"""How long before its end a result is listed as expiring."""


class Status(StrEnum):
    """How a technique stands. The order is that of legends and stacked bars."""

    VALIDATED = "validated"
    PARTIAL = "partial"
    NOT_COVERED = "not_covered"
    IN_PROGRESS = "in_progress"
    NOT_EVALUATED = "not_evaluated"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_APPLICABLE = "not_applicable"


UNCOUNTED = frozenset({Status.NOT_APPLICABLE, Status.OUT_OF_SCOPE})
"""Statuses of units that no figure counts."""
_SIGHTINGS = (Detection.PREVENTED, Detection.DETECTED, Detection.PARTIALLY_DETECTED)
_MEETS = {expected: tuple(outcomes.meets(d, expected) for d in _SIGHTINGS) for expected in outcomes.EXPECTATIONS}
_WORTH = {Status.VALIDATED: 1.0, Status.PARTIAL: 0.5, Status.NOT_COVERED: 0.0}


@dataclass(frozen=True, slots=True)
class Tally:
    """The current results of one unit, counted against what was expected of each."""

    met: int = 0
    sighted: int = 0
    """Some telemetry, yet below the expectation."""
    missed: int = 0
    expired: int = 0
    """Results too old to be current."""

    @property
    def current(self) -> int:
        """How many results are current."""
        return self.met + self.sighted + self.missed

    @property
    def mean_value(self) -> float | None:
        """Mean worth of the current results, 0–1; None without any."""
        return (self.met + self.sighted / 2) / self.current if self.current else None

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            self.met + other.met,
            self.sighted + other.sighted,
            self.missed + other.missed,
            self.expired + other.expired,
        )


class Unit(NamedTuple):
    """What decides the status of one unit of measure: a leaf technique, or a parent's own tests."""

    applicable: bool = True
    in_scope: bool = True
    tally: Tally = Tally()
    open_tests: int = 0
    """Tests under way that are neither archived nor sealed; drafts and rejected ones are marks only."""
    inconclusive: int = 0


class Rollup(NamedTuple):
    """A parent's status and the units behind it."""

    status: Status
    units: int
    """Units that are applicable and in scope."""
    validated: int
    value: float | None
    """Mean worth over those units, 0–1; None while none of them has a current result."""


def is_expired(executed_at: datetime, *, now: datetime, valid_days: int) -> bool:
    """Whether a result is too old to be current: older than `valid_days`, counted from its execution."""
    return executed_at < now - timedelta(days=valid_days)


def decay(executed_at: datetime, *, now: datetime, valid_days: int) -> float:
    """Freshness of a result, 0–1: 1 for FRESH_DAYS, then falling evenly to 0 at `valid_days`."""
    age = (now - executed_at) / timedelta(days=1)
    if age <= FRESH_DAYS:
        return 1.0
    return max(0.0, (valid_days - age) / (valid_days - FRESH_DAYS)) if valid_days > FRESH_DAYS else 0.0


def tally_of(
    expected: str,
    *,
    prevented: int = 0,
    detected: int = 0,
    partially_detected: int = 0,
    not_detected: int = 0,
    expired: int = 0,
) -> Tally:
    """The tally of so many current results of each outcome, and of expired ones, against one expectation."""
    meets_prevented, meets_detected, meets_partially = _MEETS[expected]
    met = meets_prevented * prevented + meets_detected * detected + meets_partially * partially_detected
    return Tally(met, prevented + detected + partially_detected - met, not_detected, expired)


def applies(technique_platforms: Iterable[str], our_platforms: frozenset[str] | None) -> bool:
    """Whether a technique can happen on one of our platforms.

    technique_platforms: empty for a technique without platforms, which always applies.
    our_platforms: None for an environment that names none, which therefore has all.
    """
    platforms = frozenset(technique_platforms) - {"None"}
    return not platforms or our_platforms is None or not platforms.isdisjoint(our_platforms)


def status_of(unit: Unit) -> Status:
    """The status of a unit: the first rule that fits."""
    tally = unit.tally
    if not unit.applicable:
        return Status.NOT_APPLICABLE
    if not unit.in_scope:
        return Status.OUT_OF_SCOPE
    if tally.current:
        if tally.met == tally.current:
            return Status.VALIDATED
        return Status.PARTIAL if tally.met or tally.sighted else Status.NOT_COVERED
    return Status.IN_PROGRESS if unit.open_tests else Status.NOT_EVALUATED


def worth_of(status: Status) -> float | None:
    """The worth of a unit on the coverage layer, 0–1; None while nothing current is known of it."""
    return _WORTH.get(status)


def roll_up(statuses: Sequence[Status]) -> Rollup:
    """A parent's status from those of its units. Units that do not count never make it green."""
    counts = Counter(statuses)
    counted = [status for status in statuses if status not in UNCOUNTED]
    known = [_WORTH[status] for status in counted if status in _WORTH]
    value = sum(known) / len(counted) if known else None
    return Rollup(_parent_status(counts, len(counted)), len(counted), counts[Status.VALIDATED], value)


def _parent_status(counts: Counter[Status], counted: int) -> Status:
    if not counted:
        return Status.OUT_OF_SCOPE if counts[Status.OUT_OF_SCOPE] else Status.NOT_APPLICABLE
    if counts[Status.VALIDATED] == counted:
        return Status.VALIDATED
    if counts[Status.VALIDATED] or counts[Status.PARTIAL]:
        return Status.PARTIAL
    for status in (Status.NOT_COVERED, Status.IN_PROGRESS):
        if counts[status]:
            return status
    return Status.NOT_EVALUATED


def explain(unit: Unit, expected: str) -> tuple[str, ...]:
    """Why a unit has its status, one sentence a fact, most important first."""
    status = status_of(unit)
    tally = unit.tally
    if status is Status.NOT_APPLICABLE:
        return ("It happens on none of our platforms.",)
    words: list[str] = []
    if status is Status.OUT_OF_SCOPE:
        words.append("A decision puts it out of scope.")
    elif tally.current:
        words.append(f"{tally.met} of {counted(tally.current, 'current result')} met the expectation ({expected}).")
        if tally.sighted:
            words.append(f"{tally.sighted} left telemetry below the expectation.")
        if tally.missed:
            words.append(f"{tally.missed} went unseen.")
    else:
        words.append("No current result.")
    words += [
        f"{count} {text}."
        for count, text in (
            (unit.open_tests, "under way"),
            (unit.inconclusive, "inconclusive"),
            (tally.expired, "expired"),
        )
        if count
    ]
    return tuple(words)


def explain_rollup(rollup: Rollup) -> tuple[str, ...]:
    """Why a parent has its status."""
    if rollup.status in UNCOUNTED:
        return ("None of its units is applicable and in scope.",)
    held = f"{rollup.validated} of {counted(rollup.units, 'applicable unit')} in scope"
    return (f"{held} {verb(rollup.validated, 'is', 'are')} validated.",)
