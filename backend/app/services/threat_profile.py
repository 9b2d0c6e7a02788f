"""Which actors and techniques matter to us: the profile that the headline figure stands on, with its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.errors import FieldError, Invalid, NotFound
from app.models.identity import UserAccount
from app.models.knowledge import Technique, ThreatActor
from app.models.threat_profile import ThreatProfileEntry
from app.schemas.scores import ThreatProfileItem
from app.services import audit
from app.services.knowledge.actor_uses import USES
from app.services.knowledge.actors import find_actor
from app.services.knowledge.lookup import technique_by_attack_id

PRIORITIES: Final = f"""
SELECT CASE WHEN p.actor_id IS NULL THEN 'technique' ELSE 'actor' END,
       CAST(coalesce(p.actor_id, p.technique_id) AS text), p.priority,
       ARRAY(SELECT DISTINCT CAST(u.technique_id AS text) FROM ({USES}) u WHERE u.actor_id = p.actor_id)
FROM threat_profile_entry p
WHERE p.valid_from <= %(moment)s AND (p.valid_until IS NULL OR p.valid_until > %(moment)s)
  AND (p.replaced_at IS NULL OR p.replaced_at > %(moment)s)
"""  # noqa: S608  the text of another module of ours
"""What is in force: kind, subject, priority, and the techniques that an actor uses."""
_LOCK: Final = 7_105_511_992


@dataclass(frozen=True, slots=True)
class _Wish:
    actor_id: UUID | None
    technique_id: UUID | None
    label: str
    item: ThreatProfileItem

    @property
    def subject(self) -> UUID | None:
        return self.actor_id or self.technique_id


async def list_profile(
    session: AsyncSession, *, history: bool, limit: int, offset: int
) -> tuple[list[dict[str, Any]], int]:
    """Entries in force by priority and name; with history also those that ended, newest first."""
    moment = now()
    standing = (
        ThreatProfileEntry.replaced_at.is_(None),
        or_(ThreatProfileEntry.valid_until.is_(None), ThreatProfileEntry.valid_until > moment),
    )
    conditions = () if history else standing
    total = await session.scalar(select(func.count()).select_from(ThreatProfileEntry).where(*conditions))
    name = func.coalesce(ThreatActor.name, Technique.name)
    order: tuple[Any, ...] = (ThreatProfileEntry.priority.desc(), name, ThreatProfileEntry.id)
    if history:
        order = (ThreatProfileEntry.valid_from.desc(), name, ThreatProfileEntry.id)
    rows = await session.execute(
        select(ThreatProfileEntry, ThreatActor.attack_id, Technique.attack_id, name, UserAccount.username)
        .outerjoin(ThreatActor, ThreatActor.id == ThreatProfileEntry.actor_id)
        .outerjoin(Technique, Technique.id == ThreatProfileEntry.technique_id)
        .outerjoin(UserAccount, UserAccount.id == ThreatProfileEntry.decided_by_id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    return [_facts(*row, moment=moment) for row in rows], total or 0


def _facts(
    row: ThreatProfileEntry,
    actor: str | None,
    technique: str | None,
    name: str | None,
    username: str | None,
    *,
    moment: datetime,
) -> dict[str, Any]:
    ended = row.replaced_at is not None or (row.valid_until is not None and row.valid_until <= moment)
    return {
        "id": row.id,
        "kind": "technique" if row.actor_id is None else "actor",
        "actor": actor,
        "technique": technique,
        "subject_id": row.actor_id or row.technique_id,
        "name": name,
        "priority": row.priority,
        "reason": row.reason,
        "valid_from": row.valid_from,
        "until": row.valid_until,
        "decided_by": username,
        "in_force": not ended,
        "ended_at": row.replaced_at if row.replaced_at is not None else row.valid_until if ended else None,
        "ended_reason": row.replaced_reason,
    }


async def set_profile(session: AsyncSession, actor: Actor, items: Sequence[ThreatProfileItem], *, reason: str) -> None:
    """Make these the whole profile from now on. What stands already stays with its date; the rest ends.

    Raises Invalid for a subject that is unknown or named twice, and for an end that lies in the past.
    """
    moment = now()
    wishes = [await _wish(session, index, item, moment) for index, item in enumerate(items)]
    _refuse_twice(wishes)
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    rows = await session.scalars(select(ThreatProfileEntry).where(ThreatProfileEntry.replaced_at.is_(None)))
    standing = {row.actor_id or row.technique_id: row for row in rows}
    before = {str(subject): row.priority for subject, row in standing.items()}
    new: list[ThreatProfileEntry] = []
    for wish in wishes:
        row = standing.pop(wish.subject, None)
        if row is not None and _same(row, wish.item, moment):
            continue
        if row is not None:
            _end(row, actor, wish.item.reason, moment)
        new.append(
            ThreatProfileEntry(
                actor_id=wish.actor_id,
                technique_id=wish.technique_id,
                priority=wish.item.priority,
                reason=wish.item.reason,
                valid_from=moment,
                valid_until=wish.item.until,
                decided_by_id=actor.user_id,
            )
        )
    gone = list(standing.values())
    for row in gone:
        _end(row, actor, reason, moment)
    if not new and not gone:
        return
    # One entry a subject may stand: the old ones end before the new ones come.
    await session.flush()
    session.add_all(new)
    await session.flush()
    audit.record(
        session,
        actor,
        "threat_profile.decided",
        subject_kind="threat_profile",
        subject_label="threat profile",
        before={"priorities": before},
        after={"priorities": {str(wish.subject): wish.item.priority for wish in wishes}},
        details={"reason": reason, "subjects": {str(wish.subject): wish.label for wish in wishes}},
    )


def _same(row: ThreatProfileEntry, item: ThreatProfileItem, moment: datetime) -> bool:
    lasts = row.valid_until is None or row.valid_until > moment
    return lasts and (row.priority, row.reason, row.valid_until) == (item.priority, item.reason, item.until)


def _end(row: ThreatProfileEntry, actor: Actor, reason: str, moment: datetime) -> None:
    row.replaced_at, row.replaced_by_id, row.replaced_reason = moment, actor.user_id, reason


async def _wish(session: AsyncSession, index: int, item: ThreatProfileItem, moment: datetime) -> _Wish:
    if item.until is not None and item.until <= moment:
        raise _fault(index, "until", "Must lie ahead.", "until_past")
    try:
        if item.actor is not None:
            found = await find_actor(session, item.actor)
            return _Wish(found.id, None, found.attack_id, item)
        technique = await technique_by_attack_id(session, item.technique or "")
    except NotFound as unknown:
        name = "technique" if item.actor is None else "actor"
        raise _fault(index, name, unknown.message, unknown.code) from unknown
    return _Wish(None, technique.id, technique.attack_id, item)


def _refuse_twice(wishes: Sequence[_Wish]) -> None:
    seen: set[UUID | None] = set()
    for index, wish in enumerate(wishes):
        if wish.subject in seen:
            raise _fault(index, "technique" if wish.actor_id is None else "actor", "Named twice.", "named_twice")
        seen.add(wish.subject)


def _fault(index: int, name: str, message: str, code: str) -> Invalid:
    return Invalid(code, message, fields=[FieldError(f"items.{index}.{name}", message, code)])
