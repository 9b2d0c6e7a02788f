"""People, and headers that speak for them without going through the log-in."""

import secrets
from datetime import timedelta
from itertools import count

from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.config import Settings
from app.domain.actor import Actor
from app.domain.permissions import Role
from app.models.identity import UserAccount, UserSession
from app.security import CHEAP_COST, AccessClaims, issue_access_token, passwords_for
from app.services.sessions import person_of

PASSWORD = "a-password-that-tests-know"
_numbers = count(1)


async def build_user(
    session: AsyncSession,
    *,
    role: Role | str = Role.VIEWER,
    username: str | None = None,
    password: str | None = None,
    **fields: object,
) -> UserAccount:
    """A person, flushed. Argon2 runs only when a password is asked for."""
    name = username or f"{role}-{next(_numbers)}"
    values: dict[str, object] = {
        "full_name": name.title(),
        "email": f"{name}@example.org",
        "auditor": False,
        "is_active": True,
        "must_change_password": False,
        "uses_default_password": False,
        "role_epoch": 0,
        "created_at": clock.now(),
        "password_hash": None if password is None else await passwords_for(CHEAP_COST).hash(password),
    }
    user = UserAccount(username=name, role=str(role), **(values | fields))
    session.add(user)
    await session.flush()
    return user


async def build_session(session: AsyncSession, user: UserAccount, settings: Settings) -> UserSession:
    """An open session of a person, flushed."""
    at = clock.now()
    opened = UserSession(
        user_id=user.id,
        created_at=at,
        last_seen_at=at,
        expires_at=at + timedelta(hours=settings.session_absolute_hours),
        refresh_seed=secrets.token_hex(16),
        refresh_generation=0,
        address="127.0.0.1",
    )
    session.add(opened)
    await session.flush()
    return opened


async def auth_headers(session: AsyncSession, user: UserAccount, settings: Settings) -> dict[str, str]:
    """An Authorization header of a fresh session; commit before a client on another connection uses it."""
    opened = await build_session(session, user, settings)
    claims = AccessClaims(user.id, opened.id, user.role_epoch)
    return {"Authorization": f"Bearer {issue_access_token(settings, claims, now=clock.now())}"}


def actor_for(user: UserAccount) -> Actor:
    """The actor that a person is, for calls to services."""
    return person_of(user)


async def log_in(client: AsyncClient, username: str, password: str = PASSWORD) -> dict[str, str]:
    """An Authorization header by the real log-in."""
    answer = await client.post("/api/v1/auth/login", data={"username": username, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
