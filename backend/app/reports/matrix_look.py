"""How the matrix looks outside the application: names and colours of layers and statuses."""

from collections.abc import Iterable, Mapping
from typing import Final

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
    "campaign": "Campaigns",
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


def number_text(value: float | None) -> str:
    """A shown value as it stands in a cell; empty where there is none."""
    return "" if value is None else f"{value:.1f}".removesuffix(".0")


def top_of(layer: str, values: Iterable[float | None]) -> float:
    """The value that has the last colour: fixed where the layer has an end, else the greatest there is."""
    if layer in _HUNDRED:
        return 100.0
    if layer == "ladder":
        return float(_RUNGS)
    return max((float(value) for value in values if value is not None), default=0.0) or 1.0


def colour_of(layer: str, status: str, value: float | None, top: float) -> str:
    """The colour of a value: by status on the layer coverage, else between the colours of the gradient."""
    if layer == "coverage":
        return STATUS_COLOURS[status]
    return NOTHING if value is None else blend(GRADIENT, value / top)


def legend_of(layer: str, top: float) -> list[tuple[str, str]]:
    """What the colours of a layer mean: words or numbers, and the colour of each."""
    if layer == "coverage":
        return [(STATUS_NAMES[status], colour) for status, colour in STATUS_COLOURS.items()]
    return [("0", GRADIENT[0]), (f"{top / 2:g}", GRADIENT[1]), (f"{top:g}", GRADIENT[2])]


def blend(colours: tuple[str, ...], share: float) -> str:
    """The colour at a share of the way through at least two `#rrggbb`."""
    place = max(0.0, min(1.0, share)) * (len(colours) - 1)
    lower = min(int(place), len(colours) - 2)
    return _between(colours[lower], colours[lower + 1], place - lower)


def opaque(colour: str) -> str:
    """A colour of three, six or eight digits as six: what shines through is the white of the paper."""
    digits = colour.removeprefix("#").lower()
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    if len(digits) == 8:
        return _between(NOTHING, f"#{digits[:6]}", int(digits[6:], 16) / 255)
    return f"#{digits}"


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on `#rrggbb`."""
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    # Where black and white stand out equally, by the formula of WCAG.
    return "#111111" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)


def _between(first: str, second: str, share: float) -> str:
    pairs = [(int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in pairs)
