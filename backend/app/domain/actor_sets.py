"""Which of the techniques that an adversary uses are counted against it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from app.domain.coverage import Status

Key = TypeVar("Key")

OUTSIDE = frozenset({Status.OUT_OF_SCOPE, Status.NOT_APPLICABLE})


@dataclass(frozen=True, slots=True)
class ActorFigures:
    """How we stand against one adversary in one domain."""

    techniques: int
    tested: int
    validated: int
    partial: int
    not_covered: int
    out_of_scope: int


def narrowed(used: Mapping[Key, Key | None]) -> frozenset[Key]:
    """The used techniques without those of which a sub-technique is used too.

    used: by technique its parent, or None.
    """
    parents = {parent for parent in used.values() if parent is not None}
    return frozenset(technique for technique in used if technique not in parents)


def figures(standing: Iterable[tuple[Status, bool]]) -> ActorFigures:
    """The figures over a narrowed set.

    standing: of each technique its status, and whether a current result stands behind it.
    """
    every = list(standing)
    inside = [(status, proven) for status, proven in every if status not in OUTSIDE]
    by_status = [status for status, _ in inside]
    return ActorFigures(
        techniques=len(inside),
        tested=sum(proven for _, proven in inside),
        validated=by_status.count(Status.VALIDATED),
        partial=by_status.count(Status.PARTIAL),
        not_covered=by_status.count(Status.NOT_COVERED),
        out_of_scope=len(every) - len(inside),
    )
