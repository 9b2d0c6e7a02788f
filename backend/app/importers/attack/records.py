"""What the parser makes of an ATT&CK bundle: one frozen record an upstream object.

A record is written as one line `key TAB domain TAB hash TAB record` into the file of its kind:

* `key` is the STIX id, the natural key of source `mitre_attack` (of a revocation: the id of the object that is gone);
* `domain` is the domain of the bundle that it was read from. The same object may stand in several bundles: its lines
  then differ in `domain` only, so membership is a set of (key, domain) and the content is the same in each;
* `hash` is the SHA-256 of the upstream object in canonical JSON, of what was derived for it, and of the parser's
  version;
* `record` is the dataclass as JSON. Times are text in ISO 8601 as upstream wrote them, lists are never null.
"""

from dataclasses import dataclass
from typing import Final, Literal

PARSER_VERSION: Final = 1
"""Part of every content hash: raising it makes the next import rewrite every row."""

Domain = Literal["enterprise", "mobile", "ics"]
Kind = Literal[
    "tactic",
    "technique",
    "mitigation",
    "software",
    "group",
    "campaign",
    "detection_strategy",
    "analytic",
    "data_component",
    "reference_object",
    "link",
    "revocation",
]

COUNTED_KINDS: Final[tuple[Kind, ...]] = (
    "tactic",
    "technique",
    "mitigation",
    "software",
    "group",
    "campaign",
    "detection_strategy",
    "analytic",
    "data_component",
    "reference_object",
    "link",
)
"""Kinds of which one record stands for one upstream object, in the order in which they have to be written."""

DERIVED_KINDS: Final[tuple[Kind, ...]] = ("revocation",)
"""Kinds worked out from other objects: they are replaced as a whole and never part of read, added or updated."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One external reference; the object's own ATT&CK page is not among them."""

    source_name: str
    external_id: str | None
    """Id in another catalogue, such as CAPEC."""
    url: str | None
    description: str | None


@dataclass(frozen=True, slots=True)
class LogSource:
    """Where an analytic or a data component finds its events."""

    name: str
    channel: str | None
    data_component_stix_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackObject:
    """What every ATT&CK object other than a relationship has."""

    stix_id: str
    attack_id: str | None
    """`T1059.001`, `TA0002`, `G0007`, `M1036`. Unique among the records of one kind, never across kinds.

    Null only for data components before release 18, which had none."""
    name: str
    description: str
    url: str | None
    version: str | None
    """The object's own version, not the release of ATT&CK."""
    created: str
    modified: str
    revoked: bool
    deprecated: bool
    references: list[Reference]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tactic(AttackObject):
    """A column of a domain's matrix."""

    domain: Domain
    shortname: str
    """Unique in a domain only: nine shortnames mean another tactic in ICS than in Enterprise."""
    position: int | None
    """Place in the domain's active matrix, from 0; null for a tactic that no active matrix shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique(AttackObject):
    """A technique or sub-technique."""

    domain: Domain
    tactics: list[str]
    """Shortnames of tactics of `domain`, sorted."""
    platforms: list[str]
    """ATT&CK's names, sorted; empty for "None", which ICS says."""
    is_subtechnique: bool
    parent_stix_id: str | None
    parent_attack_id: str | None
    detection: str
    """Text on detection, empty since release 18."""
    permissions_required: list[str]
    data_sources: list[str]
    contributors: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mitigation(AttackObject):
    """A course of action. 224 deprecated ones of Enterprise carry the id of a technique."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Software(AttackObject):
    """Malware or a tool."""

    software_type: Literal["malware", "tool"]
    aliases: list[str]
    """Other names: the own name is not among them."""
    platforms: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(AttackObject):
    """An intrusion set, which Aegis calls threat actor."""

    aliases: list[str]
    contributors: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackCampaign(AttackObject):
    """A campaign of an adversary as ATT&CK describes it, nothing that we run."""

    aliases: list[str]
    first_seen: str | None
    last_seen: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionStrategy(AttackObject):
    """How a technique is detected; it detects by the analytics that belong to it."""

    analytic_stix_ids: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytic(AttackObject):
    """One platform's detection logic of a detection strategy."""

    strategy_stix_id: str | None
    platforms: list[str]
    log_sources: list[LogSource]
    mutable_elements: list[dict[str, str]]
    """What an operator has to tune: `field` and `description`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataComponent(AttackObject):
    """A kind of event that detection needs."""

    log_sources: list[LogSource]
    data_source_stix_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceObject(AttackObject):
    """An object that links point at and of which we only know name and text: ICS assets and the former data sources."""

    stix_type: Literal["x-mitre-asset", "x-mitre-data-source"]
    platforms: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One relationship. The only shape of link, whatever its ends are."""

    stix_id: str
    relation: str
    """`uses`, `mitigates`, `detects`, `subtechnique-of`, `revoked-by`, `attributed-to`, `targets`, or a future one."""
    source_kind: Kind
    source_stix_id: str
    source_attack_id: str | None
    target_kind: Kind
    target_stix_id: str
    target_attack_id: str | None
    """Null when the bundle does not hold the target; the link is kept all the same."""
    description: str
    references: list[Reference]
    created: str
    modified: str
    revoked: bool
    deprecated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Where a revoked object's meaning went: the next object, and the end of the chain."""

    kind: Kind
    stix_id: str
    attack_id: str
    direct_stix_id: str | None
    """Null when the upstream names no successor."""
    direct_attack_id: str | None
    final_stix_id: str | None
    """End of the chain of `revoked-by`; it may be deprecated, and is null for a chain that bites its own tail."""
    final_attack_id: str | None


Record = (
    Tactic
    | Technique
    | Mitigation
    | Software
    | Group
    | AttackCampaign
    | DetectionStrategy
    | Analytic
    | DataComponent
    | ReferenceObject
    | Link
    | Revocation
)
