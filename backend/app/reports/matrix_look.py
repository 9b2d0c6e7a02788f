"""How the matrix looks outside the application: names and colours of layers and statuses."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.domain.coverage import Status

STATUS_COLOURS: Final[Mapping[str, str]] = {
    Status.VALIDATED: "#5bb5a2",
    Status.PARTIAL: "#f0d37b",
    Status.NOT_COVERED: "#e08a6d",
    Status.IN_PROGRESS: "#aab0e0",
    Status.NOT_EVALUATED: "#e8eaed",
    Status.OUT_OF_SCOPE: "#c9cdd3",
    Status.NOT_APPLICABLE: "#f5f6f7",
}
STATUS_NAMES: Final[Mapping[str, str]] = {
    Status.VALIDATED: "Validated defence",
    Status.PARTIAL: "Partial",
    Status.NOT_COVERED: "Not covered",
    Status.IN_PROGRESS: "In progress",
    Status.NOT_EVALUATED: "Not evaluated",
    Status.OUT_OF_SCOPE: "Out of scope",
    Status.NOT_APPLICABLE: "Not applicable",
}
LAYER_NAMES: Final[Mapping[str, str]] = {
    "coverage": "Coverage",
    "score": "Score",
    "tests": "Tests",
    "detection_rules": "Detection rules",
    "d3fend": "D3FEND countermeasures",
    "freshness": "Freshness",
    "actor": "Threat actors",
    "control": "Compliance controls",
    "ladder": "Evidence ladder",
}
GRADIENT: Final = ("#f4f3ec", "#8fc9bd", "#2d6f86")
NOTHING: Final = "#ffffff"
_HUNDRED: Final = frozenset({"score", "d3fend", "freshness", "coverage"})
_RUNGS: Final = 6


def shown_value(layer: str, value: float | None) -> float | None:
    """A value as people read it: coverage in percent, everything else as it is."""
    return value if value is None or layer != "coverage" else 100 * value


def top_of(layer: str, cells: Sequence[Mapping[str, Any]]) -> float:
    """The value that has the last colour: fixed where the layer has an end, else the greatest there is."""
    if layer in _HUNDRED:
        return 100.0
    if layer == "ladder":
        return float(_RUNGS)
    return max((float(cell["value"]) for cell in cells if cell["value"] is not None), default=0.0) or 1.0


def colour_of(layer: str, cell: Mapping[str, Any], top: float) -> str:
    """The colour of a cell: by status on the layer coverage, else between the colours of the gradient."""
    if layer == "coverage":
        return STATUS_COLOURS[cell["status"]]
    value = cell["value"]
    if value is None:
        return NOTHING
    place = max(0.0, min(1.0, float(value) / top)) * (len(GRADIENT) - 1)
    lower = min(int(place), len(GRADIENT) - 2)
    return _between(GRADIENT[lower], GRADIENT[lower + 1], place - lower)


def _between(first: str, second: str, share: float) -> str:
    pairs = [(int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in pairs)
