"""What is sent to plan, record and judge tests."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from app.domain.platforms import canonical_platform
from app.schemas.base import InputModel, Int32, LongText, Name, Reason, ShortText, Tag, UtcTime

StateName = Literal["draft", "red_executing", "blue_evaluating", "in_review", "validated", "rejected"]
SideName = Literal["red", "blue"]
ExpectedName = Literal["prevented", "detected", "logged"]
DetectionName = Literal["prevented", "detected", "partially_detected", "not_detected", "inconclusive"]
ExecutionName = Literal["succeeded", "blocked", "failed", "unknown"]
SeenName = Literal["blocked", "alerted", "logged", "none", "not_applicable"]
SeverityName = Literal["informational", "low", "medium", "high", "critical"]
TimeSource = Literal["siem", "edr", "ticket", "import", "manual"]
MissCause = Literal[
    "no_sensor",
    "no_telemetry",
    "not_forwarded",
    "parsing",
    "no_rule",
    "rule_broken",
    "rule_suppressed",
    "allow_listed",
    "late",
    "low_severity",
    "not_triaged",
    "by_design",
    "other",
]
RejectionCode = Literal[
    "insufficient_proof",
    "wrong_technique",
    "wrong_procedure",
    "wrong_times",
    "wrong_outcome",
    "out_of_bounds",
    "other",
]
ActionName = Literal[
    "edit",
    "delete",
    "start",
    "edit_red",
    "submit_red",
    "return",
    "edit_blue",
    "submit_blue",
    "attribute",
    "record_rule_result",
    "add_evidence_red",
    "add_evidence_blue",
    "vote_red",
    "vote_blue",
    "reopen",
    "archive",
    "unarchive",
    "annul",
    "assign",
    "carry",
    "retest",
]
RuleResultName = Literal["triggered", "not_triggered", "false_positive"]
AttackId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,30}(\.[0-9]{1,4})?$", max_length=40)]
Version = Annotated[int, Field(ge=1, le=2_147_483_647)]
Platform = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(canonical_platform)]
Tags = Annotated[list[Tag], Field(max_length=20)]


class SecurityTestCreate(InputModel):
    """What a new test needs."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"technique": "T1059.001", "name": "Encoded PowerShell", "platform": "Windows"}}
    )

    technique: AttackId
    """ATT&CK id of the technique, or the id of a custom one."""
    name: Name
    description: LongText | None = None
    platform: Platform | None = None
    procedure: LongText | None = None
    """What is to be run. With a template: overrides the template's text."""
    procedure_key: Annotated[str, Field(pattern=r"^custom:[0-9a-f-]{36}$")] | None = None
    """Reuse an own procedure, so that its results supersede one another."""
    template_id: UUID | None = None
    inputs: Annotated[dict[str, Annotated[str, Field(max_length=5_000)]], Field(max_length=100)] = Field(
        default_factory=dict
    )
    """Values for the template's input arguments."""
    environment_id: UUID | None = None
    """Default: the organisation's default environment."""
    expected: ExpectedName | None = None
    expected_reason: ShortText | None = None
    """Required with `expected`."""
    blind: bool = False
    tags: Tags = Field(default_factory=list)


class SecurityTestUpdate(InputModel):
    """A change of a draft's plan. Absent: unchanged. Null: cleared."""

    version: Version
    name: Name | None = None
    description: LongText | None = None
    platform: Platform | None = None
    procedure: LongText | None = None
    environment_id: UUID | None = None
    expected: ExpectedName | None = None
    expected_reason: ShortText | None = None
    tags: Tags | None = None


