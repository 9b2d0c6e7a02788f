"""Bodies of log-in, sessions and tokens."""

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from app.domain.permissions import Permission, Role
from app.schemas.base import InputModel, OutputModel
from app.schemas.users import NewPassword

MAX_SECRET = 1_024


class LoginForm(InputModel):
    """The fields of the log-in form. What OAuth clients send beside them is passed over."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=False)

    username: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=MAX_SECRET)]


class SessionInfo(OutputModel):
    """The session that speaks."""

    id: UUID
    started_at: datetime
    expires_at: datetime
    """The end however busy the session is."""
    idle_minutes: int
    """How long it may be silent."""


class Me(OutputModel):
    """The person who asks."""

    id: UUID
    username: str
    full_name: str
    email: str | None
    role: Role
    auditor: bool
    is_active: bool
    must_change_password: bool
    uses_default_password: bool
    """Whether the documented development password is still in use."""
    permissions: list[Permission]
    """What this session or token may do, sorted."""
    last_login_at: datetime | None
    session: SessionInfo | None
    """Null for a personal access token."""


class LoginAnswer(OutputModel):
    """An access token and whose it is."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    """Seconds until the token runs out."""
    user: Me


class PasswordChange(InputModel):
    """A change of one's own password."""

    # Spaces around a password belong to it.
    model_config = ConfigDict(str_strip_whitespace=False)

    current_password: Annotated[SecretStr, Field(min_length=1, max_length=MAX_SECRET)]
    new_password: NewPassword


class LinkRedemption(InputModel):
    """A one-time link and the password to set."""

    # Spaces around a password belong to it.
    model_config = ConfigDict(str_strip_whitespace=False)

    token: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    new_password: NewPassword


class LinkRedeemed(OutputModel):
    """Whose password was set."""

    username: str


class SessionOut(OutputModel):
    """One of one's sessions."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str | None
    user_agent: str | None
    current: bool


def _network(value: str) -> str:
    return str(ip_network(value, strict=False))


Network = Annotated[str, Field(min_length=2, max_length=50), AfterValidator(_network)]


class TokenCreate(InputModel):
    """A new personal access token."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    expires_in_days: Annotated[int, Field(ge=1, le=365)] = 90
    scopes: Annotated[list[Permission], Field(max_length=50)] | None = None
    """Permissions to limit it to; without them it may what its owner may, apart from what no token may."""
    allowed_addresses: Annotated[list[Network], Field(max_length=50)] = Field(default_factory=list)
    """Addresses or networks it may be used from; none means any."""


class TokenOut(OutputModel):
    """A personal access token without its secret."""

    id: UUID
    name: str
    hint: str
    """The last four characters."""
    scopes: list[Permission] | None
    allowed_addresses: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_address: str | None
    revoked_at: datetime | None


class TokenCreated(TokenOut):
    """A personal access token with its secret, which is shown this once."""

    token: str
