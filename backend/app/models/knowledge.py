"""What upstreams publish and what we add of the same sort: techniques, actors, templates, rules and the links between.

A row belongs to the source that published it, under that publisher's own id: no import touches a row of another source
or a local one (source `custom`). `is_active` is worked out: neither revoked, nor deprecated, nor withdrawn.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Text, UniqueConstraint, false, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.content import DOMAINS, LINK_RESOLUTIONS, OBJECT_KINDS
from app.models.base import Base, JsonObject, WithCreatedAt, WithId, one_of

_EMPTY_LIST = text("'{}'")
_EMPTY_JSON_LIST = text("'[]'")
_ACTIVE = "NOT revoked AND NOT deprecated AND withdrawn_at IS NULL"
REVIEW_DUE = "intel_changed_at IS NOT NULL AND (reviewed_at IS NULL OR reviewed_at < intel_changed_at)"


def _text_list() -> Mapped[list[str]]:
    return mapped_column(ARRAY(Text), server_default=_EMPTY_LIST)


def _json_list() -> Mapped[list[Any]]:
    return mapped_column(JSONB, server_default=_EMPTY_JSON_LIST)


class FromUpstream(WithId, WithCreatedAt):
    """A row that a source publishes, or that stands beside the published ones with source `custom`."""

    source: Mapped[str]
    stix_id: Mapped[str]
    """The publisher's stable id; our own items get one of the same form."""
    attack_id: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    url: Mapped[str | None]
    version: Mapped[str | None]
    """The item's own version, not the release of ATT&CK."""
    upstream_created: Mapped[datetime | None]
    upstream_modified: Mapped[datetime | None]
    revoked: Mapped[bool] = mapped_column(server_default=false())
    deprecated: Mapped[bool] = mapped_column(server_default=false())
    withdrawn_at: Mapped[datetime | None]
    """When the publisher dropped it, or when somebody deleted a custom item."""
    is_active: Mapped[bool] = mapped_column(Computed(_ACTIVE, persisted=True))
    external_references: Mapped[list[Any]] = _json_list()
    attack_version: Mapped[str | None]
    """ATT&CK release that the content of this row comes from."""
    content_domain: Mapped[str | None]
    """Domain bundle that the content of this row was read from; the row may be a member of more."""
    content_hash: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


_KNOWN = f"{_ACTIVE} AND NOT unresolved"


def _natural_key(name: str) -> tuple[UniqueConstraint, Index]:
    return UniqueConstraint("source", "stix_id"), Index(f"ix_{name}_attack_id", "attack_id")


