"""People: made, changed, reset and deactivated by administrators; listed for everybody who is signed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.config import Settings
from app.domain.actor import Actor
from app.domain.permissions import Role
from app.errors import Conflict, NotFound
from app.models.identity import AccessToken, UserAccount
from app.schemas.users import UserCreate, UserUpdate
from app.security import Passwords
from app.services import audit
from app.services.authentication import refuse_tokens
from app.services.login import IssuedLink, issue_link, revoke_links
from app.services.notifications import active_people, notify
from app.services.passwords import require_acceptable
from app.services.sessions import end_sessions_of

AUDITED = ("username", "email", "full_name", "role", "auditor", "is_active")
SHOWN_ON_VOTES_FOR = timedelta(days=7)
_TAKEN = {
    "ux_user_account_username": ("username_taken", "This user name is taken."),
    "ux_user_account_email": ("email_taken", "This e-mail address belongs to somebody else."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Which people are asked for."""

    roles: tuple[Role, ...] = ()
    is_active: bool | None = None
    auditor: bool | None = None
    q: str | None = None
    by_address: bool = True
    """Whether `q` also looks at e-mail addresses."""


def filtered_users(filters: UserFilter) -> Select[UserAccount]:
    """People that a filter lets through, by name."""
    query = select(UserAccount).order_by(func.lower(UserAccount.username), UserAccount.id)
    if filters.roles:
        query = query.where(UserAccount.role.in_(filters.roles))
    if filters.is_active is not None:
        query = query.where(UserAccount.is_active.is_(filters.is_active))
    if filters.auditor is not None:
        query = query.where(UserAccount.auditor.is_(filters.auditor))
    if filters.q:
        fields = [UserAccount.username.icontains(filters.q, autoescape=True)]
        fields.append(UserAccount.full_name.icontains(filters.q, autoescape=True))
        if filters.by_address:
            fields.append(UserAccount.email.icontains(filters.q, autoescape=True))
        query = query.where(or_(*fields))
    return query


async def list_users(
    session: AsyncSession, filters: UserFilter, *, limit: int, offset: int
) -> tuple[list[UserAccount], int]:
    """One page of people and how many there are in all."""
    query = filtered_users(filters)
    total = await session.scalar(query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True))
    return list(await session.scalars(query.limit(limit).offset(offset))), total or 0


async def get_user(session: AsyncSession, user_id: UUID) -> UserAccount:
    """A person by id. Raises NotFound."""
    user = await session.get(UserAccount, user_id)
    if user is None:
        raise _unknown()
    return user


def _unknown() -> NotFound:
    return NotFound("user_not_found", "There is no such user.")


async def create_user(
    session: AsyncSession, actor: Actor, settings: Settings, passwords: Passwords, body: UserCreate
) -> tuple[UserAccount, IssuedLink | None]:
    """Make a person: with an initial password, or with a one-time link to set one.

    Raises Conflict `username_taken`, `email_taken`; Invalid `weak_password`.
    """
    refuse_tokens(actor)
    hashed = None
    if body.password is not None:
        password = body.password.get_secret_value()
        require_acceptable(password, username=body.username, field="password")
        hashed = await passwords.hash(password)
    at = clock.now()
    user = UserAccount(
        username=body.username,
        email=body.email,
        full_name=body.full_name,
        role=body.role,
        auditor=body.auditor,
        is_active=True,
        password_hash=hashed,
        must_change_password=hashed is not None and settings.is_production,
        uses_default_password=False,
        role_epoch=0,
        credentials_changed_at=at if hashed is not None else None,
        credentials_changed_by=actor.user_id if hashed is not None else None,
        created_at=at,
    )
    await _save(session, user)
    link = None if hashed is not None else await issue_link(session, actor, user, purpose="invite")
    audit.record(
        session,
        actor,
        "user.created",
        subject_kind="user",
        subject_id=user.id,
        subject_label=user.username,
        after=_audited(user),
        details={"initial_password": hashed is not None},
    )
    return user, link


async def _save(session: AsyncSession, user: UserAccount) -> None:
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


def _audited(user: UserAccount) -> dict[str, object]:
    return {name: getattr(user, name) for name in AUDITED}


