"""Proving who one is: log-in, change of password, one-time links."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.actor import Actor
from app.errors import Conflict, FieldError, Invalid, Unauthenticated
from app.models.identity import OneTimeLink, UserAccount
from app.security import Passwords, new_link_token, token_hash
from app.services import audit
from app.services.authentication import own_id, refuse_tokens
from app.services.passwords import require_acceptable
from app.services.sessions import SignedIn, end_sessions_of, open_session, person_of
from app.services.throttle import Attempt, attempt_of, count_failure, forget_failures, refuse_while_delayed

LINK_GOOD_FOR = {"invite": timedelta(hours=72), "reset": timedelta(hours=24)}


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A one-time link, the only time its secret is known."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a log-in comes from."""

    address: str | None
    user_agent: str | None


async def log_in(
    factory: SessionFactory,
    settings: Settings,
    passwords: Passwords,
    *,
    username: str,
    password: str,
    visitor: Visitor,
) -> SignedIn:
    """Open a session for the right name and password.

    Takes the same time for a name that nobody has. Holds no connection while the password is checked.
    Raises Unauthenticated `invalid_credentials`, TooMany `too_many_attempts`.
    """
    attempt = attempt_of(settings, username, visitor.address)
    async with factory() as session:
        await refuse_while_delayed(session, attempt)
        known = await _by_name(session, username)
    fits = await passwords.verify(known.password_hash if known else None, password)
    if known is None or not fits or not known.is_active:
        await _refuse(factory, attempt, known)
    assert known is not None
    assert known.password_hash is not None
    renewed = await passwords.hash(password) if passwords.needs_rehash(known.password_hash) else None
    async with session_scope(factory) as session:
        user = await session.get(UserAccount, known.id, with_for_update={"key_share": True})
        if user is None or not user.is_active or user.password_hash != known.password_hash:
            raise _wrong()
        if renewed is not None:
            user.password_hash = renewed
        user.last_login_at = clock.now()
        await forget_failures(session, attempt)
        signed_in = await open_session(session, user, settings, address=visitor.address, user_agent=visitor.user_agent)
        audit.record(
            session,
            person_of(user, session_id=signed_in.session.id),
            "session.opened",
            subject_kind="user",
            subject_id=user.id,
            subject_label=user.username,
        )
        return signed_in


async def _by_name(session: AsyncSession, username: str) -> UserAccount | None:
    return await session.scalar(select(UserAccount).where(func.lower(UserAccount.username) == username.strip().lower()))


async def _refuse(factory: SessionFactory, attempt: Attempt, known: UserAccount | None) -> None:
    async with session_scope(factory) as session:
        await count_failure(session, attempt)
        audit.record(
            session,
            None,
            "session.refused",
            subject_kind="user",
            subject_id=known.id if known else None,
            # A name that nobody has may be a password in the wrong field.
            subject_label=known.username if known else None,
            details={"known": known is not None, "active": known.is_active if known else None},
        )
    raise _wrong()


def _wrong() -> Unauthenticated:
    return Unauthenticated("invalid_credentials", "The name or the password is wrong.")


