"""People: made, changed, reset and deactivated by administrators; listed for everybody who is signed in."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.config import Settings
from app.domain.actor import Actor
from app.domain.permissions import Role
from app.errors import Conflict, Forbidden
from app.models.identity import UserAccount
from app.models.role_changes import RoleChange
from app.schemas.users import UserCreate, UserUpdate
from app.security import Passwords
from app.services import audit
from app.services.authentication import refuse_tokens
from app.services.login import IssuedLink, issue_link
from app.services.passwords import require_acceptable
from app.services.rights import audited, change_user, lock_with_admins, save_user, tell, unknown_user
from app.services.role_changes import RIGHTS, ask, close_open, needing_a_second
from app.services.sessions import end_sessions_of

_TOLD = frozenset({Role.ADMIN, Role.RED_LEAD, Role.BLUE_LEAD})
"""Roles whose new holders the leads hear of."""


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
        raise unknown_user()
    return user


async def create_user(
    session: AsyncSession, actor: Actor, settings: Settings, passwords: Passwords, body: UserCreate
) -> tuple[UserAccount, IssuedLink | None]:
    """Make a person: with an initial password, or with a one-time link to set one.

    Where changes of rights need two administrators, the person begins as a viewer and the rights wait.
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
    await save_user(session, user)
    waiting = await _hold_first_rights(session, actor, settings, user)
    link = None if hashed is not None else await issue_link(session, actor, user, purpose="invite")
    audit.record(
        session,
        actor,
        "user.created",
        subject_kind="user",
        subject_id=user.id,
        subject_label=user.username,
        after=audited(user),
        details={"initial_password": hashed is not None},
    )
    if waiting:
        await ask(session, actor, await lock_with_admins(session, user.id), waiting)
    elif user.role in _TOLD:
        await tell(session, actor, user, "user_created", f"{actor.label} created {user.username} as {user.role}")
    return user, link


async def _hold_first_rights(
    session: AsyncSession, actor: Actor, settings: Settings, user: UserAccount
) -> dict[str, object]:
    """Take from a new person what a second administrator has to confirm first. Returns what was taken."""
    if settings.role_changes != "two_admins":
        return {}
    asked = {"role": user.role, "auditor": user.auditor}
    user.role, user.auditor = Role.VIEWER, False
    await session.flush()
    wanted = needing_a_second(settings, actor, await lock_with_admins(session, user.id), asked)
    for name in asked.keys() - wanted.keys():
        setattr(user, name, asked[name])
    await session.flush()
    return wanted


@dataclass(frozen=True, slots=True)
class ChangedUser:
    """A person after a change, and what of it still waits for a second administrator."""

    user: UserAccount
    waiting: RoleChange | None


async def update_user(
    session: AsyncSession, actor: Actor, settings: Settings, user_id: UUID, body: UserUpdate
) -> ChangedUser:
    """Change a person's role, flags, name or address; absent fields stay.

    Where changes of rights need two administrators, they wait and the rest is done.
    Raises NotFound, Forbidden, Conflict `last_admin`, `email_taken`.
    """
    refuse_tokens(actor)
    locked = await lock_with_admins(session, user_id)
    if actor.user_id not in locked.admins:
        # Demoted by another administrator while waiting for the lock.
        raise Forbidden("not_permitted", "Your role does not permit this.")
    changes = body.model_dump(exclude_unset=True)
    wanted = needing_a_second(settings, actor, locked, changes)
    rights_now = any(changes.get(name, getattr(locked.user, name)) != getattr(locked.user, name) for name in RIGHTS)
    if rights_now and not wanted:
        await close_open(session, actor, user_id)
    await change_user(session, actor, locked, {n: v for n, v in changes.items() if n not in wanted})
    return ChangedUser(locked.user, await ask(session, actor, locked, wanted) if wanted else None)


async def deactivate_user(session: AsyncSession, actor: Actor, settings: Settings, user_id: UUID) -> ChangedUser:
    """Shut a person out: sessions and tokens end, the name stays in the record. Again changes nothing."""
    return await update_user(session, actor, settings, user_id, UserUpdate(is_active=False))


async def reset_user(session: AsyncSession, actor: Actor, user_id: UUID) -> tuple[UserAccount, IssuedLink]:
    """A one-time link with which a person sets a new password. Administrators never choose one for somebody.

    Raises NotFound, Conflict `user_inactive`.
    """
    refuse_tokens(actor)
    user = await session.get(UserAccount, user_id, with_for_update={"key_share": True})
    if user is None:
        raise unknown_user()
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
    await tell(session, actor, user, "credentials_reset", f"{actor.label} issued a new log-in link for {user.username}")
    return user, link


async def end_user_sessions(session: AsyncSession, actor: Actor, user_id: UUID) -> int:
    """Sign a person out everywhere; tokens stay. Returns how many sessions ended. Raises NotFound."""
    refuse_tokens(actor)
    user = await get_user(session, user_id)
    ended = await end_sessions_of(session, user.id, reason="ended_by_admin")
    if ended:
        audit.record(
            session,
            actor,
            "user.signed_out",
            subject_kind="user",
            subject_id=user.id,
            subject_label=user.username,
            details={"sessions_ended": ended},
        )
    return ended
