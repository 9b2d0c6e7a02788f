"""Bodies of the audit trail."""

from datetime import datetime
from typing import Any, Literal
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


class FactFinding(OutputModel):
    """One fact that is not as it was sealed, signed or recorded."""

    kind: str
    """`round`, `vote`, `test`, `evidence`, `custody_event` or `object`."""
    code: str
    """`altered`, `missing`, `unknown` (no entry of the trail knows it), `orphaned` and their like."""
    message: str
    subject_id: str
    test_id: str | None
    seq: int | None
    """The entry of the trail that says otherwise."""


class FactsVerdict(OutputModel):
    """What the comparison of all facts with the trail found."""

    checked: dict[str, int]
    """How many facts of each kind were compared."""
    finding_count: int
    findings: list[FactFinding]
    """The first two hundred."""


class CheckRun(OutputModel):
    """A check under way or done."""

    id: UUID
    kind: Literal["trail", "facts", "evidence"]
    status: Literal["running", "succeeded", "failed", "interrupted"]
    started_at: datetime
    ended_at: datetime | None
    done: int
    total: int
    """How many entries or files there are to read, as far as known."""
    intact: bool | None
    """Null until the check has ended."""
    error: str | None


class ChainVerdict(CheckRun):
    """What a check of the whole trail found. Figures are null until it has ended."""

    entries: int | None
    head_seq: int | None
    head_hash: str | None
    first_at: datetime | None
    last_at: datetime | None
    faults: list[ChainFault]
    """The first hundred, in the order of the trail: the first one is where it breaks."""
    facts: FactsVerdict | None
    """Present when facts were asked for."""
    not_proven: list[str]
    """What such a check cannot show."""
