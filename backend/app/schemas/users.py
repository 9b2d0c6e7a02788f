"""Bodies of people."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, SecretStr, StringConstraints

from app.domain.permissions import Role
from app.schemas.base import InputModel, OutputModel
from app.schemas.security_test_views import PersonRef

Username = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$")]
# Whether mail arrives is found out by sending some; internal domains without a dot are common.
Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s<>\"(),;:\\]+@[^@\s<>\"(),;:\\]+$")]
NewPassword = Annotated[SecretStr, Field(min_length=1, max_length=1_024)]
FullName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class UserCreate(InputModel):
    """A new person."""

    # Spaces around a password belong to it.
    model_config = ConfigDict(str_strip_whitespace=False)

    username: Username
    email: Email | None = None
    full_name: FullName = ""
    role: Role
    password: NewPassword | None = None
    """An initial password of 12 to 128 characters; without one the answer holds a one-time link."""
    auditor: bool = False
    """May also read and verify the audit trail."""


class UserUpdate(InputModel):
    """What an administrator may change. Absent fields stay; a password is never among them."""

    email: Email | None = None
    full_name: FullName = ""
    role: Role = Role.VIEWER
    auditor: bool = False
    is_active: bool = True


class RoleChangeOut(OutputModel):
    """A change of rights that waits for a second administrator. What is null stays as it is."""

    id: UUID
    user: PersonRef
    requested_by: PersonRef
    role: Role | None
    auditor: bool | None
    is_active: bool | None
    created_at: datetime
    expires_at: datetime
    allowed_actions: list[Literal["confirm", "refuse", "withdraw"]]


class DirectoryEntry(OutputModel):
    """A person as everybody sees him."""

    id: UUID
    username: str
    full_name: str
    role: Role
    is_active: bool


class UserOut(DirectoryEntry):
    """A person as administrators see him."""

    email: str | None
    auditor: bool
    must_change_password: bool
    last_login_at: datetime | None
    created_at: datetime
    role_changed_at: datetime | None
    """When role or auditor flag last changed."""
    credentials_changed_at: datetime | None
    """When somebody else last set or reset how this person signs in."""


class OneTimeLinkOut(OutputModel):
    """A link with which a person sets a password; shown this once."""

    token: str
    path: str
    """Page of the web interface; the secret stands behind # and so never reaches a server's log."""
    expires_at: datetime


class UserCreated(UserOut):
    """A person just made."""

    one_time_link: OneTimeLinkOut | None
    """Null when the person was given an initial password."""


class UserReset(OutputModel):
    """What a reset hands out."""

    user: UserOut
    one_time_link: OneTimeLinkOut
