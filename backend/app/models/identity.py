"""People, their sessions, tokens and links, and what slows down guessing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.domain.permissions import Role
from app.models.base import Base, WithCreatedAt, WithId, one_of

END_REASONS = ("logout", "ended_by_user", "ended_by_admin", "password_changed", "deactivated", "refresh_reused")


class UserAccount(WithId, WithCreatedAt, Base):
    """A person. Never deleted: a leaver is deactivated and the name stays in the record."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint(one_of("role", Role), name="role"),
        CheckConstraint("char_length(username) BETWEEN 1 AND 64", name="username_length"),
        CheckConstraint("username = btrim(username)", name="username_trimmed"),
        CheckConstraint("email IS NULL OR char_length(email) BETWEEN 3 AND 254", name="email_length"),
        CheckConstraint("char_length(full_name) <= 200", name="full_name_length"),
        CheckConstraint("role_epoch >= 0", name="role_epoch"),
        Index("ux_user_account_username", text("lower(username)"), unique=True),
        Index("ux_user_account_email", text("lower(email)"), unique=True),
        Index("ix_user_account_active_admin", "id", postgresql_where=text("role = 'admin' AND is_active")),
    )

    username: Mapped[str]
    full_name: Mapped[str] = mapped_column(server_default="")
    email: Mapped[str | None]
    role: Mapped[str]
    auditor: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    password_hash: Mapped[str | None]
    """Argon2id in its text form; null until a one-time link was redeemed."""
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    uses_default_password: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    """Whether this is the first administrator with the documented development password."""
    role_epoch: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    """Raised when the rights change; access tokens of an older epoch are refused."""
    password_changed_at: Mapped[datetime | None]
    credentials_changed_at: Mapped[datetime | None]
    """When somebody else last set or reset the way this person signs in. A later change of one's own hides nothing."""
    credentials_changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    role_changed_at: Mapped[datetime | None]
    """When role or auditor flag last changed, by whomever: an administrator can change his own."""
    role_changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    last_login_at: Mapped[datetime | None]
    deactivated_at: Mapped[datetime | None]


class UserSession(WithId, WithCreatedAt, Base):
    """A log-in on one device, from password to log-out."""

    __tablename__ = "user_session"
    __table_args__ = (
        CheckConstraint(one_of("end_reason", END_REASONS, nullable=True), name="end_reason"),
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_with_reason"),
        CheckConstraint("refresh_generation >= 0", name="refresh_generation"),
        Index("ix_user_session_open", "user_id", postgresql_where=text("ended_at IS NULL")),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """The end of the session however busy it is."""
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    refresh_seed: Mapped[str]
    """Random part of the refresh tokens; useless without the key, which is not in the database."""
    refresh_generation: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    """Counts rotations: the token of this generation is good, the one before it for some seconds more."""
    refreshed_at: Mapped[datetime | None]
    address: Mapped[str | None]
    user_agent: Mapped[str | None]


class AccessToken(WithId, WithCreatedAt, Base):
    """A personal access token of a script; only its hash is kept."""

    __tablename__ = "access_token"
    __table_args__ = (
        CheckConstraint("char_length(name) BETWEEN 1 AND 100", name="name_length"),
        CheckConstraint("expires_at > created_at", name="expires_after_creation"),
        UniqueConstraint("token_hash"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[str]
    hint: Mapped[str]
    """The last four characters, so that people can tell their tokens apart."""
    scopes: Mapped[list[str] | None] = mapped_column(ARRAY(Text()))
    """Permissions it is limited to; null is all that tokens of this role may."""
    allowed_addresses: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'::text[]"))
    """Networks it may be used from; none means any."""
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    last_used_address: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))


class OneTimeLink(WithId, WithCreatedAt, Base):
    """A link with which a person sets his own password, once."""

    __tablename__ = "one_time_link"
    __table_args__ = (
        CheckConstraint(one_of("purpose", ("invite", "reset")), name="purpose"),
        UniqueConstraint("token_hash"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    purpose: Mapped[str]
    token_hash: Mapped[str]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class MfaFactor(WithId, WithCreatedAt, Base):
    """A second factor. Present so that adding the feature needs no change of stored people."""

    __tablename__ = "mfa_factor"
    __table_args__ = (CheckConstraint(one_of("kind", ("totp", "recovery_code", "webauthn")), name="kind"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"), index=True)
    kind: Mapped[str]
    label: Mapped[str] = mapped_column(server_default="")
    secret: Mapped[bytes]
    """Encrypted under a key derived for this purpose."""
    confirmed_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class LoginThrottle(Base):
    """Failed log-ins of one account name or one address; rows of successes do not exist."""

    __tablename__ = "login_throttle"
    __table_args__ = (CheckConstraint("failures >= 0", name="failures"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    """`account:` or `address:` and a keyed digest, so that mistyped passwords in the name field are not kept."""
    failures: Mapped[int]
    last_failed_at: Mapped[datetime] = mapped_column(index=True)
    blocked_until: Mapped[datetime | None]


class IdempotencyKey(WithId, WithCreatedAt, Base):
    """What a creating request with an Idempotency-Key made."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        UniqueConstraint("user_id", "route", "key"),
        CheckConstraint("char_length(key) BETWEEN 1 AND 200", name="key_length"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id"))
    route: Mapped[str]
    key: Mapped[str]
    body_hash: Mapped[str]
    subject_id: Mapped[UUID | None]
    """The thing that was created; a repetition reads it again under the rights of that moment."""
    details: Mapped[dict[str, object]] = mapped_column(JSONB(), server_default=text("'{}'::jsonb"))
    expires_at: Mapped[datetime] = mapped_column(index=True)
