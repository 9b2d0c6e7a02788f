"""The orders of the domain, as conditions of SQL: built from them, so that there is one of each."""

from app.domain.outcomes import DETECTION_ORDER, EXPECTATION_ORDER, SEVERITIES


def _place(words: tuple[str, ...], expression: str) -> str:
    listed = ", ".join(f"'{word}'" for word in words)
    return f"array_position(ARRAY[{listed}], {expression})"


def meets(detection: str, expected: str) -> str:
    """That an outcome is at or above what was expected; null where one of them has no place in the order."""
    # Nothing is expected of a miss, so the order of outcomes begins one place earlier.
    return f"{_place(DETECTION_ORDER, detection)} > {_place(EXPECTATION_ORDER, expected)}"


def lowers(expected: str, holding: str) -> str:
    """That an expectation asks for less than the one that would hold without it."""
    return f"{_place(EXPECTATION_ORDER, expected)} < {_place(EXPECTATION_ORDER, holding)}"


def actionable(severity: str, least: str) -> str:
    """That an alert is severe enough for somebody to act on."""
    return f"{_place(SEVERITIES, severity)} >= {_place(SEVERITIES, least)}"
