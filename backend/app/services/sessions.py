"""Sessions: from the log-in, over rotating refresh tokens, to the end."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.actor import Actor
from app.domain.permissions import Role, permissions_of
from app.errors import Conflict, NotFound, Unauthenticated
from app.models.identity import UserAccount, UserSession
from app.security import (
    AccessClaims,
    InvalidCredential,
    issue_access_token,
    make_refresh_token,
    refresh_token_is_ours,
    split_refresh_token,
)
from app.services import audit
from app.services.authentication import is_over

PREDECESSOR_GOOD_FOR = timedelta(seconds=30)
MAX_AGENT = 300


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a log-in or a refresh hands out."""

    user: UserAccount
    session: UserSession
    access_token: str
    refresh_token: str | None
    """None where the caller keeps no cookie."""
    expires_in: int


def person_of(user: UserAccount, *, session_id: UUID | None = None) -> Actor:
    """The actor that a person is."""
    role = Role(user.role)
    return Actor(
        user_id=user.id,
        username=user.username,
        role=role,
        permissions=permissions_of(role, auditor=user.auditor),
        auditor=user.auditor,
        session_id=session_id,
        must_change_password=user.must_change_password,
    )


async def open_session(
    session: AsyncSession, user: UserAccount, settings: Settings, *, address: str | None, user_agent: str | None
) -> SignedIn:
    """Start a session for somebody who has proven who he is."""
    at = clock.now()
    opened = UserSession(
        user_id=user.id,
        created_at=at,
        last_seen_at=at,
        expires_at=at + timedelta(hours=settings.session_absolute_hours),
        refresh_seed=secrets.token_hex(16),
        refresh_generation=0,
        address=address,
        user_agent=audit.storable(user_agent[:MAX_AGENT]) if user_agent else None,
    )
    session.add(opened)
    # The id is a column default, and the tokens carry it.
    await session.flush()
    return _signed_in(user, opened, settings)


def _signed_in(user: UserAccount, opened: UserSession, settings: Settings, *, with_cookie: bool = True) -> SignedIn:
    at = clock.now()
    claims = AccessClaims(user.id, opened.id, user.role_epoch)
    refresh = make_refresh_token(settings, opened.id, opened.refresh_seed, opened.refresh_generation)
    return SignedIn(
        user=user,
        session=opened,
        access_token=issue_access_token(settings, claims, now=at),
        refresh_token=refresh if with_cookie else None,
        expires_in=settings.access_token_expire_minutes * 60,
    )


async def refresh_by_cookie(factory: SessionFactory, settings: Settings, token: str) -> SignedIn:
    """Rotate a refresh token.

    The predecessor of the newest token stays good for 30 seconds and gives the newest one again, so that two tabs or a
    lost answer log nobody out. An older one means that somebody copied it: the session ends.
    Raises Unauthenticated.
    """
    try:
        parts = split_refresh_token(token)
    except InvalidCredential:
        raise _expired() from None
    async with session_scope(factory) as session:
        user, opened = await _locked(session, parts.session_id)
        if not refresh_token_is_ours(settings, parts, opened.refresh_seed) or is_over(
            opened, settings, clock.now(), active=user.is_active
        ):
            raise _expired()
        at = clock.now()
        if parts.generation == opened.refresh_generation:
            opened.refresh_generation += 1
            opened.refreshed_at = at
            opened.last_seen_at = at
            return _signed_in(user, opened, settings)
        recent = opened.refreshed_at is not None and at - opened.refreshed_at <= PREDECESSOR_GOOD_FOR
        if parts.generation == opened.refresh_generation - 1 and recent:
            return _signed_in(user, opened, settings)
        opened.ended_at, opened.end_reason = at, "refresh_reused"
        audit.record(
            session,
            person_of(user, session_id=opened.id),
            "session.refresh_reused",
            subject_kind="session",
            subject_id=opened.id,
            subject_label=user.username,
        )
    raise _expired()


