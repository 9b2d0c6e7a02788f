"""Bodies of detection rules, their deployments and conversions."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.schemas.base import InputModel, LongText, Name, OutputModel
from app.schemas.catalogue import AttackId
from app.schemas.techniques import Platforms

RuleLevel = Literal["informational", "low", "medium", "high", "critical"]
RuleText = Annotated[str, Field(min_length=1, max_length=200_000)]
Language = Annotated[str, Field(pattern=r"^[a-z0-9_+#.-]{1,40}$")]
DeploymentStatus = Literal["active", "test", "disabled"]
FiringState = Literal["fired", "silent", "never"]


class RuleSummary(OutputModel):
    """A detection rule in a list."""

    id: UUID
    name: str
    source: str
    upstream_id: str
    level: str | None
    status: str | None
    """The publisher's word: `stable`, `production`, `deprecated` …"""
    retired: bool
    """The publisher no longer maintains it; it counts only where we deploy it still."""
    language: str | None
    platforms: list[str]
    author: str | None
    techniques: list[str]
    is_active: bool
    withdrawn_at: datetime | None
    """When its publisher dropped it."""
    deployed_in: list[str]
    """Names of our tools in which it runs now."""
    firing_state: FiringState
    """It fired in a test; it was looked for and stayed silent; nobody ever looked for it. Sealed tests do not count."""


class RuleTechnique(OutputModel):
    """A technique that the rule detects."""

    attack_id: str
    """As the source wrote it."""
    tactic: str | None
    technique: str | None
    """What it means in our ATT&CK release; null while that is not known."""
    name: str | None
    resolution: str


class RuleDeploymentOut(OutputModel):
    """Where the rule runs or ran."""

    tool_id: UUID
    tool: str
    status: str
    since: datetime
    until: datetime | None
    outdated: bool
    """The rule has changed since it was put there."""


class RuleInTest(OutputModel):
    """A test in which somebody looked whether the rule fires. Sealed tests are not among them."""

    id: UUID
    number: int | None
    name: str
    state: str
    round: int
    fired: bool
    attributed: bool
    noise_count: int | None
    """Firings that had nothing to do with the test; null where nobody counted."""
    notes: str | None
    recorded_at: datetime


class RuleFiring(OutputModel):
    """How the rule did over all rounds."""

    evaluated: int
    fired: int
    attributed: int
    noise: int
    """Firings that had nothing to do with the test, as far as they were counted."""


class RuleDetail(RuleSummary):
    """A rule with its text, techniques, deployments and tests."""

    description: str
    query: str
    """What the rule looks for; of Sigma its detection, as YAML."""
    source_text: str
    """The whole rule as it was published."""
    log_source: dict[str, Any] | None
    licence: str | None
    url: str | None
    references: list[str]
    rule_version: str | None
    rule_created: str | None
    rule_modified: str | None
    path: str | None
    source_version: str | None
    raw: dict[str, Any] | None
    technique_links: list[RuleTechnique]
    deployments: list[RuleDeploymentOut]
    tests: list[RuleInTest]
    firing: RuleFiring
    created_by_id: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int


class RuleCreate(InputModel):
    """A rule of our own."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Whoami",
                "language": "sigma",
                "techniques": ["T1033"],
                "source_text": "title: Whoami\nlogsource:\n  category: process_creation\n  product: windows\n"
                "detection:\n  selection:\n    Image|endswith: '\\\\whoami.exe'\n  condition: selection\n",
            }
        }
    )

    name: Name
    description: LongText = ""
    level: RuleLevel | None = None
    language: Language = "sigma"
    platforms: Platforms = Field(default_factory=list)
    source_text: RuleText
    techniques: Annotated[list[AttackId], Field(max_length=30)] = Field(default_factory=list)


class RuleUpdate(InputModel):
    """Changes of a rule of our own; absent means unchanged."""

    model_config = ConfigDict(json_schema_extra={"example": {"level": "high"}})

    name: Name | None = None
    description: LongText | None = None
    level: RuleLevel | None = None
    language: Language | None = None
    platforms: Platforms | None = None
    source_text: RuleText | None = None
    techniques: Annotated[list[AttackId], Field(max_length=30)] | None = None
    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
    """What the change is based on; a stale one is refused."""


class DeploymentChange(InputModel):
    """How the rule runs in the tool."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": "active"}})

    status: DeploymentStatus = "active"
    """Only active deployments count."""


class ConversionBackend(OutputModel):
    """A language that Sigma rules are converted to."""

    name: str
    title: str
    language: str
    pipelines: list[str]
    """Mappings of Sigma's fields to those of the product; the first is used unless another one is asked for."""


class Conversion(OutputModel):
    """A rule in the language of a product."""

    rule_id: UUID
    backend: str
    pipeline: str | None
    """The mapping of fields that was used; null where the fields are Sigma's own."""
    queries: list[str]
    notes: list[str]
    """What to look at before the query is used."""


class RuleCount(OutputModel):
    """Rules of one source or level."""

    name: str
    total: int


class RuleStats(OutputModel):
    """How many rules there are, of those that can be used."""

    total: int
    deployed: int
    """Running in at least one of our tools."""
    fired: int
    silent: int
    never: int
    by_source: list[RuleCount]
    by_level: list[RuleCount]
    """From informational to critical; rules without a level are in none."""
    platforms: list[str]
