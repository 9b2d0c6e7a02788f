"""What the API answers about tests and everything below them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from app.schemas.base import OutputModel
from app.schemas.security_tests import (
    ActionName,
    DetectionName,
    ExecutionName,
    ExpectedName,
    MissCause,
    RejectionCode,
    RuleResultName,
    SeenName,
    SeverityName,
    SideName,
    StateName,
    TimeSource,
)


class PersonRef(OutputModel):
    """A user, as others see them."""

    id: UUID
    username: str
    full_name: str


class TechniqueRef(OutputModel):
    """A technique in passing."""

    id: UUID
    attack_id: str
    name: str
    is_active: bool


class EnvironmentRef(OutputModel):
    """An environment in passing."""

    id: UUID
    name: str


class TestRef(OutputModel):
    """Another test in passing."""

    id: UUID
    number: str
    name: str
    state: StateName
    detection: DetectionName | None


class ExecutionOutput(OutputModel):
    """One run of the procedure."""

    no: int
    executed_at: datetime | None
    ended_at: datetime | None
    host: str | None
    source_host: str | None
    user: str | None
    privilege: str | None
    tool: str | None
    command: str | None
    execution: ExecutionName | None
    cleanup_done_at: datetime | None
    detection: DetectionName | None
    """What this execution shows; null before the hand-over to the leads."""


class ObservationOutput(OutputModel):
    """One thing that blue saw."""

    outcome: SeenName
    execution: int | None
    tool: str | None
    tool_id: UUID | None
    tool_version: str | None
    observed_at: datetime | None
    source: TimeSource | None
    late: bool
    reason: Literal["late", "other_stage"] | None
    severity: SeverityName | None
    reference: str | None
    notes: str | None


class RuleResultOutput(OutputModel):
    """Whether a detection rule fired on this round."""

    rule_id: UUID
    rule_name: str
    result: RuleResultName
    noise_count: int | None
    notes: str | None


class RedRecord(OutputModel):
    """Red's record of a round, flat as of its first execution."""

    version: int
    summary: str | None
    executed_at: datetime | None
    ended_at: datetime | None
    host: str | None
    source_host: str | None
    user: str | None
    privilege: str | None
    tool: str | None
    command: str | None
    execution: ExecutionName | None
    cleanup_done_at: datetime | None
    executions: list[ExecutionOutput]
    entered_later: bool
    """The execution lies more than a day before the start of the test."""
    submitted_at: datetime | None
    submitted_by: PersonRef | None
    carried_from_round: int | None
    carry_confirmed_at: datetime | None
    evidence_count: int


class BlueRecord(OutputModel):
    """Blue's record of a round."""

    version: int
    summary: str | None
    observations: list[ObservationOutput]
    triaged_at: datetime | None
    contained_at: datetime | None
    miss_cause: MissCause | None
    further_causes: list[MissCause]
    unattributed_reason: str | None
    clock_skew: bool
    """A sighting was stamped up to five minutes before the execution and counts as immediate."""
    rule_results: list[RuleResultOutput]
    frozen_at: datetime | None
    """Blind tests: when the sightings were frozen and the test revealed."""
    frozen_observations: list[ObservationOutput] | None
    """The sightings as blue recorded them without knowing the attack."""
    submitted_at: datetime | None
    submitted_by: PersonRef | None
    carried_from_round: int | None
    carry_confirmed_at: datetime | None
    evidence_count: int


class VoteOutput(OutputModel):
    """A vote. Decision and notes are null for everybody but its author until the round is decided."""

    side: SideName
    user: PersonRef
    role: str
    voted_at: datetime
    decision: Literal["approve", "reject"] | None
    reason_code: RejectionCode | None
    notes: str | None
    credentials_changed_recently: bool
    """Somebody else changed this voter's password or role in the seven days before."""
    as_deputy_of: PersonRef | None
    """The lead in whose place this person voted."""


class AnnulmentRequest(OutputModel):
    """A pending request to annul, waiting for a second person."""

    requested_by: PersonRef
    requested_at: datetime
    reason: str
    expires_at: datetime


class SecurityTestSummary(OutputModel):
    """A test in a list."""

    id: UUID
    number: str
    name: str
    state: StateName
    state_since: datetime
    round: int
    technique: TechniqueRef | None
    """Null while a blind test is sealed for the reader."""
    technique_at_test: str | None
    environment: EnvironmentRef
    platform: str | None
    detection: DetectionName | None
    expected: ExpectedName
    """The expectation in force: the test's own, else the technique's, else the organisation's."""
    meets_expectation: bool | None
    waits_for: str | None
    """Who has the next step: red, blue, red_lead, blue_lead, leads, or nobody."""
    red_assignee: PersonRef | None
    blue_assignee: PersonRef | None
    created_by: PersonRef | None
    created_at: datetime
    executed_at: datetime | None
    decided_at: datetime | None
    archived: bool
    annulled: bool
    blind: bool
    sealed: bool
    """Blind and not revealed yet: numbered, counted and listed for others only after the reveal."""
    retest_of: UUID | None
    tags: list[str]


class SecurityTestDetail(SecurityTestSummary):
    """A test, whole: plan, both records of the current round, votes, and what the asker may do."""

    in_doubt: list[Literal["template", "technique", "tool", "rule"]]
    """What changed since under a result that nothing newer has superseded; it goes on to count."""
    version: int
    """Version of the plan; `red.version` and `blue.version` are the records'."""
    description: str
    procedure: str
    procedure_key: str
    template_id: UUID | None
    template_name: str | None
    inputs: dict[str, str]
    attack_version: str
    expected_own: ExpectedName | None
    """Set on this test with a reason; null: it follows the technique."""
    expected_reason: str | None
    started_at: datetime | None
    updated_at: datetime
    red: RedRecord
    blue: BlueRecord
    votes: list[VoteOutput]
    verdict: Literal["validated", "rejected"] | None
    silent_block: bool
    unattributed: bool
    returned_count: int
    open_question: str | None
    """Blue's question, while red has the test back."""
    window_from: datetime | None
    """Blind tests: from when blue is to look."""
    window_to: datetime | None
    target_group: str | None
    revealed_at: datetime | None
    archived_at: datetime | None
    archive_reason: str | None
    annulled_at: datetime | None
    annul_reason: str | None
    annulment: AnnulmentRequest | None
    seal: str | None
    """SHA-256 of the decided round's canonical record."""
    allowed_actions: list[ActionName]


class RoundOutput(OutputModel):
    """One pass through the workflow."""

    no: int
    opened_at: datetime
    opened_by: PersonRef | None
    open_reason: str
    redo: Literal["red", "blue", "both"]
    red: RedRecord
    blue: BlueRecord
    votes: list[VoteOutput]
    detection: DetectionName | None
    verdict: Literal["validated", "rejected"] | None
    decided_at: datetime | None
    seal: str | None


class TimelineEntry(OutputModel):
    """One thing that happened to a test."""

    at: datetime
    event: str
    round: int
    actor: str
    from_state: StateName | None
    to_state: StateName
    reason: str | None
    details: dict[str, str | int | bool | None]
