"""What is told to whom when something changes: kinds and ids only, and nothing of what does not exist for the asker."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.actor import Actor
from app.domain.blindness import Sight, sight_of
from app.domain.permissions import Permission

NEEDED: dict[str, Permission] = {
    "countermeasure": Permission.KNOWLEDGE_READ,
    "data_source": Permission.KNOWLEDGE_READ,
    "environment": Permission.KNOWLEDGE_READ,
    "job_run": Permission.SYSTEM_MANAGE,
    "notification": Permission.PROFILE_OWN,
    "rule": Permission.KNOWLEDGE_READ,
    "sync_run": Permission.KNOWLEDGE_READ,
    "technique": Permission.KNOWLEDGE_READ,
    "template": Permission.KNOWLEDGE_READ,
    "test": Permission.TEST_READ,
    "tool": Permission.KNOWLEDGE_READ,
    "user": Permission.USER_MANAGE,
}
"""Kinds that are told at all, and what one must be permitted to hear of them. Others are never told."""
CREDENTIALS = frozenset({"session", "user", "access_token"})
"""Kinds whose change may end a stream: who listens is then looked at again."""
TOLD_WHILE_MASKED = frozenset(
    {
        "test.red_submitted",
        "test.returned",
        "test.assigned",
        "test.blue_edited",
        "test.blue_submitted",
        "test.revealed",
    }
)
"""Steps of a sealed test that blue may notice after the hand-over: all that change what blue is shown of it."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was committed."""

    kind: str
    subject_id: str | None = None
    action: str = ""
    """What happened, as the audit trail calls it; never sent."""
    recipients: frozenset[UUID] = frozenset()
    """Whom a notification is for."""
    sealed: bool = False
    """Whether it is of a blind test that is not revealed."""
    handed_over: bool = False


def reaches(actor: Actor, change: Change) -> bool:
    """Whether this actor is told of the change."""
    needed = NEEDED.get(change.kind)
    if needed is None or needed not in actor.permissions:
        return False
    if change.kind == "notification":
        return actor.user_id in change.recipients
    if change.kind != "test":
        return True
    seen = sight_of(actor, sealed=change.sealed, handed_over=change.handed_over)
    return seen is Sight.FULL or (seen is Sight.MASKED and change.action in TOLD_WHILE_MASKED)


def concerns(actor: Actor, change: Change) -> bool:
    """Whether the change may have ended the actor's session or token, or altered their rights."""
    own = (actor.session_id, actor.user_id, actor.token_id)
    return change.kind in CREDENTIALS and change.subject_id in {str(i) for i in own if i is not None}
