"""Bodies of the audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.schemas.base import OutputModel


class AuditEntry(OutputModel):
    """Who did what to what."""

    seq: int
    """Place in the trail: 1, 2, 3, … without a gap."""
    at: datetime
    actor_id: UUID | None
    actor_label: str
    """The actor's name at that time."""
    action: str
    subject_kind: str
    subject_id: str | None
    subject_label: str | None
    """The subject's name at that time."""
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    details: dict[str, Any] | None
    request_id: str | None
    address: str | None
    via: str
    """`session`, `token`, `system` or `anonymous`."""
    hash: str


class ChainFault(OutputModel):
    """One thing in the trail that is not as it was written."""

    seq: int
    code: str
    message: str


class ChainVerdict(OutputModel):
    """What a check of the whole trail found."""

    intact: bool
    entries: int
    head_seq: int
    head_hash: str
    first_at: datetime | None
    last_at: datetime | None
    faults: list[ChainFault]
    """The first hundred."""
    not_proven: list[str]
    """What such a check cannot show."""