async def update_user(session: AsyncSession, actor: Actor, user_id: UUID, body: UserUpdate) -> UserAccount:
    """Change a person's role, flags, name or address; absent fields stay.

    Raises NotFound, Conflict `last_admin`, `email_taken`.
    """
    refuse_tokens(actor)
    user, other_admins = await _lock_with_admins(session, user_id)
    before = _audited(user)
    changes = body.model_dump(exclude_unset=True)
    for name, value in changes.items():
        setattr(user, name, value)
    _keep_an_admin(before, user, other_admins)
    rights_changed = (before["role"], before["auditor"]) != (user.role, user.auditor)
    if rights_changed:
        user.role_epoch += 1
        if user.id != actor.user_id:
            user.role_changed_at, user.role_changed_by = clock.now(), actor.user_id
    if before["is_active"] and not user.is_active:
        await _shut_out(session, actor, user)
    elif user.is_active:
        user.deactivated_at = None
    await _save(session, user)
    after = _audited(user)
    if after == before:
        return user
    audit.record(
        session,
        actor,
        _verb(before, after),
        subject_kind="user",
        subject_id=user.id,
        subject_label=user.username,
        before=before,
        after=after,
    )
    if before["role"] != user.role:
        await _tell(session, actor, user, "role_changed", f"{user.username} is now {user.role} (was {before['role']})")
    return user


def _verb(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    if before["is_active"] != after["is_active"]:
        return "user.reactivated" if after["is_active"] else "user.deactivated"
    return "user.role_changed" if before["role"] != after["role"] else "user.updated"


async def _lock_with_admins(session: AsyncSession, user_id: UUID) -> tuple[UserAccount, int]:
    """The person and how many other active administrators there are, all locked in one order.

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
    user = people.pop(user_id, None)
    if user is None:
        raise _unknown()
    return user, len(people)


def _keep_an_admin(before: Mapping[str, object], user: UserAccount, other_admins: int) -> None:
    was_admin = before["role"] == Role.ADMIN and before["is_active"]
    is_admin = user.role == Role.ADMIN and user.is_active
    if was_admin and not is_admin and other_admins == 0:
        raise Conflict("last_admin", "The last active administrator can be neither demoted nor deactivated.")


async def deactivate_user(session: AsyncSession, actor: Actor, user_id: UUID) -> None:
    """Shut a person out: sessions and tokens end, the name stays in the record. Again changes nothing."""
    await update_user(session, actor, user_id, UserUpdate(is_active=False))


async def _shut_out(session: AsyncSession, actor: Actor, user: UserAccount) -> None:
    at = clock.now()
    user.deactivated_at = at
    await end_sessions_of(session, user.id, reason="deactivated")
    await revoke_links(session, user.id)
    await session.execute(
        update(AccessToken)
        .where(AccessToken.user_id == user.id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=at, revoked_by=actor.user_id)
    )


async def reset_user(session: AsyncSession, actor: Actor, user_id: UUID) -> tuple[UserAccount, IssuedLink]:
    """A one-time link with which a person sets a new password. Administrators never choose one for somebody.

    Raises NotFound, Conflict `user_inactive`.
    """
    refuse_tokens(actor)
    user = await session.get(UserAccount, user_id, with_for_update={"key_share": True})
    if user is None:
        raise _unknown()
    if not user.is_active:
        raise Conflict("user_inactive", "This user is deactivated.")
    if user.id != actor.user_id:
        user.credentials_changed_at, user.credentials_changed_by = clock.now(), actor.user_id
    link = await issue_link(session, actor, user, purpose="reset")
    audit.record(
        session,
        actor,
        "user.reset_issued",
        subject_kind="user",
        subject_id=user.id,
        subject_label=user.username,
        details={"expires_at": link.expires_at},
    )
    await _tell(
        session, actor, user, "credentials_reset", f"{actor.label} issued a new log-in link for {user.username}"
    )
    return user, link


async def _tell(session: AsyncSession, actor: Actor, user: UserAccount, kind: str, title: str) -> None:
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


def changed_by_others(user: UserAccount, at: datetime) -> bool:
    """Whether somebody else changed this person's credentials or rights in the 7 days before `at`."""
    moments = (user.credentials_changed_at, user.role_changed_at)
    return any(moment is not None and at - moment <= SHOWN_ON_VOTES_FOR for moment in moments)
