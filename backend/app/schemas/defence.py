"""Bodies of D3FEND's countermeasures and of compliance frameworks."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.schemas.base import InputModel, OutputModel

CountermeasureWord = Literal["implemented", "planned", "no"]


class CountermeasureOut(OutputModel):
    """A defensive technique of D3FEND, and whether we have it."""

    id: UUID
    d3fend_id: str
    name: str
    description: str
    tactic: str | None
    parent: str | None
    """D3FEND id of what it is a kind of."""
    synonyms: list[str]
    url: str | None
    status: CountermeasureWord
    status_reason: str | None
    status_since: datetime | None
    """Null while nobody has decided."""
    techniques: int
    """ATT&CK techniques that it counters."""


class CounteredTechnique(OutputModel):
    """A technique that a countermeasure counters."""

    attack_id: str
    """As D3FEND wrote it."""
    technique: str | None
    """What it means in our ATT&CK release; null while that is not known."""
    name: str | None
    resolution: str
    artifacts: list[str] | None
    """Through what: `analyzes File`."""


class CountermeasureDecision(OutputModel):
    """What was said of a countermeasure, from when to when."""

    status: CountermeasureWord
    reason: str
    valid_from: datetime
    valid_until: datetime | None
    decided_by_id: UUID | None


class CountermeasureDetail(CountermeasureOut):
    """A countermeasure with its techniques and history."""

    technique_links: list[CounteredTechnique]
    history: list[CountermeasureDecision]


class ScoreChange(OutputModel):
    """A score before and after; null where there is none."""

    before: float | None
    after: float | None


class TechniqueGain(ScoreChange):
    """A technique whose score would change."""

    attack_id: str
    name: str


class CountermeasureGain(OutputModel):
    """A countermeasure that we lack, and what implementing it would add."""

    id: UUID
    d3fend_id: str
    name: str
    tactic: str | None
    status: CountermeasureWord
    techniques: int
    """Techniques whose own score would change."""
    gain: float | None
    """Points of the score of everything in scope; null where there is no such score."""


class CountermeasureGains(OutputModel):
    """What each countermeasure that we lack would add, those that add most first."""

    as_of: datetime
    score: float | None
    """Of everything in scope, as it is."""
    items: list[CountermeasureGain]
    total: int
    limit: int
    offset: int


class CountermeasureGainDetail(CountermeasureGain):
    """What implementing one countermeasure would change."""

    as_of: datetime
    in_scope: ScoreChange
    profile: ScoreChange | None
    """On the threat profile; null while there is none."""
    moves: list[TechniqueGain]
    """The techniques that would win most, at most 20."""


class CountermeasureStatusChange(InputModel):
    """Whether we have a countermeasure, from now on."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": "planned", "reason": "Budget for next year"}})

    status: CountermeasureWord
    reason: Annotated[str, Field(max_length=2_000)] = ""


class CountermeasureTactic(OutputModel):
    """A column of D3FEND's matrix."""

    name: str
    techniques: int
    implemented: int
    planned: int


class BaselineOut(OutputModel):
    """A selection of a framework's controls."""

    name: str
    title: str = ""
    controls: int = Field(description="How many the publisher counts.")


class FrameworkOut(OutputModel):
    """A catalogue of controls in one version."""

    id: UUID
    key: str
    """`<framework>:<version>`; it stands for the id in addresses."""
    name: str
    framework: str
    version: str
    description: str
    publisher: str | None
    licence: str | None
    url: str | None
    attack_version: str | None
    """Release of ATT&CK that its mappings were made for, where the framework's own file says so."""
    baselines: list[BaselineOut]
    controls: int
    enhancements: int
    """Controls among them that strengthen another one."""
    withdrawn_controls: int
    """Controls among them that the publisher gave up."""
    mappings: int
    mapped_controls: int
    techniques: int
    """Techniques that some control is mapped to."""
    source_version: str | None
    updated_at: datetime


class ControlOut(OutputModel):
    """A control of a framework."""

    id: UUID
    control_id: str
    name: str
    description: str
    family: str | None
    parent: str | None
    """The control that it strengthens."""
    baselines: list[str]
    retired: bool
    """The publisher gave it up and keeps it listed."""
    techniques: int
    """Techniques that it is mapped to."""
    raw: dict[str, Any] | None


class MappedControl(OutputModel):
    """A control of some framework that is mapped to a technique."""

    framework_key: str
    framework_name: str
    control_id: str
    name: str
    family: str | None
    baselines: list[str]
