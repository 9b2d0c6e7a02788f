"""What tests say of a compliance control. It indicates, it does not certify.

Pure functions. Source: docs/REPORTS.md, "The compliance gauge".
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.coverage import UNCOUNTED
from app.domain.scores import Scores, without_covered_parents

SUPPORTED_SHARE: Final = 0.5
"""A control is supported when at least this share of its techniques is tested and none is missed."""


class ControlClass(StrEnum):
    """How a control stands."""

    SUPPORTED = "supported"
    THIN = "thin"
    CONTRADICTED = "contradicted"
    NO_EVIDENCE = "no_evidence"
    NOT_MAPPED = "not_mapped"
    """It cannot be judged from tests."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """The controls of a framework by class."""

    classes: Mapping[ControlClass, int]

    @property
    def mapped(self) -> int:
        """Controls that tests can say something about."""
        return sum(self.classes.values()) - self.classes[ControlClass.NOT_MAPPED]

    @property
    def share(self) -> float | None:
        """Supported of mapped controls, 0–1; never of all."""
        return self.classes[ControlClass.SUPPORTED] / self.mapped if self.mapped else None


def class_of(scores: Scores, techniques: Iterable[str]) -> ControlClass:
    """The class of a control by the techniques that it is mapped to."""
    wanted = [scores.techniques[identity] for identity in without_covered_parents(scores, techniques)]
    counted = [technique for technique in wanted if technique.status not in UNCOUNTED]
    if not counted:
        return ControlClass.NOT_MAPPED
    tested = [technique for technique in counted if technique.proven]
    if not tested:
        return ControlClass.NO_EVIDENCE
    if any(technique.evidence.missed for technique in tested):
        return ControlClass.CONTRADICTED
    return ControlClass.SUPPORTED if len(tested) >= SUPPORTED_SHARE * len(counted) else ControlClass.THIN


def gauge_of(scores: Scores, controls: Iterable[Iterable[str]]) -> Gauge:
    """The gauge of a framework, from the techniques of each of its controls."""
    counts = Counter(class_of(scores, techniques) for techniques in controls)
    return Gauge({name: counts[name] for name in ControlClass})
