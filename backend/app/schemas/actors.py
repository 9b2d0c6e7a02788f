"""Bodies of threat actors and what they use."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from app.schemas.base import InputModel, LongText, Name, OutputModel
from app.schemas.techniques import DomainName, Reference, StatusName

Label = Annotated[str, Field(min_length=1, max_length=100)]
Labels = Annotated[list[Label], Field(max_length=50)]
WebAddress = Annotated[str, Field(max_length=2_000, pattern=r"^https?://[^\s]+$")]
TechniqueId = Annotated[str, Field(min_length=1, max_length=40)]


class ActorCoverage(OutputModel):
    """How we stand against an actor in one domain.

    A technique counts when the actor uses it directly or in a campaign attributed to it; one that the actor also uses
    by a sub-technique is left out. That a technique is covered says nothing of this actor's own procedure.
    """

    domain: DomainName
    techniques: int
    """In force, in scope and applicable: what the other figures are of."""
    tested: int
    """With a result that counts today."""
    validated: int
    partial: int
    not_covered: int
    out_of_scope: int
    """Used, and out of scope or not applicable here: not among `techniques`."""


class ActorSummary(OutputModel):
    """A group of adversaries."""

    id: UUID
    attack_id: str
    name: str
    aliases: list[str]
    description: str
    source: str
    is_custom: bool
    is_active: bool
    switched_off: bool
    """We took it out, whatever its publisher says."""
    country: str | None
    sectors: list[str]
    regions: list[str]
    techniques: int
    """How many techniques it uses directly or in campaigns attributed to it."""
    coverage: list[ActorCoverage] | None = None
    """By domain; null in a list that did not ask for it."""


class ActorTechnique(OutputModel):
    """A technique that an actor uses."""

    attack_id: str
    name: str
    domain: DomainName
    tactics: list[str]
    status: StatusName | None
    how: str
    via_campaign: str | None
    source: str
    own: bool
    """We said so: it can be changed and taken back."""
    counted: bool
    """Whether it is one of those that `coverage` counts."""
    references: list[Reference]


class ActorSoftware(OutputModel):
    """Software that an actor uses."""

    attack_id: str
    name: str
    software_type: str


class ActorCampaign(OutputModel):
    """A campaign attributed to an actor."""

    attack_id: str
    name: str
    first_seen: datetime | None
    last_seen: datetime | None


class ActorDetail(ActorSummary):
    """An actor with what it does."""

    url: str | None
    version: str | None
    domains: list[str]
    revoked: bool
    deprecated: bool
    notes: str
    """Ours."""
    created_by_id: UUID | None
    references: list[Reference]
    technique_uses: list[ActorTechnique]
    software: list[ActorSoftware]
    campaigns: list[ActorCampaign]


class ReferenceIn(InputModel):
    """Where a statement of ours comes from."""

    source_name: Name
    url: WebAddress | None = None
    description: Annotated[str, Field(max_length=2_000)] | None = None


References = Annotated[list[ReferenceIn], Field(max_length=50)]


class ActorCreate(InputModel):
    """An actor of our own."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"name": "Copper Heron", "sectors": ["energy"], "country": "XX", "techniques": ["T1566.001"]}
        }
    )

    name: Name
    aliases: Labels = Field(default_factory=list)
    description: LongText = ""
    country: Label | None = None
    sectors: Labels = Field(default_factory=list)
    regions: Labels = Field(default_factory=list)
    notes: LongText = ""
    url: WebAddress | None = None
    references: References = Field(default_factory=list)
    techniques: Annotated[list[TechniqueId], Field(max_length=500)] = Field(default_factory=list)
    """ATT&CK ids of techniques that it uses."""


class ActorUpdate(InputModel):
    """Changes; absent means unchanged. Of a publisher's actor only `country` to `is_active` can be set."""

    model_config = ConfigDict(json_schema_extra={"example": {"sectors": ["energy"], "regions": ["Europe"]}})

    country: Label | None = None
    """Null takes it away."""
    sectors: Labels | None = None
    regions: Labels | None = None
    notes: LongText | None = None
    is_active: bool | None = None
    """False takes the actor out of every list and figure of ours."""
    name: Name | None = None
    aliases: Labels | None = None
    description: LongText | None = None
    url: WebAddress | None = None
    references: References | None = None


class ActorUseIn(InputModel):
    """What we know of an actor's use of a technique."""

    model_config = ConfigDict(json_schema_extra={"example": {"how": "Seen in our incident of March."}})

    how: LongText = ""
    references: References = Field(default_factory=list)
