"""What a test shows about the defence: one truth table over both sides' records.

Source: docs/SCORING.md, "Outcome".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

EXPECTATIONS = ("prevented", "detected", "logged")
SEVERITIES = ("informational", "low", "medium", "high", "critical")
OBSERVATION_REASONS = ("late", "other_stage")
MISS_CAUSES = (
    "no_sensor",
    "no_telemetry",
    "not_forwarded",
    "parsing",
    "no_rule",
    "rule_broken",
    "rule_suppressed",
    "allow_listed",
    "late",
    "low_severity",
    "not_triaged",
    "by_design",
    "other",
)


class ExecutionResult(StrEnum):
    """How red says an execution ended."""

    SUCCEEDED = "succeeded"
    BLOCKED = "blocked"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Seen(StrEnum):
    """What blue saw of an execution."""

    BLOCKED = "blocked"
    ALERTED = "alerted"
    LOGGED = "logged"
    NONE = "none"
    NOT_APPLICABLE = "not_applicable"


class Detection(StrEnum):
    """What the defence achieved."""

    PREVENTED = "prevented"
    DETECTED = "detected"
    PARTIALLY_DETECTED = "partially_detected"
    NOT_DETECTED = "not_detected"
    INCONCLUSIVE = "inconclusive"


_SEEN_RANK = {Seen.NOT_APPLICABLE: -1, Seen.NONE: 0, Seen.LOGGED: 1, Seen.ALERTED: 2, Seen.BLOCKED: 3}
DETECTION_ORDER = (
    Detection.NOT_DETECTED,
    Detection.PARTIALLY_DETECTED,
    Detection.DETECTED,
    Detection.PREVENTED,
)
"""What counts, the weakest first."""
EXPECTATION_ORDER = ("logged", "detected", "prevented")
"""What may be expected, the least first; each is met by the outcome one place later in its order."""
_RANK = {detection: rank for rank, detection in enumerate(DETECTION_ORDER)}
_EXPECTED_RANK = {expected: rank for rank, expected in enumerate(EXPECTATION_ORDER, start=1)}


@dataclass(frozen=True, slots=True)
class Sighting:
    """One observation of one execution, as blue recorded it."""

    outcome: Seen
    reason: str | None = None
    """`late` or `other_stage`: a block that did not stop this execution."""
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class ExecutionOutcome:
    """What one execution shows."""

    detection: Detection
    seen: Seen
    conflict: bool = False
    """Red says it succeeded, blue says it was blocked, and nobody has said how both can be true."""
    unattributed: bool = False
    """Red was blocked, but no observation names the block."""
    silent_block: bool = False
    """Blocked without an alert."""
    attempt_seen: bool = False
    """A failed execution that blue saw nevertheless."""

    @property
    def conclusive(self) -> bool:
        """Whether it counts."""
        return self.detection is not Detection.INCONCLUSIVE and not self.conflict


def actionable(sighting: Sighting, actionable_severity: str) -> Seen:
    """The outcome that counts: an alert below the actionable severity is only a log line."""
    if (
        sighting.outcome is Seen.ALERTED
        and sighting.severity is not None
        and SEVERITIES.index(sighting.severity) < SEVERITIES.index(actionable_severity)
    ):
        return Seen.LOGGED
    return sighting.outcome


def strongest(outcomes: Iterable[Seen]) -> Seen:
    """The strongest sighting: blocked > alerted > logged > none; `not_applicable` is ignored."""
    ranked = [outcome for outcome in outcomes if outcome is not Seen.NOT_APPLICABLE]
    return max(ranked, key=_SEEN_RANK.__getitem__, default=Seen.NONE)


def goes_beyond(outcome: Seen, at: datetime | None, frozen: Iterable[tuple[Seen, datetime | None]]) -> bool:
    """Whether a sighting claims more than any frozen one did: a stronger outcome, or the same at an earlier time."""
    if _SEEN_RANK[outcome] <= _SEEN_RANK[Seen.NONE]:
        return False
    return not any(
        _SEEN_RANK[known] >= _SEEN_RANK[outcome] and (at is None or known_at is None or at >= known_at)
        for known, known_at in frozen
    )


def outcome_of_execution(
    result: ExecutionResult, sightings: Sequence[Sighting], *, actionable_severity: str = "low"
) -> ExecutionOutcome:
    """What one execution shows, from red's result and blue's sightings of it.

    A block marked late or as another stage's counts as what else was seen, at least as telemetry.
    """
    counted = [(sighting, actionable(sighting, actionable_severity)) for sighting in sightings]
    seen = strongest(outcome for _, outcome in counted)
    alerted = any(outcome is Seen.ALERTED for _, outcome in counted)
    blocks = [sighting for sighting, outcome in counted if outcome is Seen.BLOCKED]
    stopping = [block for block in blocks if block.reason is None]
    silent = bool(stopping) and not alerted
    if result is ExecutionResult.BLOCKED:
        return ExecutionOutcome(Detection.PREVENTED, seen, unattributed=not stopping, silent_block=silent)
    if result is ExecutionResult.FAILED:
        return ExecutionOutcome(Detection.INCONCLUSIVE, seen, attempt_seen=seen is not Seen.NONE)
    if result is ExecutionResult.UNKNOWN and seen is Seen.NONE:
        return ExecutionOutcome(Detection.INCONCLUSIVE, seen)
    if blocks:
        if result is ExecutionResult.UNKNOWN and stopping:
            return ExecutionOutcome(Detection.PREVENTED, seen, silent_block=silent)
        weaker = Detection.DETECTED if alerted else Detection.PARTIALLY_DETECTED
        return ExecutionOutcome(weaker, seen, conflict=bool(stopping))
    by_seen = {
        Seen.ALERTED: Detection.DETECTED,
        Seen.LOGGED: Detection.PARTIALLY_DETECTED,
        Seen.NONE: Detection.NOT_DETECTED,
    }
    return ExecutionOutcome(by_seen[seen], seen)


def weakest(outcomes: Sequence[ExecutionOutcome]) -> Detection:
    """A round's detection: the weakest over its conclusive executions, else inconclusive."""
    conclusive = [outcome.detection for outcome in outcomes if outcome.conclusive]
    return min(conclusive, key=_RANK.__getitem__, default=Detection.INCONCLUSIVE)


def meets(detection: Detection, expected: str) -> bool:
    """Whether the detection is at or above what was expected. Inconclusive never meets."""
    return detection in _RANK and _RANK[detection] >= _EXPECTED_RANK[expected]


def lowers(expected: str, holding: str) -> bool:
    """Whether an expectation asks for less than the one that would hold without it."""
    return _EXPECTED_RANK[expected] < _EXPECTED_RANK[holding]


def value(detection: Detection, expected: str) -> float:
    """The worth of a conclusive result: 1 at or above the expectation, ½ for any weaker sighting, 0 for a miss."""
    if meets(detection, expected):
        return 1.0
    return 0.0 if detection is Detection.NOT_DETECTED else 0.5
