"""Bodies of findings, their steps and accepted risks."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.schemas.base import InputModel, LongText, Name, OutputModel, Reason, ShortText, UtcTime
from app.schemas.security_test_views import EnvironmentRef, PersonRef
from app.schemas.security_tests import DetectionName, MissCause, SideName, StateName, Version

FindingStatus = Literal[
    "open",
    "in_remediation",
    "awaiting_retest",
    "closed_proven",
    "closed_unproven",
    "risk_accepted",
    "chronic",
]
SeverityLevel = Literal["low", "medium", "high", "critical"]
StepState = Literal["open", "done", "dropped"]
FindingAction = Literal[
    "edit",
    "add_step",
    "accept_risk",
    "confirm_risk",
    "refuse_risk",
    "end_acceptance",
    "close",
    "reopen",
    "merge",
]
TestIds = Annotated[list[UUID], Field(min_length=1, max_length=200)]


class FindingCreate(InputModel):
    """A finding on confirmed results below expectation."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "title": "Logs of the workstations do not arrive",
                "test_ids": ["01890000-0000-7000-8000-000000000000"],
            }
        }
    )

    test_ids: TestIds
    """Validated tests that proved less than what was expected; they leave the finding that they showed until now."""
    title: Name | None = None
    """Default: by the cause."""
    description: LongText | None = None
    cause: MissCause | None = None
    """Default: the cause that blue named for the first test."""
    severity: SeverityLevel | None = None
    owner: ShortText | None = None
    """Team or function. Default: the owner of the cause."""
    owner_id: UUID | None = None
    """A person."""
    due_on: date | None = None
    external_ticket: ShortText | None = None


class FindingUpdate(InputModel):
    """A change of what is said of a finding. Absent: unchanged. Null: cleared."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"version": 1, "severity": "critical", "due_on": "2026-12-31"}}
    )

    version: Version
    title: Name | None = None
    description: LongText | None = None
    cause: MissCause | None = None
    severity: SeverityLevel | None = None
    owner: ShortText | None = None
    owner_id: UUID | None = None
    due_on: date | None = None
    external_ticket: ShortText | None = None
    reason: Reason | None = None
    """Required with another cause."""


class StepCreate(InputModel):
    """One thing to do."""

    model_config = ConfigDict(json_schema_extra={"example": {"title": "Mend the forwarder", "due_on": "2026-12-31"}})

    title: Name
    description: LongText = ""
    side: SideName = "blue"
    """Whose work it is: who writes or ticks it does not judge this side of the retest."""
    assignee_id: UUID | None = None
    due_on: date | None = None


class StepUpdate(InputModel):
    """A change of a step. Whom it is assigned to may send `status` and `notes`, leads everything."""

    model_config = ConfigDict(json_schema_extra={"example": {"version": 1, "status": "done"}})

    version: Version
    title: Name | None = None
    description: LongText | None = None
    side: SideName | None = None
    status: StepState | None = None
    """`dropped`: no longer needed. Back to `open`: undone."""
    assignee_id: UUID | None = None
    due_on: date | None = None
    notes: LongText | None = None


class ResultsInput(InputModel):
    """Results to move into a finding."""

    test_ids: TestIds


class MergeInput(InputModel):
    """The finding to take over."""

    finding_id: UUID


class RiskInput(InputModel):
    """The acceptance of a risk: asked for by one lead, confirmed or refused by another person."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"reason": "Replaced next spring", "until": "2027-04-30T00:00:00Z"}}
    )

    decision: Literal["accept", "refuse"] = "accept"
    reason: Reason | None = None
    """Required of who asks."""
    environment: UUID | None = None
    """Where it is accepted; null: everywhere."""
    until: UtcTime | None = None
    """Required of who asks: at most 365 days from now. Who confirms may leave it out."""


class OwnersUpdate(InputModel):
    """Owners of causes; those not named stay."""

    owners: Annotated[dict[MissCause, Annotated[str, Field(min_length=1, max_length=200)]], Field(min_length=1)]
    reason: Reason


class OwnersOut(OutputModel):
    """Who owns a gap, by its cause."""

    owners: dict[str, str]