class RedUpdate(InputModel):
    """Red's record. Absent: unchanged. Null: cleared. Flat fields write the first execution."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "version": 1,
                "summary": "Ran the encoded command.",
                "executed_at": "2026-05-04T09:30:00Z",
                "execution": "succeeded",
            }
        }
    )

    version: Version
    summary: LongText | None = None
    executed_at: UtcTime | None = None
    ended_at: UtcTime | None = None
    host: ShortText | None = None
    source_host: ShortText | None = None
    user: ShortText | None = None
    privilege: ShortText | None = None
    tool: ShortText | None = None
    command: LongText | None = None
    execution: ExecutionName | None = None
    cleanup_done_at: UtcTime | None = None
    window_from: UtcTime | None = None
    """Blind tests: from when blue is told to look. Default: whole hours around the executions."""
    window_to: UtcTime | None = None
    target_group: ShortText | None = None
    """Blind tests: where blue is told to look, if anywhere."""


class ExecutionInput(InputModel):
    """One run of the procedure."""

    executed_at: UtcTime | None = None
    ended_at: UtcTime | None = None
    host: ShortText | None = None
    source_host: ShortText | None = None
    user: ShortText | None = None
    privilege: ShortText | None = None
    tool: ShortText | None = None
    command: LongText | None = None
    execution: ExecutionName | None = None
    cleanup_done_at: UtcTime | None = None


class ExecutionsUpdate(InputModel):
    """All executions of the round, replacing what was there."""

    version: Version
    executions: Annotated[list[ExecutionInput], Field(min_length=1, max_length=50)]


class ObservationInput(InputModel):
    """One thing that blue saw, or looked for and did not see."""

    outcome: SeenName
    execution: Annotated[int, Field(ge=1, le=50)] | None = None
    """Number of the execution it belongs to; needed when there are several."""
    tool: ShortText | None = None
    tool_id: UUID | None = None
    tool_version: ShortText | None = None
    observed_at: UtcTime | None = None
    source: TimeSource | None = None
    """Where the time comes from."""
    late: bool | None = None
    """Short for reason `late`."""
    reason: Literal["late", "other_stage"] | None = None
    """Why a block did not stop this execution."""
    severity: SeverityName | None = None
    reference: ShortText | None = None
    """Alert id or link."""
    notes: LongText | None = None


class BlueUpdate(InputModel):
    """Blue's record. Absent: unchanged. Null: cleared. `observations` replaces the whole list."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "version": 1,
                "summary": "EDR raised an alert.",
                "observations": [{"outcome": "alerted", "tool": "EDR", "observed_at": "2026-05-04T09:31:00Z"}],
            }
        }
    )

    version: Version
    summary: LongText | None = None
    observations: Annotated[list[ObservationInput], Field(max_length=100)] | None = None
    triaged_at: UtcTime | None = None
    contained_at: UtcTime | None = None
    miss_cause: MissCause | None = None
    further_causes: Annotated[list[MissCause], Field(max_length=13)] | None = None
    unattributed_reason: ShortText | None = None
    """Why no tool can be named although red was blocked."""


class ReturnInput(InputModel):
    """Blue's question to red."""

    question: Reason


class ReasonInput(InputModel):
    """Why."""

    reason: Reason


class ReopenInput(InputModel):
    """Why a rejected test goes into another round, and which side does its part again."""

    reason: Reason
    redo: Literal["red", "blue", "both"] = "both"


class AssignInput(InputModel):
    """Who works on a side; null gives the test back to all."""

    side: SideName
    user_id: UUID | None


class CarryInput(InputModel):
    """Confirms that the record carried over from the last round still holds."""

    side: SideName


class VoteCreate(InputModel):
    """A lead's judgement: the side's record is true and sufficient, or not."""

    model_config = ConfigDict(json_schema_extra={"example": {"side": "red", "decision": "approve"}})

    side: SideName
    decision: Literal["approve", "reject"]
    notes: Annotated[str, Field(max_length=5_000)] | None = None
    """Required when rejecting."""
    reason_code: RejectionCode | None = None


class RuleResultInput(InputModel):
    """Whether a detection rule fired."""

    result: RuleResultName
    noise_count: Int32 | None = None
    notes: ShortText | None = None


class RetestCreate(InputModel):
    """A further test of the same procedure."""

    name: Name | None = None
