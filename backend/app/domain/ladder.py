"""The evidence ladder: from a rule that somebody published to a defence that was shown to work lately."""

from enum import StrEnum
from typing import Final

from app.domain.coverage import Status

FRESH_FROM: Final = 50
"""Freshness from which a validated technique is fresh: its results are on average not half faded."""


class Rung(StrEnum):
    """What is known of a unit, from the bottom up. A rung may be reached without the one below it."""

    RULE_KNOWN = "rule_known"
    RULE_DEPLOYED = "rule_deployed"
    TELEMETRY_SEEN = "telemetry_seen"
    ALERT_SEEN = "alert_seen"
    VALIDATED = "validated"
    FRESH = "fresh"


def rungs_of(
    *, active: int, deployed: int, telemetry: bool, alert: bool, status: Status, freshness: float | None
) -> dict[Rung, bool]:
    """Which rungs a unit has reached.

    active, deployed: detection rules in the catalogue and in our tools. telemetry, alert: whether a current result
    left any. freshness: 0–100; None without a current result.
    """
    validated = status is Status.VALIDATED
    return {
        Rung.RULE_KNOWN: active > 0,
        Rung.RULE_DEPLOYED: deployed > 0,
        Rung.TELEMETRY_SEEN: telemetry,
        Rung.ALERT_SEEN: alert,
        Rung.VALIDATED: validated,
        Rung.FRESH: validated and freshness is not None and freshness >= FRESH_FROM,
    }


def height_of(reached: dict[Rung, bool]) -> int:
    """The highest rung reached, 1 to 6; 0 for none."""
    return max((number for number, rung in enumerate(Rung, start=1) if reached[rung]), default=0)
