"""Personal access tokens: made by a person for his scripts, shown once."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.domain.actor import Actor
from app.domain.permissions import TOKEN_FORBIDDEN, Permission
from app.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from app.models.identity import AccessToken
from app.schemas.auth import TokenCreate
from app.security import new_personal_token, token_hash
from app.services import audit
from app.services.authentication import TOKEN_EXPLICIT, own_id, refuse_tokens

MAX_TOKENS = 50


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token and, this once, its secret."""

    row: AccessToken
    secret: str


async def list_tokens(session: AsyncSession, actor: Actor, *, limit: int, offset: int) -> tuple[list[AccessToken], int]:
    """One's own tokens that were not revoked, newest first, and how many there are."""
    mine = (AccessToken.user_id == actor.user_id) & AccessToken.revoked_at.is_(None)
    total = await session.scalar(select(func.count()).select_from(AccessToken).where(mine))
    rows = await session.scalars(
        select(AccessToken)
        .where(mine)
        .order_by(AccessToken.created_at.desc(), AccessToken.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return list(rows), total or 0


async def create_token(session: AsyncSession, actor: Actor, body: TokenCreate) -> IssuedToken:
    """Make a token for oneself.

    Raises Forbidden for a token that wants to make tokens or for the audit scope without being an administrator,
    Invalid `scope_not_permitted`, Conflict `too_many_tokens`.
    """
    refuse_tokens(actor)
    scopes = _checked_scopes(actor, body.scopes)
    at = clock.now()
    live = await session.scalar(
        select(func.count())
        .select_from(AccessToken)
        .where(AccessToken.user_id == actor.user_id, AccessToken.revoked_at.is_(None), AccessToken.expires_at > at)
    )
    if (live or 0) >= MAX_TOKENS:
        raise Conflict("too_many_tokens", f"At most {MAX_TOKENS} tokens can be in use. Revoke one first.")
    secret = new_personal_token()
    row = AccessToken(
        user_id=own_id(actor),
        name=body.name,
        token_hash=token_hash(secret),
        hint=secret[-4:],
        scopes=scopes,
        allowed_addresses=list(body.allowed_addresses),
        created_at=at,
        expires_at=at + timedelta(days=body.expires_in_days),
    )
    session.add(row)
    # The id is a column default, and the audit entry names it.
    await session.flush()
    audit.record(
        session,
        actor,
        "token.created",
        subject_kind="access_token",
        subject_id=row.id,
        subject_label=row.name,
        after={"scopes": scopes, "expires_at": row.expires_at, "allowed_addresses": row.allowed_addresses},
    )
    return IssuedToken(row, secret)


def _checked_scopes(actor: Actor, scopes: list[Permission] | None) -> list[str] | None:
    if scopes is None:
        return None
    wanted = frozenset(scopes)
    if wanted & TOKEN_EXPLICIT and not actor.is_admin:
        raise Forbidden("scope_needs_admin", "Only an administrator can grant a token this scope.")
    excess = sorted(wanted - (actor.permissions - TOKEN_FORBIDDEN))
    if excess:
        message = f"A token of yours cannot have: {', '.join(excess)}."
        raise Invalid("scope_not_permitted", message, fields=[FieldError("scopes", message, "scope_not_permitted")])
    return sorted(wanted)


async def revoke_token(session: AsyncSession, actor: Actor, token_id: UUID) -> None:
    """End a token: one's own, or as an administrator anybody's. Again changes nothing. Raises NotFound."""
    refuse_tokens(actor)
    row = await session.get(AccessToken, token_id, with_for_update=True)
    if row is None or (row.user_id != actor.user_id and not actor.is_admin):
        raise NotFound("token_not_found", "There is no such token.")
    if row.revoked_at is not None:
        return
    row.revoked_at, row.revoked_by = clock.now(), actor.user_id
    audit.record(
        session,
        actor,
        "token.revoked",
        subject_kind="access_token",
        subject_id=row.id,
        subject_label=row.name,
        details={"owner_id": row.user_id},
    )
