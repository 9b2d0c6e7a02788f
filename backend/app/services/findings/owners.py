"""Who owns a gap by its cause: a setting of the organisation, with dates."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.findings import DEFAULT_OWNERS
from app.models.organisation import Setting
from app.services import audit

KEY: Final = "finding_owners"


async def owners(session: AsyncSession) -> dict[str, str]:
    """The owner of every cause, as it is now."""
    moment = now()
    value = await session.scalar(
        select(Setting.value)
        .where(Setting.key == KEY, Setting.valid_from <= moment)
        .where(or_(Setting.valid_until.is_(None), Setting.valid_until > moment))
        .order_by(Setting.valid_from.desc())
        .limit(1)
    )
    stored = (value or {}).get("value", {})
    return {cause: str(stored.get(cause, default)) for cause, default in DEFAULT_OWNERS.items()}


async def owner_of(session: AsyncSession, cause: str) -> str:
    """The owner of one cause."""
    return (await owners(session))[cause]


async def set_owners(session: AsyncSession, actor: Actor, changes: Mapping[str, str], reason: str) -> dict[str, str]:
    """Name the owners of some causes from now on; findings that are open keep theirs."""
    current = await session.scalar(
        select(Setting).where(Setting.key == KEY, Setting.valid_until.is_(None)).with_for_update()
    )
    before = await owners(session)
    after = {**before, **changes}
    if after == before:
        return after
    moment = now()
    if current is not None and current.valid_from < moment:
        current.valid_until = moment
        await session.flush()  # one value at a time is in force
        current = None
    if current is None:
        current = Setting(key=KEY, value={}, valid_from=moment)
        session.add(current)
    current.value, current.decided_by_id, current.reason = {"value": after}, actor.user_id, reason
    audit.record(
        session,
        actor,
        "setting.changed",
        subject_kind="setting",
        subject_id=KEY,
        subject_label=KEY,
        before=before,
        after=after,
        details={"reason": reason},
    )
    await session.flush()
    return after
