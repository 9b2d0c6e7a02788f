"""What further publishers bring beside templates and rules: countermeasures, controls of frameworks, blueprints."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, false, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, JsonObject, WithCreatedAt, WithId

_EMPTY_LIST = text("'{}'")
_EMPTY_JSON_LIST = text("'[]'")


def _json_list() -> Mapped[list[Any]]:
    return mapped_column(JSONB, server_default=_EMPTY_JSON_LIST)


class Published(WithId, WithCreatedAt):
    """An item under its publisher's own key. It stays, withdrawn, when the publisher drops it."""

    source: Mapped[str]
    upstream_id: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    url: Mapped[str | None]
    raw: Mapped[JsonObject | None] = mapped_column(JSONB)
    source_version: Mapped[str | None]
    withdrawn_at: Mapped[datetime | None]
    content_hash: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Countermeasure(Published, Base):
    """A defensive technique of D3FEND."""

    __tablename__ = "countermeasure"
    __table_args__ = (UniqueConstraint("source", "upstream_id"), Index("ix_countermeasure_d3fend_id", "d3fend_id"))

    d3fend_id: Mapped[str]
    tactic: Mapped[str | None]
    tactic_position: Mapped[int | None]
    """Place of its tactic in D3FEND's matrix, from 0."""
    parent_upstream_id: Mapped[str | None]
    synonyms: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY_LIST)
    external_references: Mapped[list[Any]] = _json_list()


class Framework(Published, Base):
    """A catalogue of controls in one version."""

    __tablename__ = "framework"
    __table_args__ = (UniqueConstraint("source", "upstream_id"),)

    framework: Mapped[str]
    version: Mapped[str]
    publisher: Mapped[str | None]
    licence: Mapped[str | None]
    attack_version: Mapped[str | None]
    """Release of ATT&CK that its mappings were made for."""
    baselines: Mapped[list[Any]] = _json_list()
    """`{name, title, controls}` each."""


class Control(Published, Base):
    """A control of a framework, or an enhancement of one."""

    __tablename__ = "control"
    __table_args__ = (
        UniqueConstraint("source", "upstream_id"),
        Index("ix_control_framework_upstream_id", "framework_upstream_id", "position"),
    )

    framework_upstream_id: Mapped[str]
    control_id: Mapped[str]
    family: Mapped[str | None]
    parent_upstream_id: Mapped[str | None]
    position: Mapped[int] = mapped_column(server_default="0")
    baselines: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY_LIST)
    retired: Mapped[bool] = mapped_column(server_default=false())
    """The framework's publisher withdrew the control and keeps it listed."""


class Blueprint(Published, Base):
    """An adversary as an ordered list of procedures, from which a campaign can be planned."""

    __tablename__ = "blueprint"
    __table_args__ = (UniqueConstraint("source", "upstream_id"),)

    steps: Mapped[list[Any]] = _json_list()
    """`{position, ability, name, templates, known}` each, with the keys of templates of the same source."""
    objective: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=_EMPTY_LIST)
    licence: Mapped[str | None]


class AttackRedirect(WithId, WithCreatedAt, Base):
    """A source's word that a technique of a newer ATT&CK release took the place of one of an older release.

    Read both ways: whichever of the two our release knows, the other one means it.
    """

    __tablename__ = "attack_redirect"
    __table_args__ = (UniqueConstraint("source", "old_id", "new_id"), Index("ix_attack_redirect_new_id", "new_id"))

    source: Mapped[str]
    old_id: Mapped[str]
    new_id: Mapped[str]
    from_version: Mapped[str | None]
    to_version: Mapped[str | None]
