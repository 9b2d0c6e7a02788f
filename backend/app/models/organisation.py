"""The organisation: environments, tools, dated decisions, two-person approvals."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.outcomes import EXPECTATIONS
from app.models.base import Base, JsonObject, WithCreatedAt, WithId, one_of


class Environment(WithId, WithCreatedAt, Base):
    """A part of the organisation with its own platforms. One default row always exists."""

    __tablename__ = "environment"
    __table_args__ = (
        UniqueConstraint("name"),
        Index("uq_environment_default", "is_default", unique=True, postgresql_where=text("is_default")),
        CheckConstraint("name <> ''", name="name_not_empty"),
    )

    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    is_default: Mapped[bool] = mapped_column(server_default="false")
    is_active: Mapped[bool] = mapped_column(server_default="true")


class EnvironmentPlatform(WithId, WithCreatedAt, Base):
    """A platform that an environment has, from a date until a date. No rows mean all platforms."""

    __tablename__ = "environment_platform"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="valid_range"),
        Index("ix_environment_platform_environment_id", "environment_id"),
    )

    environment_id: Mapped[UUID] = mapped_column(ForeignKey("environment.id", ondelete="CASCADE"))
    platform: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str] = mapped_column(server_default="")


class TechniqueOverlay(WithId, WithCreatedAt, Base):
    """A dated decision about a technique in an environment. Absent fields say nothing.

    The decision in force is the newest row by `valid_from` whose `valid_until` has not passed, field by field.
    """

    __tablename__ = "technique_overlay"
    __table_args__ = (
        CheckConstraint(one_of("expected", EXPECTATIONS), name="expected_known"),
        CheckConstraint("priority BETWEEN 0 AND 3", name="priority_range"),
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="valid_range"),
        CheckConstraint("num_nonnulls(in_scope, expected, priority, notes) > 0", name="says_something"),
        Index("ix_technique_overlay_environment_id_technique_id", "environment_id", "technique_id", "valid_from"),
    )

    technique_id: Mapped[UUID] = mapped_column(ForeignKey("technique.id"))
    environment_id: Mapped[UUID] = mapped_column(ForeignKey("environment.id"))
    in_scope: Mapped[bool | None]
    expected: Mapped[str | None]
    priority: Mapped[int | None]
    notes: Mapped[str | None]
    reason: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class SecurityTool(WithId, WithCreatedAt, Base):
    """One of our products: EDR, SIEM, proxy and their like."""

    __tablename__ = "security_tool"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("name <> ''", name="name_not_empty"),
    )

    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="")
    vendor: Mapped[str] = mapped_column(server_default="")
    version: Mapped[str] = mapped_column(server_default="")
    is_active: Mapped[bool] = mapped_column(server_default="true")


class RuleDeployment(WithId, WithCreatedAt, Base):
    """A detection rule that runs in one of our tools, from a date until a date."""

    __tablename__ = "rule_deployment"
    __table_args__ = (
        CheckConstraint(one_of("status", ("active", "test", "disabled")), name="status_known"),
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="valid_range"),
        Index(
            "uq_rule_deployment_current",
            "rule_id",
            "tool_id",
            unique=True,
            postgresql_where=text("valid_until IS NULL"),
        ),
    )

    rule_id: Mapped[UUID] = mapped_column(ForeignKey("detection_rule.id"))
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("security_tool.id"))
    status: Mapped[str] = mapped_column(server_default="active")
    rule_hash: Mapped[str]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class Setting(WithId, WithCreatedAt, Base):
    """A dated value of an organisation setting; the environment variable gives only the first one."""

    __tablename__ = "setting"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="valid_range"),
        Index("uq_setting_current", "key", unique=True, postgresql_where=text("valid_until IS NULL")),
    )

    key: Mapped[str]
    value: Mapped[JsonObject]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str] = mapped_column(server_default="")


class Approval(WithId, WithCreatedAt, Base):
    """A request that a second person has to confirm within 14 days."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint(
            one_of("kind", ("annul", "scope", "risk_acceptance", "purge", "role_change")), name="kind_known"
        ),
        CheckConstraint(one_of("decision", ("approved", "refused")), name="decision_known"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="two_people"),
        CheckConstraint(
            "(decision IS NULL) = (decided_by_id IS NULL) AND (decision IS NULL) = (decided_at IS NULL)",
            name="decided_whole",
        ),
        Index("uq_approval_pending", "kind", "subject_id", unique=True, postgresql_where=text("decision IS NULL")),
    )

    kind: Mapped[str]
    subject_id: Mapped[UUID]
    requested_by_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    reason: Mapped[str]
    details: Mapped[JsonObject] = mapped_column(server_default="{}")
    expires_at: Mapped[datetime]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    decision: Mapped[str | None]
    decided_at: Mapped[datetime | None]
