"""Who works on a test: assigning, claiming, and confirming a record carried over."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.domain.actor import Actor
from app.domain.permissions import Role, Side
from app.domain.states import Action
from app.errors import FieldError, Forbidden, Invalid
from app.models.identity import UserAccount
from app.models.security_test import SecurityTest
from app.schemas.security_tests import AssignInput
from app.services.validation.access import lock_for
from app.services.validation.effects import contribute, step
from app.services.validation.messages import tell

_MAY_WORK = {Side.RED: {Role.RED_TECH, Role.ADMIN}, Side.BLUE: {Role.BLUE_TECH, Role.ADMIN}}


async def assign(
    session: AsyncSession, actor: Actor, test_id: UUID, body: AssignInput, settings: Settings
) -> SecurityTest:
    """Give a side of the test to somebody, or back to all with None. A technician may claim what nobody has.

    Raises NotFound, Forbidden, InvalidTransition, Invalid for a person who cannot work on that side.
    """
    side = Side(body.side)
    action = Action.ASSIGN_RED if side is Side.RED else Action.ASSIGN_BLUE
    locked = await lock_for(session, actor, test_id, action, four_eyes=settings.four_eyes == "strict")
    test = locked.test
    if actor.technician_of is side and body.user_id not in {None, actor.user_id}:
        raise Forbidden("not_permitted", "A technician may claim a test, a lead assigns it to others.")
    name = None
    if body.user_id is not None:
        person = await session.scalar(select(UserAccount).where(UserAccount.id == body.user_id, UserAccount.is_active))
        if person is None or Role(person.role) not in _MAY_WORK[side]:
            message = f"The {side} side needs an active {side} technician or admin."
            raise Invalid("not_assignable", message, fields=[FieldError("user_id", message, "not_assignable")])
        name = person.username
    if side is Side.RED:
        test.red_assignee_id = body.user_id
    else:
        test.blue_assignee_id = body.user_id
    await step(session, actor, test, "assigned", details={"side": body.side, "to": name})
    if body.user_id is not None:
        await tell(
            session,
            actor,
            test,
            [body.user_id],
            kind="test_assigned",
            title=f"assigned to you ({side})",
            body=test.name,
            once=f"assigned:{side}:{now().isoformat(timespec='minutes')}",
        )
    return test


async def confirm_carried(
    session: AsyncSession, actor: Actor, test_id: UUID, side: Side, settings: Settings
) -> SecurityTest:
    """Confirm that a side's record carried over from the last round still holds.

    Raises NotFound, Forbidden, InvalidTransition, Conflict `nothing_to_carry`.
    """
    action = Action.CARRY_RED if side is Side.RED else Action.CARRY_BLUE
    locked = await lock_for(session, actor, test_id, action, four_eyes=settings.four_eyes == "strict")
    test, round_ = locked.test, locked.round
    if side is Side.RED:
        round_.red_carry_confirmed_at = now()
    else:
        round_.blue_carry_confirmed_at = now()
    await contribute(session, actor, round_, side)
    await step(session, actor, test, "carry_confirmed", details={"side": str(side)})
    return test