class ToolRef(OutputModel):
    """A security tool in passing."""

    id: UUID
    name: str


class FindingRef(OutputModel):
    """Another finding in passing."""

    id: UUID
    number: str
    title: str
    status: FindingStatus


class StepCounts(OutputModel):
    """How the steps stand; dropped ones apart."""

    total: int
    open: int
    done: int


class FindingSummary(OutputModel):
    """A finding in a list."""

    id: UUID
    number: str
    title: str
    cause: MissCause
    tool: ToolRef | None
    """The tool that should have seen it, where the records name just one."""
    severity: SeverityLevel
    owner: str
    """Team or function."""
    owner_person: PersonRef | None
    due_on: date | None
    overdue: bool
    external_ticket: str | None
    status: FindingStatus
    status_since: datetime
    opened_at: datetime
    remediated_at: datetime | None
    """When all steps were done; a claim until a retest proves it."""
    proven_at: datetime | None
    """When the proving retest ran."""
    closed_at: datetime | None
    version: int
    result_count: int
    """Results below expectation that show it."""
    environments: list[str]
    techniques: list[str]
    """ATT&CK ids."""
    step_counts: StepCounts
    accepted_until: datetime | None
    """When the acceptance in force that lasts longest ends."""


class FindingResultOut(OutputModel):
    """A result below expectation that shows the finding."""

    test_id: UUID
    number: str
    name: str
    technique: str
    technique_name: str
    environment: EnvironmentRef
    platform: str | None
    detection: DetectionName
    expected: str
    miss_cause: MissCause | None
    executed_at: datetime
    decided_at: datetime
    proven_at: datetime | None
    """When the retest ran that showed this procedure closed here; null while none did."""
    accepted: bool
    retests_used: int
    """Automatic retests of the procedure that proved something."""


class FindingRetestOut(OutputModel):
    """A test that repeats one of the results."""

    test_id: UUID
    number: str
    name: str
    origin_id: UUID
    generation: int
    automatic: bool
    state: StateName
    detection: DetectionName | None
    proves: bool
    executed_at: datetime | None
    decided_at: datetime | None
    archived: bool
    annulled: bool


class StepOut(OutputModel):
    """One thing to do."""

    id: UUID
    finding_id: UUID
    no: int
    title: str
    description: str
    side: SideName
    status: StepState
    assignee: PersonRef | None
    due_on: date | None
    overdue: bool
    notes: str
    created_by: PersonRef
    created_at: datetime
    done_at: datetime | None
    done_by: PersonRef | None
    version: int
    allowed_actions: list[Literal["edit", "set_status"]]


class AcceptanceOut(OutputModel):
    """A time for which a risk was accepted."""

    id: UUID
    environment: EnvironmentRef | None
    """Null: everywhere."""
    reason: str
    valid_from: datetime
    valid_until: datetime
    requested_by: PersonRef
    confirmed_by: PersonRef
    ended_at: datetime | None
    end_reason: str | None
    in_force: bool


class AcceptanceRequest(OutputModel):
    """An acceptance that waits for its second person."""

    requested_by: PersonRef
    requested_at: datetime
    reason: str
    environment: EnvironmentRef | None
    until: datetime
    expires_at: datetime


class FindingDetail(FindingSummary):
    """A finding, whole."""

    description: str
    opened_by: PersonRef | None
    """Null: the system, when both leads confirmed the first result."""
    closed_by: PersonRef | None
    close_reason: str | None
    merged_into: FindingRef | None
    retest_limit: int
    """Automatic, conclusive retests of a procedure before the finding is chronic; 0: none is made."""
    results: list[FindingResultOut]
    retests: list[FindingRetestOut]
    """Those that exist for the reader: a sealed retest is told to the red side only."""
    steps: list[StepOut]
    acceptances: list[AcceptanceOut]
    acceptance_request: AcceptanceRequest | None
    allowed_actions: list[FindingAction]


class FindingEventOut(OutputModel):
    """One thing that happened to a finding."""

    at: datetime
    event: str
    actor: str
    from_status: FindingStatus | None
    to_status: FindingStatus
    reason: str | None
    details: dict[str, str | int | bool | None]
