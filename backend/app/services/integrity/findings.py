"""What a check of facts found wrong."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

MAX_FINDINGS = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact that is not as it was sealed, signed or recorded.

    kind: what sort of thing. code: what is wrong with it. test_id: the test that it belongs to, for masking.
    """

    kind: str
    code: str
    message: str
    subject_id: str
    test_id: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What a finding is about: the thing, the test that it belongs to, the trail's entry."""

    subject: UUID | str
    test: UUID | str | None = None
    seq: int | None = None


@dataclass(slots=True)
class Findings:
    """Collects findings, the first 200 in full, and counts what was checked."""

    items: list[Finding] = field(default_factory=list)
    count: int = 0
    checked: Counter[str] = field(default_factory=Counter)
    not_proven: list[str] = field(default_factory=list)

    def add(self, kind: str, code: str, message: str, place: Place) -> None:
        """Note one."""
        self.count += 1
        if len(self.items) < MAX_FINDINGS:
            test_id = None if place.test is None else str(place.test)
            self.items.append(Finding(kind, code, message, str(place.subject), test_id, place.seq))

    def as_json(self) -> dict[str, Any]:
        """All of it, as it is stored."""
        return {
            "findings": [asdict(item) for item in self.items],
            "finding_count": self.count,
            "checked": dict(self.checked),
            "not_proven": list(self.not_proven),
        }
