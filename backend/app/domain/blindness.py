"""What of a blind test exists for whom, until it is revealed.

Red, admins and the system see it whole. Blue sees nothing before the hand-over and then only that a test waits: its
window, environment and target group. For everybody else it does not exist. Source: docs/SECURITY.md, "Blind tests".
"""

from enum import StrEnum

from app.domain.actor import Actor
from app.domain.permissions import Role


class Sight(StrEnum):
    """How much of a test an actor sees."""

    FULL = "full"
    MASKED = "masked"
    NONE = "none"


MASK_NAME = "Blind test"
"""What stands in the place of a masked test's name."""
RED_ROLES = frozenset({Role.RED_TECH, Role.RED_LEAD, Role.ADMIN})
BLUE_ROLES = frozenset({Role.BLUE_TECH, Role.BLUE_LEAD})


def sees_sealed(actor: Actor) -> bool:
    """Whether sealed tests exist, whole, for this actor."""
    return actor.user_id is None or actor.role in RED_ROLES


def sight_of(actor: Actor, *, sealed: bool, handed_over: bool) -> Sight:
    """How much of a test this actor sees.

    sealed: blind and not revealed. handed_over: blue was told of it once.
    """
    if not sealed or sees_sealed(actor):
        return Sight.FULL
    if actor.role in BLUE_ROLES and handed_over:
        return Sight.MASKED
    return Sight.NONE