async def refresh_by_access_token(factory: SessionFactory, settings: Settings, claims: AccessClaims) -> SignedIn:
    """A new access token for the session of an access token that is still good. Raises Unauthenticated."""
    async with session_scope(factory) as session:
        user, opened = await _locked(session, claims.session_id)
        if user.id != claims.user_id or is_over(opened, settings, clock.now(), active=user.is_active):
            raise _expired()
        opened.last_seen_at = clock.now()
        return _signed_in(user, opened, settings, with_cookie=False)


async def _locked(session: AsyncSession, session_id: UUID) -> tuple[UserAccount, UserSession]:
    query = (
        select(UserAccount, UserSession)
        .join(UserSession, UserSession.user_id == UserAccount.id)
        .where(UserSession.id == session_id)
        .with_for_update(of=UserSession)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise _expired()
    return row[0], row[1]


def _expired() -> Unauthenticated:
    return Unauthenticated("session_expired", "The session is over. Sign in again.")


async def list_sessions(
    session: AsyncSession, actor: Actor, settings: Settings, *, limit: int, offset: int
) -> tuple[list[UserSession], int]:
    """One's own sessions that are still going, newest first, and how many there are."""
    at = clock.now()
    mine = select(UserSession).where(
        UserSession.user_id == actor.user_id,
        UserSession.ended_at.is_(None),
        UserSession.expires_at > at,
        UserSession.last_seen_at > at - timedelta(minutes=settings.session_idle_minutes),
    )
    total = await session.scalar(mine.with_only_columns(func.count(), maintain_column_froms=True))
    newest = mine.order_by(UserSession.created_at.desc(), UserSession.id.desc())
    return list(await session.scalars(newest.limit(limit).offset(offset))), total or 0


async def end_session(session: AsyncSession, actor: Actor, session_id: UUID) -> None:
    """End one session: one's own, or as an administrator anybody's.

    Raises NotFound for what does not exist or is somebody else's.
    """
    opened = await session.get(UserSession, session_id, with_for_update=True)
    if opened is None or (opened.user_id != actor.user_id and not actor.is_admin):
        raise NotFound("session_not_found", "There is no such session.")
    if opened.ended_at is not None:
        return
    own = opened.user_id == actor.user_id
    reason = "logout" if session_id == actor.session_id else "ended_by_user" if own else "ended_by_admin"
    opened.ended_at, opened.end_reason, opened.ended_by = clock.now(), reason, actor.user_id
    owner = await session.get(UserAccount, opened.user_id)
    audit.record(
        session,
        actor,
        "session.ended",
        subject_kind="session",
        subject_id=session_id,
        subject_label=owner.username if owner else None,
        details={"reason": reason},
    )


async def log_out(factory: SessionFactory, actor: Actor) -> None:
    """End the session that speaks. Raises Conflict when it is a personal access token."""
    if actor.session_id is None:
        raise Conflict("no_session", "A personal access token has no session to end; revoke the token instead.")
    async with session_scope(factory) as session:
        await end_session(session, actor, actor.session_id)


async def log_out_by_cookie(factory: SessionFactory, settings: Settings, token: str) -> None:
    """End the session of a refresh token of any generation; a token that is not ours ends nothing."""
    try:
        parts = split_refresh_token(token)
        async with session_scope(factory) as session:
            user, opened = await _locked(session, parts.session_id)
            if refresh_token_is_ours(settings, parts, opened.refresh_seed):
                await end_session(session, person_of(user, session_id=opened.id), opened.id)
    except (InvalidCredential, Unauthenticated):
        return


async def end_sessions_of(session: AsyncSession, user_id: UUID, *, reason: str, keep: UUID | None = None) -> int:
    """End all sessions of a person, but `keep`. Returns how many."""
    statement = (
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .values(ended_at=clock.now(), end_reason=reason)
        .returning(UserSession.id)
    )
    if keep is not None:
        statement = statement.where(UserSession.id != keep)
    return len((await session.scalars(statement)).all())
