"""Bodies of test templates, environments and security tools."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.schemas.base import InputModel, LongText, Name, OutputModel, ShortText
from app.schemas.techniques import Platforms

AttackId = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,30}(\.[0-9]{1,4})?$", max_length=40)]
AttackIds = Annotated[list[AttackId], Field(max_length=30)]


class TemplateInput(InputModel):
    """A value that whoever makes a test of the template fills in."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
    description: ShortText = ""
    type: Annotated[str, Field(max_length=40)] = "string"
    default: Annotated[str, Field(max_length=4_000)] | None = None


class TemplateInputOut(OutputModel):
    """A value to fill in."""

    name: str
    description: str = ""
    type: str = "string"
    default: str | None = None


class TemplateTechnique(OutputModel):
    """A technique that the template carries out."""

    attack_id: str
    """As the source wrote it."""
    technique: str | None
    """What it means in our ATT&CK release; null while that is not known."""
    name: str | None
    resolution: str


class TemplateDependency(OutputModel):
    """What has to be there before the procedure runs."""

    description: str = ""
    prereq_command: str = ""
    get_prereq_command: str = ""
    executor: str | None = None


class TemplateRank(OutputModel):
    """Why a template stands where it does among several."""

    fits: bool
    """It runs on a platform that was asked for, else on one that we have."""
    actors: int
    """Actors of interest that use a technique of it."""
    reason: str
    """All of it in words."""


class TemplateSummary(OutputModel):
    """A template in a list."""

    id: UUID
    name: str
    source: str
    upstream_id: str
    platforms: list[str]
    executor: str | None
    elevation_required: bool
    techniques: list[str]
    is_active: bool
    withdrawn_at: datetime | None
    """When its publisher dropped it."""
    tests: int
    """Tests made of it."""
    needs_release: bool
    """Its publisher changed what it runs since we last used it: no test can be made of it until a lead releases it."""
    rank: TemplateRank | None = None
    """Null in lists of another order than `rank`."""


class TemplateChange(OutputModel):
    """A part of a held template as it was when we last used or released it, and as its publisher has it now."""

    field: str
    before: str
    after: str


class TemplateDetail(TemplateSummary):
    """A template with its procedure."""

    held_changes: list[TemplateChange]
    """What waits to be released; empty unless `needs_release`."""
    released_at: datetime | None

    description: str
    procedure: str
    """The command or the steps, with `#{name}` where an input goes."""
    cleanup: str
    inputs: list[TemplateInputOut]
    dependencies: list[TemplateDependency]
    external_references: list[str]
    author: str | None
    licence: str | None
    url: str | None
    raw: dict[str, Any] | None
    """The upstream item as it was read; null for a template of our own."""
    source_version: str | None
    technique_links: list[TemplateTechnique]
    created_by_id: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int


class TemplatePrerequisite(OutputModel):
    """What has to be there first, with inputs filled in."""

    description: str
    check: str
    get: str
    executor: str | None


class TemplateCommandOut(OutputModel):
    """A template made ready for its executor."""

    executor: str | None
    elevation_required: bool
    command: str
    cleanup: str
    prerequisites: list[TemplatePrerequisite]
    inputs: dict[str, str]
    missing: list[str]
    """Inputs that have neither a value nor a default."""
    script: str
    """Everything in one text, prerequisites and cleanup as comments."""
    filename: str


class TemplateCreate(InputModel):
    """A procedure of our own."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Dump LSASS",
                "techniques": ["T1003.001"],
                "platforms": ["Windows"],
                "procedure": "tool.exe",
            }
        }
    )

    name: Name
    description: LongText = ""
    techniques: Annotated[list[AttackId], Field(min_length=1, max_length=30)]
    platforms: Platforms = Field(default_factory=list)
    procedure: LongText = ""
    cleanup: LongText = ""
    executor: Annotated[str, Field(max_length=60)] | None = None
    elevation_required: bool = False
    inputs: Annotated[list[TemplateInput], Field(max_length=50)] = Field(default_factory=list)


class TemplateUpdate(InputModel):
    """Changes of a template of our own; absent means unchanged."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Dump LSASS memory"}})

    name: Name | None = None
    description: LongText | None = None
    techniques: Annotated[list[AttackId], Field(min_length=1, max_length=30)] | None = None
    platforms: Platforms | None = None
    procedure: LongText | None = None
    cleanup: LongText | None = None
    executor: Annotated[str, Field(max_length=60)] | None = None
    elevation_required: bool | None = None
    inputs: Annotated[list[TemplateInput], Field(max_length=50)] | None = None
    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
    """What the change is based on; a stale one is refused."""


class TemplateRelease(InputModel):
    """That somebody has read what a held template runs now."""

    model_config = ConfigDict(json_schema_extra={"example": {"version": 3}})

    version: Annotated[int, Field(ge=1, le=2_147_483_647)]
    """Of the template as it was read; a stale one is refused."""


class TemplateImport(InputModel):
    """Templates of our own, all or none."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"templates": [{"name": "Dump LSASS", "techniques": ["T1003.001"]}]}}
    )

    templates: Annotated[list[TemplateCreate], Field(min_length=1, max_length=200)]


class TemplateImported(OutputModel):
    """What was made."""

    created: int
    ids: list[UUID]


class TemplateCount(OutputModel):
    """Templates of one source or platform."""

    name: str
    total: int
    active: int


class TemplateStats(OutputModel):
    """How many templates there are."""

    total: int
    active: int
    techniques: int
    """Techniques in force that some active template carries out."""
    by_source: list[TemplateCount]
    by_platform: list[TemplateCount]


class EnvironmentOut(OutputModel):
    """A part of the organisation."""

    id: UUID
    name: str
    description: str
    is_default: bool
    is_active: bool
    platforms: list[str]
    """Empty: it has all of them."""


class EnvironmentCreate(InputModel):
    """A new part of the organisation."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "Plant North", "platforms": ["Windows", "Linux"]}})

    name: Name
    description: LongText = ""
    platforms: Platforms = Field(default_factory=list)


class EnvironmentUpdate(InputModel):
    """Changes of an environment; absent means unchanged."""

    model_config = ConfigDict(json_schema_extra={"example": {"platforms": ["Windows"]}})

    name: Name | None = None
    description: LongText | None = None
    platforms: Platforms | None = None
    is_active: bool | None = None
    reason: ShortText = ""


class ToolOut(OutputModel):
    """One of our security products."""

    id: UUID
    name: str
    kind: str
    vendor: str
    version: str
    is_active: bool
    rules: int
    """Detection rules on record there now, in whatever way they run."""


ToolKind = Literal["", "edr", "siem", "ndr", "proxy", "firewall", "email", "identity", "cloud", "av", "other"]


class ToolCreate(InputModel):
    """A new security tool."""

    model_config = ConfigDict(json_schema_extra={"example": {"name": "SIEM one", "kind": "siem"}})

    name: Name
    kind: ToolKind = ""
    vendor: Annotated[str, Field(max_length=200)] = ""
    version: Annotated[str, Field(max_length=100)] = ""


class ToolUpdate(InputModel):
    """Changes of a tool; absent means unchanged."""

    model_config = ConfigDict(json_schema_extra={"example": {"version": "9.1"}})

    name: Name | None = None
    kind: ToolKind | None = None
    vendor: Annotated[str, Field(max_length=200)] | None = None
    version: Annotated[str, Field(max_length=100)] | None = None
    is_active: bool | None = None
