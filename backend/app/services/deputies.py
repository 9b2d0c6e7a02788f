"""Deputies of leads: naming one, ending it, and who stands in for whom now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.clock import now
from app.domain.actor import Actor
from app.domain.permissions import Role, Side
from app.errors import FieldError, Forbidden, Invalid, NotFound
from app.models.deputies import Deputy
from app.models.identity import UserAccount
from app.schemas.deputies import DeputyCreate
from app.services import audit, notifications
from app.services.authentication import own_id, refuse_tokens
from app.services.standing_in import TECHNICIANS, standing

LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class NamedDeputy:
    """A deputy with the people concerned."""

    row: Deputy
    lead: UserAccount
    deputy: UserAccount
    active: bool


async def name_deputy(session: AsyncSession, actor: Actor, body: DeputyCreate) -> NamedDeputy:
    """Let somebody vote in the actor's place; whoever did before no longer does.

    Raises Forbidden for whoever is no lead, Invalid for a technician, oneself or a wrong end.
    """
    refuse_tokens(actor)
    side = actor.lead_of
    if side is None:
        raise Forbidden("not_a_lead", "A lead names a deputy, for their own side.")
    at = now()
    if not at < body.until <= at + LONGEST:
        message = "The end lies after now and within 90 days."
        raise Invalid("invalid_end", message, fields=[FieldError("until", message, "invalid_end")])
    # Locked, so that two namings at once follow each other.
    lead = (
        await session.execute(
            select(UserAccount).where(UserAccount.id == actor.user_id).with_for_update(key_share=True)
        )
    ).scalar_one()
    person = await session.get(UserAccount, body.user_id)
    if person is None or not person.is_active or Role(person.role) in TECHNICIANS or person.id == lead.id:
        message = "A deputy is somebody else who is active and no technician."
        raise Invalid("not_a_deputy", message, fields=[FieldError("user_id", message, "not_a_deputy")])
    before = await session.scalars(
        update(Deputy)
        .where(Deputy.lead_id == lead.id, Deputy.ended_at.is_(None))
        .values(ended_at=at, ended_by_id=lead.id)
        .returning(Deputy.user_id)
    )
    replaced = [str(user_id) for user_id in before]
    row = Deputy(lead_id=lead.id, user_id=person.id, side=side, until=body.until, reason=body.reason, created_at=at)
    session.add(row)
    await session.flush()
    details = {"lead": lead.username, "side": side, "until": body.until, "reason": body.reason, "replaced": replaced}
    await _record(session, actor, row, "deputy.named", person, details=details)
    await _tell(session, actor, row, person.id, f"{lead.username} named {person.username} as {side} deputy")
    return NamedDeputy(row, lead, person, active=True)


async def end_deputy(session: AsyncSession, actor: Actor, deputy_id: UUID) -> None:
    """End it before its time: by the lead, by the deputy or by an administrator. Again changes nothing.

    Raises NotFound, Forbidden.
    """
    refuse_tokens(actor)
    row = await session.get(Deputy, deputy_id, with_for_update=True)
    if row is None:
        raise NotFound("deputy_not_found", "There is no such deputy.")
    if actor.user_id not in {row.lead_id, row.user_id} and not actor.is_admin:
        raise Forbidden("not_permitted", "The lead, the deputy or an administrator ends this.")
    if row.ended_at is not None:
        return
    row.ended_at, row.ended_by_id = now(), own_id(actor)
    person = (await session.execute(select(UserAccount).where(UserAccount.id == row.user_id))).scalar_one()
    await _record(session, actor, row, "deputy.ended", person, details={"side": row.side})
    await _tell(session, actor, row, person.id, f"{person.username} is no longer {row.side} deputy")


async def list_deputies(
    session: AsyncSession, *, active: bool | None = None, deputy_id: UUID | None = None, limit: int = 1, offset: int = 0
) -> tuple[list[NamedDeputy], int]:
    """Deputies, newest first, and how many there are. deputy_id: only that one."""
    lead, person = aliased(UserAccount), aliased(UserAccount)
    holds = standing(lead, person, now())
    condition: ColumnElement[bool] = literal(True) if active is None else holds if active else ~holds
    if deputy_id is not None:
        condition = condition & (Deputy.id == deputy_id)
    joined = select(Deputy).join(lead, lead.id == Deputy.lead_id).join(person, person.id == Deputy.user_id)
    total = await session.scalar(joined.where(condition).with_only_columns(func.count(), maintain_column_froms=True))
    rows = await session.execute(
        joined.where(condition)
        .with_only_columns(Deputy, lead, person, holds, maintain_column_froms=True)
        .order_by(Deputy.created_at.desc(), Deputy.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [NamedDeputy(*row) for row in rows], total or 0


async def deputies_of(session: AsyncSession, *sides: Side) -> Sequence[UUID]:
    """Who may vote on these sides in a lead's place now."""
    lead = aliased(UserAccount)
    found = await session.scalars(
        select(Deputy.user_id)
        .join(lead, lead.id == Deputy.lead_id)
        .join(UserAccount, UserAccount.id == Deputy.user_id)
        .where(standing(lead, UserAccount, now()), Deputy.side.in_(sides))
        .order_by(Deputy.id)
    )
    return found.all()


async def represented_by(session: AsyncSession, user_id: UUID, side: Side, at: datetime) -> UUID | None:
    """The lead in whose place this person votes on a side; None when nobody named him."""
    lead = aliased(UserAccount)
    found: UUID | None = await session.scalar(
        select(Deputy.lead_id)
        .join(lead, lead.id == Deputy.lead_id)
        .join(UserAccount, UserAccount.id == Deputy.user_id)
        .where(standing(lead, UserAccount, at), Deputy.user_id == user_id, Deputy.side == side)
        .order_by(Deputy.created_at, Deputy.id)
        .limit(1)
    )
    return found


async def _record(
    session: AsyncSession, actor: Actor, row: Deputy, action: str, person: UserAccount, *, details: dict[str, object]
) -> None:
    # About the person, whose rights it changes: streams and sessions of theirs are looked at again.
    audit.record(
        session,
        actor,
        action,
        subject_kind="user",
        subject_id=person.id,
        subject_label=person.username,
        details={"deputy_id": str(row.id), **details},
    )


async def _tell(session: AsyncSession, actor: Actor, row: Deputy, person: UUID, title: str) -> None:
    leads = await notifications.active_people(session, Role.RED_LEAD, Role.BLUE_LEAD)
    told = [i for i in dict.fromkeys([person, row.lead_id, *leads]) if i != actor.user_id]
    await notifications.notify(
        session,
        told,
        kind="deputy",
        title=title,
        body=f"Until {row.until:%Y-%m-%d %H:%M} UTC." if row.ended_at is None else "",
        subject_id=row.id,
        dedupe_key=f"deputy:{row.id}:{'named' if row.ended_at is None else 'ended'}",
    )
