"""Bodies of evidence."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.schemas.audit import CheckRun, FactFinding
from app.schemas.base import InputModel, LongText, OutputModel, Reason, ShortText, UtcTime
from app.schemas.security_test_views import PersonRef

TeamName = Literal["red", "blue", "remediation"]
SensitivityName = Literal["normal", "sensitive", "secret"]
CustodyKind = Literal[
    "received",
    "link_issued",
    "fetched",
    "previewed",
    "verified",
    "altered",
    "missing",
    "withdrawn",
    "purged",
]


class EvidenceFields(InputModel):
    """The text fields beside an uploaded file."""

    notes: LongText = ""
    caption: ShortText = ""
    """A line to show under the file."""
    collected_at: UtcTime | None = None
    """When the material was gathered, which may be long before the upload."""
    collected_from: ShortText | None = None
    """Host, console or person it came from."""
    sensitivity: SensitivityName = "normal"


class EvidenceWithdrawal(InputModel):
    """Why a file no longer counts."""

    model_config = ConfigDict(json_schema_extra={"example": {"reason": "Screenshot of the wrong host."}})

    reason: Reason


class EvidenceSummary(OutputModel):
    """A file that proves something on a side of a round."""

    id: UUID
    test_id: UUID
    team: TeamName
    round: int
    filename: str
    """As the sender named it, without what is unsafe to show."""
    content_type: str
    """Judged by content, not by name."""
    size: int
    """Bytes."""
    sha256: str
    """Lower-case hex, computed while the file arrived."""
    dangerous: bool
    """Opening it could run something: it downloads as octet-stream with the suffix `.danger`."""
    late: bool
    """Added after the side's hand-over."""
    caption: str
    notes: str
    sensitivity: SensitivityName
    collected_at: datetime | None
    collected_from: str | None
    carried: bool
    """Stands here because the round before was not redone on this side."""
    uploaded_by: PersonRef
    uploaded_at: datetime
    withdrawn_at: datetime | None
    """Set: the file no longer counts and cannot be downloaded; its hash stays."""
    withdrawn_by: PersonRef | None
    withdraw_reason: str | None


class CustodyEntry(OutputModel):
    """One thing that happened to a file."""

    at: datetime
    kind: CustodyKind
    actor: str


class EvidenceDetail(EvidenceSummary):
    """A file with its chain of custody."""

    custody: list[CustodyEntry]
    """Newest first, the latest 200."""


class DownloadLink(OutputModel):
    """Where to fetch a file."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"url": "/api/v1/evidence-files?link=eyJr…", "expires_in": 60}}
    )

    url: str
    """Needs no token, is made for the asker alone and must not be passed on."""
    expires_in: int = Field(examples=[60])
    """Seconds in which the download must begin."""


class VerificationOutput(OutputModel):
    """Whether the store still holds what was uploaded."""

    intact: bool
    sha256: str | None
    """Computed anew from the store; null when the object is missing."""
    expected_sha256: str
    size: int | None
    checked_at: datetime
    cached: bool
    """The answer of a check within the last minute."""


EvidenceStatus = Literal["intact", "altered", "missing", "unchecked", "purged"]


class InventoryEntry(OutputModel):
    """A piece of evidence in the list of all."""

    id: UUID
    test_id: UUID
    test_number: int | None
    test_name: str
    round_no: int
    side: TeamName
    filename: str
    content_type: str
    dangerous: bool
    sensitivity: SensitivityName
    size: int
    """Bytes."""
    sha256: str
    object_key: str
    """Where the bytes lie in the store."""
    store: str
    status: EvidenceStatus
    """What the last check found; `unchecked` before the first."""
    checked_at: datetime | None
    uploaded_by: str
    uploaded_at: datetime
    withdrawn_at: datetime | None


class InventorySummary(OutputModel):
    """Sums over all evidence."""

    files: int
    objects: int
    size: int
    """Bytes of all objects; one that stands in several rounds weighs once."""
    withdrawn: int
    by_status: dict[EvidenceStatus, int]
    oldest_check_at: datetime | None
    """When the object that was not checked for longest was checked; unchecked ones apart."""
    last_check: CheckRun | None
    """The newest check of the whole store."""
    free_bytes: int | None
    """Free space where the objects lie; null for a store that does not tell."""


class EvidenceVerdict(CheckRun):
    """What a check of the whole store found."""

    checked: dict[str, int]
    """`evidence` read back, of which `altered` and `missing`; `objects` in the store, of which `orphaned`."""
    finding_count: int
    findings: list[FactFinding]
    """The first two hundred."""
