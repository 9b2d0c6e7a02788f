"""Bodies of the bell."""

from datetime import datetime
from uuid import UUID

from app.schemas.base import OutputModel, Page


class NotificationOutput(OutputModel):
    """One message."""

    id: UUID
    kind: str
    title: str
    body: str
    link: str
    """Path in the application."""
    subject_id: UUID | None
    created_at: datetime
    read_at: datetime | None


class NotificationPage(Page[NotificationOutput]):
    """A page of messages."""

    unread: int
    """How many are unread in all."""


class MarkedRead(OutputModel):
    """What `read-all` did."""

    marked: int
