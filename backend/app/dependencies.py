"""Every FastAPI dependency alias, once: sessions, the actor, permissions, paging.

All are coroutines, though few wait for anything: FastAPI sends others through a thread, which costs more than they do.
"""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.database import SessionFactory
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.errors import Forbidden, Unauthenticated
from app.security import OWASP_COST, Passwords, passwords_for
from app.services import authentication
from app.services.idempotency import Idempotency
from app.services.integrity import IntegrityRunner
from app.services.shared_answers import SharedAnswers
from app.storage import EvidenceStore

PERMISSION_MARK = "aegis_permission"
MAX_PAGE = 200
DEFAULT_PAGE = 50
ALLOWED_WHILE_PASSWORD_EXPIRED = frozenset(
    {"/api/v1/auth/me", "/api/v1/auth/change-password", "/api/v1/auth/refresh", "/api/v1/auth/logout"}
)

_bearer = HTTPBearer(auto_error=False, description="An access token of a session, or a personal access token.")


async def get_app_settings(request: Request) -> Settings:
    """The settings the application was made with."""
    settings: Settings = request.app.state.settings
    return settings


def get_session_factory(request: Request) -> SessionFactory:
    """The factory for the few services that own short sessions."""
    factory: SessionFactory = request.app.state.session_factory
    return factory


async def get_factory(request: Request) -> SessionFactory:
    """The same as a dependency."""
    return get_session_factory(request)


async def get_store(request: Request) -> EvidenceStore:
    """The evidence store."""
    store: EvidenceStore = request.app.state.store
    return store


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """One transaction for the request, committed before the response leaves."""
    async with get_session_factory(request)() as session, session.begin():
        yield session


async def get_read_session(request: Request) -> AsyncIterator[AsyncSession]:
    """A session whose changes are never kept: the database refuses to make any."""
    factory, bind = get_session_factory(request), request.app.state.reading_bind
    if bind is None:
        async with factory() as session:
            yield session
        return
    async with factory(bind=bind) as session:
        yield session
        # Not rolled back: the driver forgets all prepared statements then, and planning them takes longer than they do.
        await session.commit()


DbSession = Annotated[AsyncSession, Depends(get_session, scope="function")]
ReadSession = Annotated[AsyncSession, Depends(get_read_session, scope="function")]
AppSettings = Annotated[Settings, Depends(get_app_settings)]
Factory = Annotated[SessionFactory, Depends(get_factory)]
Store = Annotated[EvidenceStore, Depends(get_store)]


async def get_integrity(request: Request) -> IntegrityRunner:
    """The integrity checks of this process."""
    runner: IntegrityRunner = request.app.state.integrity
    return runner


Integrity = Annotated[IntegrityRunner, Depends(get_integrity)]


async def get_shared(request: Request) -> SharedAnswers:
    """The answers that are the same for everybody."""
    shared: SharedAnswers = request.app.state.shared
    return shared


Shared = Annotated[SharedAnswers, Depends(get_shared)]


async def get_hashing(request: Request) -> Passwords:
    """The password hasher; tests set a cheaper one on the application."""
    hashing: Passwords | None = getattr(request.app.state, "hashing", None)
    return hashing or passwords_for(OWASP_COST)


Hashing = Annotated[Passwords, Depends(get_hashing)]


async def actor_of(request: Request) -> Actor:
    """Who is asking, found once a request.

    Raises Unauthenticated, or Forbidden while the password has to be changed.
    """
    known: Actor | None = getattr(request.state, "actor", None)
    if known is not None:
        return known
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credentials:
        raise Unauthenticated("not_authenticated", "Sign in, or send a token.")
    actor = await authentication.resolve_actor(
        get_session_factory(request),
        request.app.state.settings,
        credentials.strip(),
        client_address=request.client.host if request.client else None,
    )
    if actor.must_change_password and request.url.path not in ALLOWED_WHILE_PASSWORD_EXPIRED:
        raise Forbidden("password_change_required", "Change your password before you go on.")
    request.state.actor = actor
    return actor


async def get_actor(
    request: Request,
    _credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Actor:
    """The actor; `_bearer` only documents the scheme."""
    return await actor_of(request)


CurrentActor = Annotated[Actor, Depends(get_actor)]


IdempotencyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Any text of your own; the same request with the same key within 24 hours creates once.",
    ),
]


async def get_idempotency(request: Request, actor: CurrentActor, key: IdempotencyHeader = None) -> Idempotency:
    """Whether the request repeats an earlier one; bound to person, route and body."""
    digest = hashlib.sha256(await request.body()).hexdigest() if key is not None else ""
    route = f"{request.method} {request.url.path}"
    return Idempotency(key=key, user_id=authentication.own_id(actor), route=route, body_hash=digest)


Once = Annotated[Idempotency, Depends(get_idempotency)]


def require(permission: Permission) -> Callable[..., Actor]:
    """A dependency that lets in only actors with this permission and hands the actor on."""

    async def check(actor: CurrentActor) -> Actor:
        if permission not in actor.permissions:
            raise Forbidden("not_permitted", "Your role does not permit this.")
        return actor

    setattr(check, PERMISSION_MARK, permission)
    return check  # type: ignore[return-value]  # FastAPI awaits it; callers only pass it to Depends


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list is asked for."""

    limit: int
    offset: int


async def get_paging(
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="How many items at most.")] = DEFAULT_PAGE,
    offset: Annotated[int, Query(ge=0, le=10_000_000, description="How many items to pass over.")] = 0,
) -> Paging:
    """Page parameters of every list."""
    return Paging(limit, offset)


PageParams = Annotated[Paging, Depends(get_paging)]
