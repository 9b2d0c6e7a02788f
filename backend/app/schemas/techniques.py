"""Bodies of techniques, actors and what stands around them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from app.domain.platforms import canonical_platforms
from app.schemas.base import InputModel, LongText, Name, OutputModel, Reason, UtcTime

DomainName = Literal["enterprise", "mobile", "ics"]
StatusName = Literal[
    "validated", "partial", "not_covered", "in_progress", "not_evaluated", "out_of_scope", "not_applicable"
]
ExpectedName = Literal["prevented", "detected", "logged"]
Platforms = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=60)]], Field(max_length=40), AfterValidator(canonical_platforms)
]
"""ATT&CK's names, each once, whatever catalogue the writer has in mind: what stands under two names never meets."""
TacticName = Annotated[str, Field(min_length=1, max_length=60)]
CustomId = Annotated[str, Field(pattern=r"^X[0-9]{4}(\.[0-9]{3})?$")]


class TechniqueSummary(OutputModel):
    """A technique in a list."""

    id: UUID
    attack_id: str
    name: str
    domain: DomainName
    tactics: list[str]
    """Short names."""
    platforms: list[str]
    is_subtechnique: bool
    parent: str | None
    """ATT&CK id of the technique that this is a part of."""
    status: StatusName | None
    """Null for a technique that is not in force."""
    in_scope: bool
    expected: ExpectedName | None
    proven: bool
    tests: int
    open_tests: int
    review_required: bool
    """Its intelligence changed since somebody last looked."""
    is_active: bool
    is_custom: bool
    unresolved: bool
    """A stub for an id that content uses and our ATT&CK release does not know."""
    source: str
    version: str | None


class TechniqueLink(OutputModel):
    """A technique as another one names it."""

    attack_id: str
    name: str
    status: StatusName | None = None


class TacticRef(OutputModel):
    """A column of the matrix."""

    attack_id: str
    shortname: str
    name: str


class Reference(OutputModel):
    """Where a statement comes from."""

    source_name: str
    external_id: str | None = None
    url: str | None = None
    description: str | None = None


class MitigationUse(OutputModel):
    """A mitigation, and how it acts on this technique."""

    attack_id: str
    name: str
    url: str | None
    description: str
    how: str


class LogSource(OutputModel):
    """Where events are found."""

    name: str
    channel: str | None = None


class AnalyticOut(OutputModel):
    """One platform's detection logic."""

    attack_id: str
    name: str
    description: str
    platforms: list[str]
    log_sources: list[LogSource]


class StrategyOut(OutputModel):
    """How the technique is detected."""

    attack_id: str
    name: str
    description: str
    url: str | None
    analytics: list[AnalyticOut]


class ActorUse(OutputModel):
    """Who uses the technique, and how."""

    id: UUID
    attack_id: str
    name: str
    how: str
    via_campaign: str | None
    """ATT&CK id of the campaign, when the use is known through one."""
    source: str
    references: list[Reference]


class SoftwareCounts(OutputModel):
    """How much software is known to use the technique."""

    malware: int
    tools: int


class TemplateRef(OutputModel):
    """A procedure at hand."""

    id: UUID
    name: str
    source: str
    platforms: list[str]
    executor: str | None


class TestRef(OutputModel):
    """A test on this technique."""

    id: UUID
    number: int
    name: str
    state: str
    created_at: datetime


class OverlayOut(OutputModel):
    """What the organisation decided about the technique in one environment."""

    environment_id: UUID
    environment: str
    in_scope: bool
    expected: ExpectedName | None
    """Null: the organisation's default."""
    priority: int | None
    notes: str | None
    reasons: dict[str, str]
    """By field, why it is so."""
    until: dict[str, datetime]
    """By field, when the decision ends."""


class StatusBreakdown(OutputModel):
    """Why the status is what it is."""

    status: StatusName
    reasons: list[str]
    units: int
    units_validated: int
    met: int
    sighted: int
    missed: int
    expired: int
    inconclusive: int
    open_tests: int
    expected: ExpectedName
    last_executed_at: datetime | None


class ReviewReason(OutputModel):
    """Something that changed in what is known of the technique."""

    at: datetime
    kind: Literal["text", "place", "use", "template", "rule"]
    """What changed: name or description, tactics or platforms, who uses it how, procedures, detection rules."""
    source: str
    reason: str
    """In words."""


class TechniqueDetail(TechniqueSummary):
    """A technique with everything known of it."""

    description: str
    url: str | None
    detection: str
    """Text on detection, which ATT&CK gave up with release 18."""
    attack_version: str | None
    revoked: bool
    deprecated: bool
    withdrawn_at: datetime | None
    successor: TechniqueLink | None
    """What took the place of a revoked technique."""
    predecessors: list[str]
    """Ids that now mean this technique."""
    tactic_refs: list[TacticRef]
    parent_technique: TechniqueLink | None
    subtechniques: list[TechniqueLink]
    mitigations: list[MitigationUse]
    detection_strategies: list[StrategyOut]
    actors: list[ActorUse]
    software: SoftwareCounts
    references: list[Reference]
    templates: list[TemplateRef]
    templates_total: int
    rules_total: int
    recent_tests: list[TestRef]
    tests_total: int
    overlays: list[OverlayOut]
    breakdown: StatusBreakdown | None
    intel_changed_at: datetime | None
    review_reasons: list[ReviewReason]
    """What changed since the last review, newest first; the flag falls with a review."""
    reviewed_at: datetime | None
    review_note: str | None
    data_sources: list[str]
    permissions_required: list[str]
    pending_scope_change: bool = False
    """Somebody asked to take it out of scope; another lead has to ask for the same."""


class TechniqueCreate(InputModel):
    """A technique of our own."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"name": "Abuse of the badge system", "tactics": ["persistence"], "platforms": ["Windows"]}
        }
    )

    attack_id: CustomId | None = None
    """`X` and four digits; the next free one where it is absent."""
    name: Name
    description: LongText = ""
    domain: DomainName = "enterprise"
    parent: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    """ATT&CK id of the technique that this is a part of."""
    tactics: Annotated[list[TacticName], Field(min_length=1, max_length=15)]
    """Short names or ATT&CK ids."""
    platforms: Platforms = Field(default_factory=list)


class TechniqueUpdate(InputModel):
    """Changes of a technique of our own; absent means unchanged."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Abuse of badges"}})

    name: Name | None = None
    description: LongText | None = None
    tactics: Annotated[list[TacticName], Field(min_length=1, max_length=15)] | None = None
    platforms: Platforms | None = None


class TechniqueReview(InputModel):
    """Somebody looked at what changed."""

    model_config = ConfigDict(json_schema_extra={"example": {"notes": "Read the new procedure examples."}})

    notes: Annotated[str, Field(max_length=2_000)] = ""


class OverlayUpdate(InputModel):
    """A dated decision; absent fields stay, null takes the decision back."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"in_scope": False, "reason": "No such platform in this plant"}}
    )

    environment: UUID | None = None
    """Null: the default environment."""
    in_scope: bool | None = None
    expected: ExpectedName | None = None
    priority: Annotated[int, Field(ge=0, le=3)] | None = None
    notes: LongText | None = None
    reason: Reason
    until: UtcTime | None = None
    """When the decision ends by itself."""


class TacticOut(OutputModel):
    """A column of a matrix."""

    id: UUID
    attack_id: str
    domain: DomainName
    shortname: str
    name: str
    description: str
    url: str | None
    position: int | None
    techniques: int
    subtechniques: int
