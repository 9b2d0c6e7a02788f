"""Announcing changes to all processes. PostgreSQL sends an announcement when its transaction commits, or never."""

import json
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.events import CREDENTIALS, NEEDED, Change

CHANNEL = "aegis_events"
RECIPIENTS_AT_ONCE = 150
"""PostgreSQL takes less than 8,000 bytes an announcement."""

_TELL = text("SELECT pg_notify(:channel, told) FROM unnest(:told) AS told").bindparams(
    bindparam("channel", CHANNEL), bindparam("told", type_=ARRAY(TEXT()))
)


def announcement(kind: str, subject_id: str | None, action: str = "") -> str | None:
    """The text of an announcement; None for what nobody is told of."""
    if kind not in NEEDED and kind not in CREDENTIALS:
        return None
    return json.dumps({"k": kind, "s": subject_id, "a": action}, separators=(",", ":"))


def telling(announcements: Iterable[str | None]) -> tuple[TextClause, dict[str, list[str]]] | None:
    """The one statement that announces all of these; None when there is nothing to tell."""
    told = list(dict.fromkeys(a for a in announcements if a is not None))
    return (_TELL, {"told": told}) if told else None


async def announce(session: AsyncSession, kind: str, subject_id: UUID | None = None) -> None:
    """Tell all processes, if this transaction commits, that something without an audit entry changed."""
    statement = telling([announcement(kind, None if subject_id is None else str(subject_id))])
    if statement is not None:
        await session.execute(*statement)


async def announce_notifications(session: AsyncSession, recipients: Iterable[UUID]) -> None:
    """Tell all processes, if this transaction commits, that these people have a new message."""
    ids = [str(i) for i in recipients]
    parts = (ids[i : i + RECIPIENTS_AT_ONCE] for i in range(0, len(ids), RECIPIENTS_AT_ONCE))
    statement = telling(json.dumps({"k": "notification", "u": part}, separators=(",", ":")) for part in parts)
    if statement is not None:
        await session.execute(*statement)


def read_announcement(payload: str) -> Change | None:
    """The change that an announcement tells of; None for what this version does not understand."""
    try:
        told = json.loads(payload)
        return Change(
            kind=str(told["k"]),
            subject_id=told.get("s"),
            action=told.get("a", ""),
            recipients=frozenset(UUID(i) for i in told.get("u", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
