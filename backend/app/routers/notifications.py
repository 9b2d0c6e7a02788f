"""The bell."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.dependencies import DbSession, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.schemas.notifications import MarkedRead, NotificationOutput, NotificationPage
from app.services import notifications

router = protected_router("/notifications", "notifications")
Owner = Annotated[Actor, Depends(require(Permission.PROFILE_OWN))]


@router.get("")
async def list_notifications(
    actor: Owner, session: ReadSession, page: PageParams, unread: bool | None = None
) -> NotificationPage:
    """One's own messages, newest first."""
    rows, total, waiting = await notifications.list_notifications(
        session, actor, unread=unread, limit=page.limit, offset=page.offset
    )
    items = [NotificationOutput.model_validate(row) for row in rows]
    return NotificationPage(items=items, total=total, limit=page.limit, offset=page.offset, unread=waiting)


@router.post("/read-all")
async def mark_all_notifications_read(actor: Owner, session: DbSession) -> MarkedRead:
    """Mark all of one's messages as read."""
    return MarkedRead(marked=await notifications.mark_all_read(session, actor))


@router.post("/{notification_id}/read")
async def mark_notification_read(notification_id: UUID, actor: Owner, session: DbSession) -> NotificationOutput:
    """Mark one message as read."""
    return NotificationOutput.model_validate(await notifications.mark_read(session, actor, notification_id))