class Tactic(FromUpstream, Base):
    """A column of one domain's matrix. Short names are unique in a domain only."""

    __tablename__ = "tactic"
    __table_args__ = (
        *_natural_key("tactic"),
        CheckConstraint(one_of("domain", DOMAINS), name="domain"),
        Index(
            "uq_tactic_domain_shortname",
            "domain",
            "shortname",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    domain: Mapped[str]
    shortname: Mapped[str]
    position: Mapped[int | None]
    """Place in the domain's matrix from 0; null for a tactic that no active matrix shows."""


class Technique(FromUpstream, Base):
    """A technique or sub-technique, of ATT&CK or our own, or a stub for an id that our release does not know."""

    __tablename__ = "technique"
    __table_args__ = (
        UniqueConstraint("source", "stix_id"),
        CheckConstraint(one_of("domain", DOMAINS), name="domain"),
        CheckConstraint("is_custom = (source = 'custom')", name="custom_source"),
        Index(
            "uq_technique_domain_attack_id",
            "domain",
            "attack_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_technique_attack_id", "attack_id"),
        Index("ix_technique_parent_id", "parent_id"),
        Index("ix_technique_review_required", "domain", postgresql_where=text("review_required")),
    )

    domain: Mapped[str]
    platforms: Mapped[list[str]] = _text_list()
    """ATT&CK's platform names; empty where the technique has no platform, which means that it always applies."""
    is_subtechnique: Mapped[bool] = mapped_column(server_default=false())
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("technique.id", ondelete="SET NULL"))
    detection: Mapped[str] = mapped_column(server_default="")
    permissions_required: Mapped[list[str]] = _text_list()
    data_sources: Mapped[list[str]] = _text_list()
    contributors: Mapped[list[str]] = _text_list()
    is_custom: Mapped[bool] = mapped_column(server_default=false())
    is_active: Mapped[bool] = mapped_column(Computed(_KNOWN, persisted=True))
    """Stubs are not active: they stand in no matrix and count nowhere, and still tests can be planned on them."""
    unresolved: Mapped[bool] = mapped_column(server_default=false())
    """A stub for an id that content uses and that our ATT&CK release does not know."""
    intel_changed_at: Mapped[datetime | None]
    """When an upgrade last changed what is known of the technique."""
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    review_note: Mapped[str | None]
    review_required: Mapped[bool] = mapped_column(Computed(REVIEW_DUE, persisted=True))
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    """Who made a custom technique."""


class TechniqueTactic(Base):
    """Where a technique stands in its domain's matrix."""

    __tablename__ = "technique_tactic"
    __table_args__ = (Index("ix_technique_tactic_tactic_id", "tactic_id"),)

    technique_id: Mapped[UUID] = mapped_column(ForeignKey("technique.id", ondelete="CASCADE"), primary_key=True)
    tactic_id: Mapped[UUID] = mapped_column(ForeignKey("tactic.id", ondelete="CASCADE"), primary_key=True)


class TechniqueAlias(WithId, WithCreatedAt, Base):
    """Another id under which a technique is or was known."""

    __tablename__ = "technique_alias"
    __table_args__ = (
        UniqueConstraint("source", "scheme", "external_id", "technique_id"),
        CheckConstraint(one_of("kind", ("same", "revoked_by", "split", "merge", "redirect")), name="kind"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
        Index("ix_technique_alias_external_id", "external_id"),
        Index("ix_technique_alias_technique_id", "technique_id"),
    )

    scheme: Mapped[str]
    """`attack` for ATT&CK ids, `stix` for STIX ids."""
    external_id: Mapped[str]
    technique_id: Mapped[UUID] = mapped_column(ForeignKey("technique.id", ondelete="CASCADE"))
    from_version: Mapped[str | None]
    to_version: Mapped[str | None]
    kind: Mapped[str]
    confidence: Mapped[float] = mapped_column(server_default="1")
    source: Mapped[str]


class TechniqueChange(WithId, Base):
    """What changed in what is known of a technique, in words, for whoever reviews it."""

    __tablename__ = "technique_change"
    __table_args__ = (
        CheckConstraint(one_of("kind", ("text", "place", "use", "template", "rule")), name="kind"),
        Index("ix_technique_change_technique_id_at", "technique_id", "at"),
    )

    technique_id: Mapped[UUID] = mapped_column(ForeignKey("technique.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    kind: Mapped[str]
    source: Mapped[str]
    """The publisher whose content changed."""
    reason: Mapped[str]


class Mitigation(FromUpstream, Base):
    """A course of action."""

    __tablename__ = "mitigation"
    __table_args__ = _natural_key("mitigation")


class Software(FromUpstream, Base):
    """Malware or a tool that adversaries use."""

    __tablename__ = "software"
    __table_args__ = (
        *_natural_key("software"),
        CheckConstraint(one_of("software_type", ("malware", "tool")), name="type"),
    )

    software_type: Mapped[str]
    aliases: Mapped[list[str]] = _text_list()
    platforms: Mapped[list[str]] = _text_list()


class ThreatActor(FromUpstream, Base):
    """A group of adversaries, of ATT&CK or our own."""

    __tablename__ = "threat_actor"
    __table_args__ = _natural_key("threat_actor")

    aliases: Mapped[list[str]] = _text_list()
    contributors: Mapped[list[str]] = _text_list()
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    sectors: Mapped[list[str]] = _text_list()
    """Ours, as the four below: no import touches them."""
    regions: Mapped[list[str]] = _text_list()
    country: Mapped[str | None]
    """Where we think that it comes from."""
    notes: Mapped[str] = mapped_column(server_default="")
    switched_off: Mapped[bool] = mapped_column(server_default=false())
    """Of no interest to us, whatever its publisher says."""
    is_active: Mapped[bool] = mapped_column(Computed(f"{_ACTIVE} AND NOT switched_off", persisted=True))


class AttackCampaign(FromUpstream, Base):
    """A campaign of an adversary as ATT&CK describes it; nothing that we run."""

    __tablename__ = "attack_campaign"
    __table_args__ = _natural_key("attack_campaign")

    aliases: Mapped[list[str]] = _text_list()
    first_seen: Mapped[datetime | None]
    last_seen: Mapped[datetime | None]


class DetectionStrategy(FromUpstream, Base):
    """How a technique is detected."""

    __tablename__ = "detection_strategy"
    __table_args__ = _natural_key("detection_strategy")


class Analytic(FromUpstream, Base):
    """One platform's detection logic of a strategy."""

    __tablename__ = "analytic"
    __table_args__ = (*_natural_key("analytic"), Index("ix_analytic_strategy_id", "strategy_id"))

    strategy_id: Mapped[UUID | None] = mapped_column(ForeignKey("detection_strategy.id", ondelete="SET NULL"))
    strategy_stix_id: Mapped[str | None]
    platforms: Mapped[list[str]] = _text_list()
    log_sources: Mapped[list[Any]] = _json_list()
    mutable_elements: Mapped[list[Any]] = _json_list()


class DataComponent(FromUpstream, Base):
    """A kind of event that detection needs."""

    __tablename__ = "data_component"
    __table_args__ = _natural_key("data_component")

    log_sources: Mapped[list[Any]] = _json_list()
    data_source_stix_id: Mapped[str | None]


class ReferenceObject(FromUpstream, Base):
    """An object of which we keep name and text only, because links point at it: ICS assets, former data sources."""

    __tablename__ = "reference_object"
    __table_args__ = _natural_key("reference_object")

    stix_type: Mapped[str]
    platforms: Mapped[list[str]] = _text_list()


class ContentLink(WithId, WithCreatedAt, Base):
    """One statement of a source that joins two things. The only shape of link, whatever its ends are.

    The raw ids stay as the source wrote them; `technique_id` follows revocations and aliases and is found anew after
    every ATT&CK import, so that a link to an id that we do not know yet is kept and resolved later.
    """

    __tablename__ = "content_link"
    __table_args__ = (
        UniqueConstraint("source", "upstream_id"),
        CheckConstraint(one_of("source_kind", OBJECT_KINDS), name="source_kind"),
        CheckConstraint(one_of("target_kind", OBJECT_KINDS), name="target_kind"),
        CheckConstraint(one_of("resolution", LINK_RESOLUTIONS), name="resolution"),
        CheckConstraint(
            "(technique_id IS NOT NULL) = (resolution NOT IN ('unresolved', 'ambiguous', 'not_a_technique'))",
            name="resolved",
        ),
        Index("ix_content_link_technique_id", "technique_id", "relation", "source_kind"),
        Index("ix_content_link_source_id", "source_id", "relation"),
        Index("ix_content_link_target_id", "target_id", postgresql_where=text("target_id IS NOT NULL")),
        Index(
            "ix_content_link_unresolved",
            "target_attack_id",
            postgresql_where=text("resolution IN ('unresolved', 'ambiguous')"),
        ),
    )

    source: Mapped[str]
    upstream_id: Mapped[str]
    relation: Mapped[str]
    source_kind: Mapped[str]
    source_upstream_id: Mapped[str]
    source_attack_id: Mapped[str | None]
    source_id: Mapped[UUID | None]
    """Row of the kind's own table; null while that row is unknown."""
    target_kind: Mapped[str]
    target_upstream_id: Mapped[str | None]
    target_attack_id: Mapped[str | None]
    """The raw id, as written."""
    raw_tactic: Mapped[str | None]
    target_id: Mapped[UUID | None]
    """Row of the kind's own table when the target is no technique."""
    technique_id: Mapped[UUID | None] = mapped_column(ForeignKey("technique.id", ondelete="SET NULL"))
    """What the target means in our ATT&CK release."""
    resolution: Mapped[str] = mapped_column(server_default="unresolved")
    resolved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    """The lead who chose among several candidates; null when it was worked out."""
    source_version: Mapped[str | None]
    description: Mapped[str] = mapped_column(server_default="")
    details: Mapped[JsonObject] = mapped_column(JSONB, server_default=text("'{}'"))
    """What else the source says of this pair, and `moved_from`: where the same item stood before it came here."""
    external_references: Mapped[list[Any]] = _json_list()
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    content_domain: Mapped[str | None]
    content_hash: Mapped[str | None]
    upstream_modified: Mapped[datetime | None]


class ObjectDomain(Base):
    """Membership of an imported object in a domain of its source; the object goes with its last membership."""

    __tablename__ = "object_domain"
    __table_args__ = (CheckConstraint(one_of("kind", OBJECT_KINDS), name="kind"),)

    source: Mapped[str] = mapped_column(primary_key=True)
    domain: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    upstream_id: Mapped[str] = mapped_column(primary_key=True)
    object_id: Mapped[UUID]


class TestTemplate(WithId, WithCreatedAt, Base):
    """A procedure that a test can be made of."""

    __tablename__ = "test_template"
    __table_args__ = (
        UniqueConstraint("source", "upstream_id"),
        CheckConstraint("length(name) BETWEEN 1 AND 500", name="name"),
        Index("ix_test_template_name", "name"),
    )

    source: Mapped[str]
    upstream_id: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    platforms: Mapped[list[str]] = _text_list()
    procedure: Mapped[str] = mapped_column(server_default="")
    """The command or the steps, as text, with `#{name}` where an input goes."""
    cleanup: Mapped[str] = mapped_column(server_default="")
    executor: Mapped[str | None]
    """`powershell`, `command_prompt`, `sh`, `bash`, `manual`, as the source says."""
    elevation_required: Mapped[bool] = mapped_column(server_default=false())
    inputs: Mapped[list[Any]] = _json_list()
    """`{name, description, type, default}` each."""
    dependencies: Mapped[list[Any]] = _json_list()
    """`{description, prereq_command, get_prereq_command, executor}` each."""
    external_references: Mapped[list[Any]] = _json_list()
    """Addresses."""
    author: Mapped[str | None]
    licence: Mapped[str | None]
    url: Mapped[str | None]
    source_version: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    """Our switch; no import touches it."""
    withdrawn_at: Mapped[datetime | None]
    content_hash: Mapped[str | None]
    raw: Mapped[JsonObject | None] = mapped_column(JSONB)
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    held_text: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    """What would be run as it was when we last used or released it, while the publisher's text is another."""
    released_at: Mapped[datetime | None]
    released_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class DetectionRule(WithId, WithCreatedAt, Base):
    """A rule of a public catalogue or our own; it counts only where it is deployed in one of our tools."""

    __tablename__ = "detection_rule"
    __table_args__ = (UniqueConstraint("source", "upstream_id"), Index("ix_detection_rule_name", "name"))

    source: Mapped[str]
    upstream_id: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    level: Mapped[str | None]
    status: Mapped[str | None]
    retired: Mapped[bool] = mapped_column(server_default=false())
    """The publisher no longer maintains it, whatever its status is called; it counts only where we deploy it still."""
    language: Mapped[str | None]
    query: Mapped[str] = mapped_column(server_default="")
    platforms: Mapped[list[str]] = _text_list()
    log_source: Mapped[JsonObject | None] = mapped_column(JSONB)
    author: Mapped[str | None]
    licence: Mapped[str | None]
    url: Mapped[str | None]
    external_references: Mapped[list[Any]] = _json_list()
    """Addresses."""
    rule_version: Mapped[str | None]
    """The rule's own version."""
    rule_created: Mapped[str | None]
    rule_modified: Mapped[str | None]
    """Dates as the source says them."""
    path: Mapped[str | None]
    source_text: Mapped[str] = mapped_column(server_default="")
    """The whole rule as it was published."""
    source_version: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    withdrawn_at: Mapped[datetime | None]
    content_hash: Mapped[str | None]
    raw: Mapped[JsonObject | None] = mapped_column(JSONB)
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(server_default="1")
    """Of our own edits."""
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
