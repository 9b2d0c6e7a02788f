"""Finds out who is behind a request, by one query."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Protocol
from uuid import UUID

from sqlalchemy import DateTime, bindparam, func, select, update
from sqlalchemy.orm import aliased

from app import clock
from app.config import Settings
from app.database import SessionFactory, glance
from app.domain.actor import Actor
from app.domain.permissions import TOKEN_FORBIDDEN, Permission, Role, Side, permissions_of
from app.errors import Forbidden, Unauthenticated
from app.models.deputies import Deputy
from app.models.identity import AccessToken, UserAccount, UserSession
from app.security import (
    TOKEN_PREFIX,
    AccessClaims,
    InvalidCredential,
    looks_like_personal_token,
    read_access_token,
    token_hash,
)
from app.services.access import record_access
from app.services.standing_in import standing

SEEN_EVERY = timedelta(minutes=1)
TOKEN_EXPLICIT = frozenset({Permission.AUDIT_READ})
"""What a token may only when it was asked for by name."""


class SessionTimes(Protocol):
    """What decides whether a session is over; rows and sessions both have it."""

    @property
    def last_seen_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime | None: ...


_PERSON = (
    UserAccount.id.label("user_id"),
    UserAccount.username,
    UserAccount.role,
    UserAccount.auditor,
    UserAccount.is_active,
    UserAccount.must_change_password,
    UserAccount.role_epoch,
)
_LEAD = aliased(UserAccount)


# Put together once: making such a statement takes longer than the database takes to answer it.
_BY_SESSION = (
    select(
        *_PERSON,
        UserSession.last_seen_at,
        UserSession.expires_at,
        UserSession.ended_at,
        select(func.array_agg(Deputy.side.distinct()))
        .join(_LEAD, _LEAD.id == Deputy.lead_id)
        .where(
            Deputy.user_id == UserAccount.id,
            standing(_LEAD, UserAccount, bindparam("at", type_=DateTime(timezone=True))),
        )
        .correlate(UserAccount)
        .scalar_subquery()
        .label("deputy_for"),
    )
    .join_from(UserSession, UserAccount, UserSession.user_id == UserAccount.id)
    .where(UserSession.id == bindparam("session_id"), UserAccount.id == bindparam("user_id"))
)
_BY_TOKEN = (
    select(
        *_PERSON,
        AccessToken.id.label("token_id"),
        AccessToken.scopes,
        AccessToken.allowed_addresses,
        AccessToken.expires_at,
        AccessToken.revoked_at,
        AccessToken.last_used_at,
        AccessToken.last_used_address,
    )
    .join_from(AccessToken, UserAccount, AccessToken.user_id == UserAccount.id)
    .where(AccessToken.token_hash == bindparam("token_hash"))
)


async def resolve_actor(
    factory: SessionFactory, settings: Settings, credentials: str, *, client_address: str | None, seen: bool = True
) -> Actor:
    """The person or script that these bearer credentials belong to, with the rights of this moment.

    seen: whether this counts as a sign of life, which keeps an idle session open.
    Raises Unauthenticated: `not_authenticated` for what is not ours, `session_expired` for what is over.
    """
    if credentials.startswith(TOKEN_PREFIX):
        return await _by_personal_token(factory, credentials, client_address, seen=seen)
    claims = read_claims(settings, credentials)
    at = clock.now()
    asked = {"at": at, "session_id": claims.session_id, "user_id": claims.user_id}
    async with glance(factory) as session:
        row = (await session.execute(_BY_SESSION, asked)).one_or_none()
    if row is None:
        raise Unauthenticated("not_authenticated", "Sign in, or send a token.")
    if row.role_epoch != claims.role_epoch or is_over(row, settings, at, active=row.is_active):
        raise Unauthenticated("session_expired", "The session is over. Sign in again.")
    if seen and at - row.last_seen_at >= SEEN_EVERY:
        async with record_access(factory) as session:
            await session.execute(
                update(UserSession).where(UserSession.id == claims.session_id).values(last_seen_at=at)
            )
    return Actor(
        user_id=row.user_id,
        username=row.username,
        role=Role(row.role),
        permissions=permissions_of(Role(row.role), auditor=row.auditor)
        | ({Permission.TEST_VOTE} if row.deputy_for else frozenset()),
        auditor=row.auditor,
        session_id=claims.session_id,
        must_change_password=row.must_change_password,
        # Tokens never vote, so only sessions ask.
        deputy_for=frozenset(Side(side) for side in row.deputy_for or ()),
    )


def read_claims(settings: Settings, credentials: str) -> AccessClaims:
    """The claims of an access token. Raises Unauthenticated."""
    try:
        return read_access_token(settings, credentials, now=clock.now())
    except InvalidCredential:
        raise Unauthenticated("not_authenticated", "Sign in, or send a token.") from None


def is_over(opened: SessionTimes, settings: Settings, at: datetime, *, active: bool) -> bool:
    """Whether a session was ended, ran out, idled too long, or belongs to somebody who was deactivated."""
    idle = at - opened.last_seen_at > timedelta(minutes=settings.session_idle_minutes)
    return not active or opened.ended_at is not None or opened.expires_at <= at or idle


async def _by_personal_token(
    factory: SessionFactory, credentials: str, client_address: str | None, *, seen: bool
) -> Actor:
    refusal = Unauthenticated("not_authenticated", "The token is unknown, revoked, expired or not for this address.")
    if not looks_like_personal_token(credentials):
        raise refusal
    async with glance(factory) as session:
        row = (await session.execute(_BY_TOKEN, {"token_hash": token_hash(credentials)})).one_or_none()
    at = clock.now()
    if row is None or not row.is_active or row.revoked_at is not None or row.expires_at <= at:
        raise refusal
    if not address_allowed(client_address, row.allowed_addresses):
        raise refusal
    used = row.last_used_at
    if seen and (used is None or at - used >= SEEN_EVERY or row.last_used_address != client_address):
        async with record_access(factory) as session:
            await session.execute(
                update(AccessToken)
                .where(AccessToken.id == row.token_id)
                .values(last_used_at=at, last_used_address=client_address)
            )
    role = Role(row.role)
    return Actor(
        user_id=row.user_id,
        username=row.username,
        role=role,
        permissions=token_permissions(role, auditor=row.auditor, scopes=row.scopes),
        auditor=row.auditor,
        token_id=row.token_id,
        must_change_password=row.must_change_password,
    )


def token_permissions(role: Role, *, auditor: bool, scopes: list[str] | None) -> frozenset[Permission]:
    """What a token may now: its scopes, as far as its owner still has them, without what no token has."""
    owned = permissions_of(role, auditor=auditor) - TOKEN_FORBIDDEN
    if scopes is None:
        return owned - TOKEN_EXPLICIT
    return owned & (frozenset(scopes) | {Permission.PROFILE_OWN})


def address_allowed(address: str | None, networks: list[str]) -> bool:
    """Whether an address lies in one of the networks; no networks allow every address."""
    if not networks:
        return True
    try:
        client = ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(client, "ipv4_mapped", None)
    return any((mapped or client) in ip_network(network) for network in networks)


def refuse_tokens(actor: Actor) -> None:
    """Raise Forbidden when a personal access token asks for what only a person may do."""
    if actor.is_token:
        raise Forbidden("token_not_permitted", "A personal access token may not do this. Sign in as a person.")


def own_id(actor: Actor) -> UUID:
    """The id of the person who asks. Jobs have none and never come here."""
    assert actor.user_id is not None
    return actor.user_id
