"""Changing what people may do: the one way, for an administrator alone and for a second one who confirms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.domain.actor import Actor
from app.domain.permissions import Role
from app.errors import Conflict, NotFound
from app.models.identity import AccessToken, UserAccount
from app.services import audit
from app.services.authentication import own_id
from app.services.login import revoke_links
from app.services.notifications import active_people, notify
from app.services.sessions import end_sessions_of

AUDITED = ("username", "email", "full_name", "role", "auditor", "is_active")
SHOWN_ON_VOTES_FOR = timedelta(days=7)
_TAKEN = {
    "ux_user_account_username": ("username_taken", "This user name is taken."),
    "ux_user_account_email": ("email_taken", "This e-mail address belongs to somebody else."),
}


@dataclass(frozen=True, slots=True)
class LockedUser:
    """A person and all active administrators of this moment, who stay so until the transaction ends."""

    user: UserAccount
    admins: Mapping[UUID, UserAccount]


def unknown_user() -> NotFound:
    """The refusal for an id that nobody has."""
    return NotFound("user_not_found", "There is no such user.")


async def lock_with_admins(session: AsyncSession, user_id: UUID) -> LockedUser:
    """The person and the active administrators, locked in one order. Raises NotFound.

    So two administrators who demote each other at the same moment are served one after the other.
    """
    rows = await session.scalars(
        select(UserAccount)
        .where(or_(UserAccount.id == user_id, and_(UserAccount.role == Role.ADMIN, UserAccount.is_active)))
        .order_by(UserAccount.id)
        # No key update: rows that merely refer to these people need not wait.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    people = {person.id: person for person in rows}
    user = people.get(user_id)
    if user is None:
        raise unknown_user()
    return LockedUser(user, {i: p for i, p in people.items() if p.role == Role.ADMIN and p.is_active})


async def save_user(session: AsyncSession, user: UserAccount) -> None:
    """Write a new or changed person. Names and addresses are unique whatever their case."""
    try:
        async with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if constraint not in _TAKEN:
            raise
        code, message = _TAKEN[constraint]
        raise Conflict(code, message) from None


def audited(user: UserAccount) -> dict[str, object]:
    """What the trail says of a person."""
    return {name: getattr(user, name) for name in AUDITED}


async def change_user(
    session: AsyncSession,
    actor: Actor,
    locked: LockedUser,
    changes: Mapping[str, object],
    *,
    details: Mapping[str, object] | None = None,
) -> None:
    """Set fields of a person with all that follows: sessions, tokens, the trail, and who is told.

    Raises Conflict `last_admin`, `email_taken`.
    """
    user = locked.user
    before = audited(user)
    for name, value in changes.items():
        setattr(user, name, value)
    _keep_an_admin(user, locked.admins)
    if (before["role"], before["auditor"]) != (user.role, user.auditor):
        user.role_epoch += 1
        # One's own change too: an administrator who makes himself a lead and votes is what the mark is for.
        user.role_changed_at, user.role_changed_by = clock.now(), actor.user_id
    if before["is_active"] and not user.is_active:
        await _shut_out(session, actor, user)
    elif user.is_active:
        user.deactivated_at = None
    await save_user(session, user)
    after = audited(user)
    if after == before:
        return
    audit.record(
        session,
        actor,
        _verb(before, after),
        subject_kind="user",
        subject_id=user.id,
        subject_label=user.username,
        before=before,
        after=after,
        details=details,
    )
    if before["role"] != user.role:
        await tell(session, actor, user, "role_changed", f"{user.username} is now {user.role} (was {before['role']})")


def _verb(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    if before["is_active"] != after["is_active"]:
        return "user.reactivated" if after["is_active"] else "user.deactivated"
    return "user.role_changed" if before["role"] != after["role"] else "user.updated"


def _keep_an_admin(user: UserAccount, admins: Mapping[UUID, UserAccount]) -> None:
    is_admin = user.role == Role.ADMIN and user.is_active
    if set(admins) == {user.id} and not is_admin:
        raise Conflict("last_admin", "The last active administrator can be neither demoted nor deactivated.")


async def _shut_out(session: AsyncSession, actor: Actor, user: UserAccount) -> None:
    at = clock.now()
    user.deactivated_at = at
    await end_sessions_of(session, user.id, reason="deactivated")
    await revoke_links(session, user.id)
    await session.execute(
        update(AccessToken)
        .where(AccessToken.user_id == user.id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=at, revoked_by=own_id(actor))
    )


async def tell(session: AsyncSession, actor: Actor, user: UserAccount, kind: str, title: str) -> None:
    """Tell the person and both leads what an administrator did to a log-in."""
    at = clock.now()
    leads = await active_people(session, Role.RED_LEAD, Role.BLUE_LEAD)
    await notify(
        session,
        [person for person in (user.id, *leads) if person != actor.user_id],
        kind=kind,
        title=title,
        body=f"By {actor.label}.",
        subject_id=user.id,
        dedupe_key=f"{kind}:{user.id}:{at.isoformat()}",
    )


def changed_recently(user: UserAccount, at: datetime) -> bool:
    """Whether credentials were set by somebody else, or rights by anybody, in the 7 days before `at`."""
    moments = (user.credentials_changed_at, user.role_changed_at)
    return any(moment is not None and at - moment <= SHOWN_ON_VOTES_FOR for moment in moments)
