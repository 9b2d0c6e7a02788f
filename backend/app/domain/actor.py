"""The person or script behind a request."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.permissions import Permission, Role, Side


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, with what rights. `user_id` is None only for the system itself."""

    user_id: UUID | None
    username: str
    role: Role
    permissions: frozenset[Permission]
    auditor: bool = False
    session_id: UUID | None = None
    token_id: UUID | None = None
    must_change_password: bool = False
    deputy_for: frozenset[Side] = frozenset()
    """Sides whose lead named this person to vote in their place."""

    @property
    def label(self) -> str:
        """The name that stays in the audit trail."""
        return self.username

    @property
    def is_token(self) -> bool:
        """Whether a personal access token speaks, not a session."""
        return self.token_id is not None

    @property
    def is_admin(self) -> bool:
        """Whether the role is admin."""
        return self.role is Role.ADMIN

    @property
    def lead_of(self) -> Side | None:
        """The side this person leads, if any."""
        return {Role.RED_LEAD: Side.RED, Role.BLUE_LEAD: Side.BLUE}.get(self.role)

    @property
    def technician_of(self) -> Side | None:
        """The side this person works on, if any."""
        return {Role.RED_TECH: Side.RED, Role.BLUE_TECH: Side.BLUE}.get(self.role)


SYSTEM = Actor(user_id=None, username="system", role=Role.ADMIN, permissions=frozenset())
"""The actor of jobs, imports and automatic transitions."""
