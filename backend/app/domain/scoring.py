"""What a score is made of: five components of one unit, their weights, and the range that a sample supports.

Pure functions over frozen inputs. Source: docs/SCORING.md, "Scores".
"""

import math
from dataclasses import asdict, dataclass, fields
from typing import Final, NamedTuple

from app.domain.coverage import Tally
from app.domain.wording import counted
from app.errors import FieldError, Invalid

FORMULA: Final = 1
"""Version of the formulas. A change of any number that they give raises it; snapshots keep it."""
RULES_WANTED: Final = 3
"""So many deployed rules earn the first half of the component for rules."""
DAY: Final = 86_400.0
_Z: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each component counts; only the ratio matters.

    Raises Invalid `invalid_weights` for a weight below 0 or without end, and when all are 0.
    """

    tests: float
    detection_rules: float
    d3fend: float
    freshness: float
    platform_diversity: float

    def __post_init__(self) -> None:
        faults = [
            FieldError(name, "must be a number from 0", "invalid_weights")
            for name, weight in asdict(self).items()
            if not (math.isfinite(weight) and weight >= 0)
        ]
        if faults or not any(self.parts):
            raise Invalid("invalid_weights", "At least one weight must be above 0, and none below.", fields=faults)

    @property
    def parts(self) -> tuple[float, float, float, float, float]:
        """In the order of COMPONENTS."""
        return (self.tests, self.detection_rules, self.d3fend, self.freshness, self.platform_diversity)


COMPONENTS: Final = tuple(field.name for field in fields(Weights))


class Components(NamedTuple):
    """The components of a score, 0–100 each; None for one that is left out because nothing could fill it."""

    tests: float | None
    detection_rules: float | None
    d3fend: float | None
    freshness: float | None
    platform_diversity: float | None


class Evidence(NamedTuple):
    """All that one unit's score rests on, summed. The first fields are those of `ResultTotal`."""

    met: int = 0
    sighted: int = 0
    missed: int = 0
    expired: int = 0
    fresh: float = 0.0
    """Worth times decay, over the current results."""
    fading: float = 0.0
    """What is left of each result, 1 while it is current, over all that have not faded away."""
    fading_worth: float = 0.0
    """Worth times what is left, over the same."""
    unfaded: float = 0.0
    """What is left of the least faded of them."""
    platforms: int = 0
    """Platforms of the technique that are ours and in scope."""
    platform_worth: float = 0.0
    """The best worth on each of them, summed."""
    rules_active: int = 0
    """In the catalogue; earns nothing."""
    rules_deployed: int = 0
    rules_evaluated: int = 0
    rules_fired: int = 0
    countermeasures_mapped: int = 0
    countermeasures_implemented: int = 0

    @property
    def current(self) -> int:
        """How many results are current."""
        return self.met + self.sighted + self.missed

    @property
    def tally(self) -> Tally:
        """The results as the status counts them."""
        return Tally(self.met, self.sighted, self.missed, self.expired)


def components_of(evidence: Evidence) -> Components:
    """The components of a unit's score."""
    current = evidence.current
    tests = 100 * evidence.fading_worth / evidence.fading * evidence.unfaded if evidence.fading else 0.0
    deployed = 50 * min(1.0, evidence.rules_deployed / RULES_WANTED)
    fired = 50 * evidence.rules_fired / evidence.rules_evaluated if evidence.rules_evaluated else 0.0
    mapped = evidence.countermeasures_mapped
    return Components(
        tests=min(100.0, tests),
        detection_rules=deployed + fired if evidence.rules_deployed else 0.0,
        d3fend=100 * evidence.countermeasures_implemented / mapped if mapped else None,
        freshness=min(100.0, 100 * evidence.fresh / current) if current else 0.0,
        platform_diversity=100 * evidence.platform_worth / evidence.platforms if evidence.platforms else None,
    )


def points_of(components: Components, weights: Weights) -> tuple[float, ...] | None:
    """What each component adds to the score, in their order; they sum up to it.

    The weights of components that are left out go to the others. None when the others have no weight.
    """
    pairs = [(value, weight) for value, weight in zip(components, weights.parts, strict=True)]
    # Scaled first: only the ratio counts, and the greatest numbers must not run over.
    greatest = max(weight for _, weight in pairs)
    total = math.fsum(weight / greatest for value, weight in pairs if value is not None)
    if not total:
        return None
    return tuple(0.0 if value is None else value * (weight / greatest) / total for value, weight in pairs)


def score_of(points: tuple[float, ...] | None) -> float | None:
    """The score, 0–100, from its points."""
    return None if points is None else min(100.0, math.fsum(points))


def wilson(hits: int, trials: int) -> tuple[float, float] | None:
    """The range of the true share that a sample supports, by Wilson at 95 %; None without a sample.

    Tests are no random draw, so this is a measure of how small the sample is, and no promise.
    """
    if not trials:
        return None
    share, squared = hits / trials, _Z * _Z
    middle = share + squared / (2 * trials)
    reach = _Z * math.sqrt(share * (1 - share) / trials + squared / (4 * trials * trials))
    whole = 1 + squared / trials
    low = 0.0 if hits == 0 else max(0.0, (middle - reach) / whole)
    high = 1.0 if hits == trials else min(1.0, (middle + reach) / whole)
    return low, high


def explain_components(evidence: Evidence) -> tuple[str, ...]:
    """Why each component of a unit is what it is, one sentence each, in their order."""
    current, mapped = evidence.current, evidence.countermeasures_mapped
    if current:
        tests = f"{evidence.met} of {counted(current, 'current result')} met the expectation"
        tests += f", {evidence.sighted} left telemetry below it." if evidence.sighted else "."
    elif evidence.fading:
        tests = f"No current result; {counted(evidence.expired, 'expired result')} fading."
    else:
        tests = "No current result."
    rules = f"{evidence.rules_deployed} of {counted(evidence.rules_active, 'rule')} deployed"
    if evidence.rules_deployed and evidence.rules_evaluated:
        rules += f"; {evidence.rules_fired} of {evidence.rules_evaluated} evaluated in tests fired."
    else:
        rules += "; none evaluated in tests." if evidence.rules_deployed else "."
    d3fend = (
        f"{evidence.countermeasures_implemented} of {counted(mapped, 'mapped countermeasure')} implemented."
        if mapped
        else "No countermeasure is mapped, so this part is left out."
    )
    fresh = (
        f"What the results show keeps {100 * evidence.fresh / current:.0f} of 100 by their age."
        if current
        else "No current result."
    )
    spread = (
        f"Best results on {counted(evidence.platforms, 'platform')} in scope add up to {evidence.platform_worth:g}."
        if evidence.platforms
        else "No platform of it is ours, so this part is left out."
    )
    return tests, rules, d3fend, fresh, spread