async def change_password(
    factory: SessionFactory,
    settings: Settings,
    passwords: Passwords,
    actor: Actor,
    *,
    current: str,
    new: str,
    address: str | None,
) -> None:
    """Set one's own password. Other sessions end, this one and personal tokens stay.

    Raises Invalid `wrong_password` or `weak_password`, Conflict `password_changed`, TooMany, Forbidden for a token.
    """
    refuse_tokens(actor)
    attempt = attempt_of(settings, actor.username, address)
    async with factory() as session:
        await refuse_while_delayed(session, attempt)
        before = await session.get_one(UserAccount, own_id(actor))
    if not await passwords.verify(before.password_hash, current):
        async with session_scope(factory) as session:
            await count_failure(session, attempt)
            audit.record(
                session,
                actor,
                "user.password_refused",
                subject_kind="user",
                subject_id=actor.user_id,
                subject_label=actor.username,
            )
        message = "This is not your present password."
        raise Invalid("wrong_password", message, fields=[FieldError("current_password", message, "wrong_password")])
    if new == current:
        message = "Choose another password than the present one."
        raise Invalid("weak_password", message, fields=[FieldError("new_password", message, "weak_password")])
    require_acceptable(new, username=actor.username, field="new_password")
    hashed = await passwords.hash(new)
    async with session_scope(factory) as session:
        user = await session.get_one(UserAccount, own_id(actor), with_for_update={"key_share": True})
        if user.password_hash != before.password_hash:
            # Else whoever knows the old password could undo a reset that comes in between.
            raise Conflict("password_changed", "The password was changed in the meantime.")
        set_password(user, hashed)
        ended = await end_sessions_of(session, user.id, reason="password_changed", keep=actor.session_id)
        await forget_failures(session, attempt)
        audit.record(
            session,
            actor,
            "user.password_changed",
            subject_kind="user",
            subject_id=user.id,
            subject_label=user.username,
            details={"sessions_ended": ended},
        )


def set_password(user: UserAccount, hashed: str) -> None:
    """Store a new hash; whatever was wrong with the old password is over."""
    user.password_hash = hashed
    user.password_changed_at = clock.now()
    user.must_change_password = False
    user.uses_default_password = False


async def issue_link(session: AsyncSession, actor: Actor, user: UserAccount, *, purpose: str) -> IssuedLink:
    """A new one-time link for a person; earlier ones stop working."""
    at = clock.now()
    await revoke_links(session, user.id)
    issued = IssuedLink(new_link_token(), at + LINK_GOOD_FOR[purpose])
    session.add(
        OneTimeLink(
            user_id=user.id,
            purpose=purpose,
            token_hash=token_hash(issued.token),
            created_by=actor.user_id,
            created_at=at,
            expires_at=issued.expires_at,
        )
    )
    return issued


async def revoke_links(session: AsyncSession, user_id: UUID) -> None:
    """Make all unused links of a person useless."""
    await session.execute(
        update(OneTimeLink)
        .where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None), OneTimeLink.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


async def redeem_link(factory: SessionFactory, passwords: Passwords, *, token: str, new: str) -> str:
    """Set a password by a one-time link and end all sessions of its owner. Returns his user name.

    Raises Invalid `link_invalid` or `weak_password`.
    """
    hashed_token = token_hash(token)
    async with factory() as session:
        _, owner = await _usable_link(session, hashed_token, lock=False)
    require_acceptable(new, username=owner.username, field="new_password")
    hashed = await passwords.hash(new)
    async with session_scope(factory) as session:
        link, user = await _usable_link(session, hashed_token, lock=True)
        link.used_at = clock.now()
        set_password(user, hashed)
        if link.created_by != user.id:
            user.credentials_changed_at, user.credentials_changed_by = link.used_at, link.created_by
        ended = await end_sessions_of(session, user.id, reason="password_changed")
        audit.record(
            session,
            None,
            "user.link_redeemed",
            subject_kind="user",
            subject_id=user.id,
            subject_label=user.username,
            details={"purpose": link.purpose, "issued_by": link.created_by, "sessions_ended": ended},
        )
        return user.username


async def _usable_link(session: AsyncSession, hashed: str, *, lock: bool) -> tuple[OneTimeLink, UserAccount]:
    query = (
        select(OneTimeLink, UserAccount)
        .join(UserAccount, UserAccount.id == OneTimeLink.user_id)
        .where(
            OneTimeLink.token_hash == hashed,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.revoked_at.is_(None),
            OneTimeLink.expires_at > clock.now(),
            UserAccount.is_active,
        )
    )
    row = (await session.execute(query.with_for_update(key_share=True) if lock else query)).one_or_none()
    if row is None:
        raise Invalid("link_invalid", "The link was used already, has expired or was replaced by a newer one.")
    return row[0], row[1]
