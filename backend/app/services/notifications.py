"""The bell: who is told what, and reading it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.permissions import Role
from app.errors import NotFound
from app.ids import new_id
from app.models.identity import UserAccount
from app.models.notification import Notification
from app.services.announcements import announce_notifications


async def notify(
    session: AsyncSession,
    recipients: Iterable[UUID],
    *,
    kind: str,
    title: str,
    body: str = "",
    link: str = "",
    subject_id: UUID | None = None,
    dedupe_key: str,
) -> None:
    """Write one message per recipient; a person who has one with this key already gets no second."""
    told = list(dict.fromkeys(recipients))
    rows = [
        {
            "id": new_id(),
            "user_id": user_id,
            "kind": kind,
            "title": title,
            "body": body,
            "link": link,
            "subject_id": subject_id,
            "dedupe_key": dedupe_key,
            "created_at": now(),
        }
        for user_id in told
    ]
    if rows:
        await session.execute(insert(Notification).on_conflict_do_nothing(), rows)
        await announce_notifications(session, told)


async def active_people(session: AsyncSession, *roles: Role) -> Sequence[UUID]:
    """Ids of all active people with one of these roles."""
    found = await session.scalars(
        select(UserAccount.id).where(UserAccount.role.in_(roles), UserAccount.is_active).order_by(UserAccount.id)
    )
    return found.all()


async def list_notifications(
    session: AsyncSession, actor: Actor, *, unread: bool | None, limit: int, offset: int
) -> tuple[Sequence[Notification], int, int]:
    """The actor's messages, newest first: (page, total under the filter, unread in all)."""
    mine = Notification.user_id == actor.user_id
    condition = mine
    if unread is not None:
        condition = mine & (Notification.read_at.is_(None) if unread else Notification.read_at.is_not(None))
    total = await session.scalar(select(func.count()).select_from(Notification).where(condition))
    waiting = await session.scalar(
        select(func.count()).select_from(Notification).where(mine, Notification.read_at.is_(None))
    )
    found = await session.scalars(
        select(Notification)
        .where(condition)
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return found.all(), total or 0, waiting or 0


async def mark_read(session: AsyncSession, actor: Actor, notification_id: UUID) -> Notification:
    """Mark one message as read. Raises NotFound for somebody else's."""
    message = await session.scalar(
        select(Notification)
        .where(Notification.id == notification_id, Notification.user_id == actor.user_id)
        .with_for_update()
    )
    if message is None:
        raise NotFound("notification_not_found", "There is no such message.")
    if message.read_at is None:
        message.read_at = now()
        await announce_notifications(session, [message.user_id])
    return message


async def mark_all_read(session: AsyncSession, actor: Actor) -> int:
    """Mark all of the actor's messages as read; returns how many were not."""
    result = await session.execute(
        update(Notification)
        .where(Notification.user_id == actor.user_id, Notification.read_at.is_(None))
        .values(read_at=now())
        .returning(Notification.user_id)
    )
    marked = result.scalars().all()
    await announce_notifications(session, set(marked))
    return len(marked)
