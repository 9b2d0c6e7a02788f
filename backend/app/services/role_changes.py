"""Two administrators for a change of rights: one asks, another confirms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app import clock
from app.config import Settings
from app.domain.actor import Actor
from app.domain.permissions import Role
from app.errors import Conflict, Forbidden, NotFound
from app.models.identity import UserAccount
from app.models.role_changes import RoleChange
from app.services import audit
from app.services.authentication import own_id, refuse_tokens
from app.services.notifications import notify
from app.services.rights import SHOWN_ON_VOTES_FOR, LockedUser, change_user, lock_with_admins

RIGHTS = ("role", "auditor", "is_active")
WAITS_FOR = timedelta(days=7)
_LABELS = {"role": "role", "auditor": "auditor", "is_active": "active"}


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """A change that waits, with the people concerned, and whether the reader may confirm it."""

    row: RoleChange
    user: UserAccount
    asked_by: UserAccount
    confirmable: bool


def needing_a_second(
    settings: Settings, actor: Actor, locked: LockedUser, changes: Mapping[str, object]
) -> dict[str, object]:
    """What of these changes another administrator has to confirm; empty where one is enough.

    Being active is a right only of administrators: anybody else can be shut out at once. Shutting out the second
    administrator would leave the first one alone, and alone he needs nobody.
    """
    if settings.role_changes != "two_admins" or not set(locked.admins) - {actor.user_id}:
        return {}
    user = locked.user
    asked = {name: changes[name] for name in RIGHTS if name in changes and changes[name] != getattr(user, name)}
    if Role.ADMIN not in {user.role, asked.get("role")}:
        asked.pop("is_active", None)
    return asked


async def ask(session: AsyncSession, actor: Actor, locked: LockedUser, wanted: Mapping[str, object]) -> RoleChange:
    """Note what is wanted, in place of what waited for this person before, and tell the other administrators."""
    user, at = locked.user, clock.now()
    await close_open(session, actor, user.id)
    row = RoleChange(
        user_id=user.id, requested_by_id=own_id(actor), created_at=at, expires_at=at + WAITS_FOR, **dict(wanted)
    )
    session.add(row)
    await session.flush()
    _record(session, actor, row, "user.role_change_asked", user, expires_at=row.expires_at, **wanted)
    await notify(
        session,
        [admin for admin in sorted(locked.admins) if admin != actor.user_id],
        kind="role_change_asked",
        title=f"{actor.label} asks to change {user.username}: {_in_words(wanted)}",
        body="A second administrator confirms or refuses it.",
        link="/system/users",
        subject_id=user.id,
        dedupe_key=f"role_change:{row.id}:asked",
    )
    return row


def _in_words(wanted: Mapping[str, object]) -> str:
    shown = {name: ("yes" if value else "no") if isinstance(value, bool) else value for name, value in wanted.items()}
    return ", ".join(f"{_LABELS[name]} {value}" for name, value in shown.items())


async def close_open(session: AsyncSession, actor: Actor, user_id: UUID) -> None:
    """End what waits for this person, because something newer was decided."""
    waiting = await session.scalar(
        select(RoleChange).where(RoleChange.user_id == user_id, RoleChange.closed_at.is_(None)).with_for_update()
    )
    if waiting is not None:
        await _close(session, actor, waiting, "replaced")


async def confirm_role_change(session: AsyncSession, actor: Actor, change_id: UUID) -> UserAccount:
    """Make a change that another administrator asked for.

    Raises NotFound; Forbidden `second_admin_needed` for whoever asked, `not_independent` for an administrator whose
    log-in or role the other one set; Conflict `role_change_over`, `last_admin`.
    """
    refuse_tokens(actor)
    locked, row = await _lock_open(session, change_id)
    if row.requested_by_id == actor.user_id:
        raise Forbidden("second_admin_needed", "Another administrator than the one who asked has to confirm.")
    confirming = locked.admins.get(own_id(actor))
    if confirming is None:
        raise Forbidden("not_permitted", "Your role does not permit this.")
    asking = locked.admins.get(row.requested_by_id)
    if asking is None:
        raise Conflict("role_change_over", "Whoever asked for this is no administrator any more.")
    if not independent(confirming, asking.id, clock.now()):
        message = "The administrator who asked set your log-in or your role in the last 7 days: another one confirms."
        raise Forbidden("not_independent", message)
    wanted = {name: getattr(row, name) for name in RIGHTS if getattr(row, name) is not None}
    await _close(session, actor, row, "confirmed")
    details = {"role_change_id": row.id, "asked_by": asking.username}
    await change_user(session, actor, locked, wanted, details=details)
    await _answer(session, actor, row, f"{actor.label} confirmed your change of {locked.user.username}")
    return locked.user


def independent(confirming: UserAccount, asking: UUID, at: datetime) -> bool:
    """Whether an administrator is somebody else, not an account that the other one has just made or taken over."""
    moments = (
        (confirming.credentials_changed_at, confirming.credentials_changed_by),
        (confirming.role_changed_at, confirming.role_changed_by),
    )
    return all(by != asking or moment is None or at - moment > SHOWN_ON_VOTES_FOR for moment, by in moments)


async def drop_role_change(session: AsyncSession, actor: Actor, change_id: UUID) -> None:
    """Withdraw one's own request or refuse somebody's. Raises NotFound, Conflict `role_change_over`."""
    refuse_tokens(actor)
    locked, row = await _lock_open(session, change_id)
    own = row.requested_by_id == actor.user_id
    await _close(session, actor, row, "withdrawn" if own else "refused")
    action = "user.role_change_withdrawn" if own else "user.role_change_refused"
    _record(session, actor, row, action, locked.user)
    if not own:
        await _answer(session, actor, row, f"{actor.label} refused your change of {locked.user.username}")


async def list_role_changes(
    session: AsyncSession, actor: Actor, *, limit: int, offset: int
) -> tuple[list[WaitingChange], int]:
    """Changes that still wait, newest first, and how many there are."""
    user, asking = aliased(UserAccount), aliased(UserAccount)
    joined = (
        select(RoleChange, user, asking)
        .join(user, user.id == RoleChange.user_id)
        .join(asking, asking.id == RoleChange.requested_by_id)
        .where(_waiting(asking, clock.now()))
    )
    total = await session.scalar(joined.with_only_columns(func.count(), maintain_column_froms=True))
    newest = joined.order_by(RoleChange.created_at.desc(), RoleChange.id.desc()).limit(limit).offset(offset)
    reader, at = await session.get_one(UserAccount, own_id(actor)), clock.now()
    found = [
        WaitingChange(row, person, by, by.id != reader.id and independent(reader, by.id, at))
        for row, person, by in (await session.execute(newest))
    ]
    return found, total or 0


def _waiting(asking: type[UserAccount], at: datetime) -> ColumnElement[bool]:
    return and_(
        RoleChange.closed_at.is_(None),
        RoleChange.expires_at > at,
        asking.is_active,
        asking.role == Role.ADMIN,
    )


async def _lock_open(session: AsyncSession, change_id: UUID) -> tuple[LockedUser, RoleChange]:
    """The person, then the request: the order in which everybody takes these locks."""
    about = await session.scalar(select(RoleChange.user_id).where(RoleChange.id == change_id))
    if about is None:
        raise NotFound("role_change_not_found", "There is no such change.")
    locked = await lock_with_admins(session, about)
    row = await session.get_one(RoleChange, change_id, with_for_update=True, populate_existing=True)
    if row.closed_at is not None or row.expires_at <= clock.now():
        raise Conflict("role_change_over", "This change was decided, replaced or has waited too long.")
    return locked, row


async def _close(session: AsyncSession, actor: Actor, row: RoleChange, outcome: str) -> None:
    row.closed_at, row.closed_by_id, row.outcome = clock.now(), own_id(actor), outcome
    # The next request for the same person may follow in this transaction.
    await session.flush()


async def _answer(session: AsyncSession, actor: Actor, row: RoleChange, title: str) -> None:
    await notify(
        session,
        [person for person in (row.requested_by_id,) if person != actor.user_id],
        kind="role_change_decided",
        title=title,
        link="/system/users",
        subject_id=row.user_id,
        dedupe_key=f"role_change:{row.id}:decided",
    )


def _record(
    session: AsyncSession, actor: Actor, row: RoleChange, action: str, user: UserAccount, **more: object
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="user",
        subject_id=user.id,
        subject_label=user.username,
        details={"role_change_id": row.id, **more},
    )
