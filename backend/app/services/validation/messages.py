"""Who is told what about a test."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.actor import Actor
from app.domain.permissions import Role, Side
from app.models.security_test import SecurityTest
from app.services import notifications
from app.services.deputies import deputies_of
from app.services.validation.effects import number_of, people, without

_TECHNICIAN = {Side.RED: Role.RED_TECH, Side.BLUE: Role.BLUE_TECH}
_LEAD = {Side.RED: Role.RED_LEAD, Side.BLUE: Role.BLUE_LEAD}


async def tell(
    session: AsyncSession,
    actor: Actor,
    test: SecurityTest,
    recipients: Sequence[UUID],
    *,
    kind: str,
    title: str,
    body: str = "",
    once: str,
) -> None:
    """Tell these people, except the actor, about the test. once: what makes the message unique for the test."""
    await notifications.notify(
        session,
        without(recipients, actor),
        kind=kind,
        title=f"{number_of(test)}: {title}",
        body=body[:1000],
        link=f"/tests/{test.id}",
        subject_id=test.id,
        dedupe_key=f"{test.id}:{test.current_round}:{once}",
    )


async def side_or_all(session: AsyncSession, test: SecurityTest, side: Side) -> Sequence[UUID]:
    """The side's assignee, or everybody of the side while nobody is assigned."""
    assignee = test.red_assignee_id if side is Side.RED else test.blue_assignee_id
    return [assignee] if assignee else await notifications.active_people(session, _TECHNICIAN[side])


async def leads(session: AsyncSession, *sides: Side) -> Sequence[UUID]:
    """The active leads of these sides; admins where a side has none."""
    found: list[UUID] = []
    for side in sides or tuple(Side):
        found.extend(
            await notifications.active_people(session, _LEAD[side])
            or await notifications.active_people(session, Role.ADMIN)
        )
    return people(*found, *await deputies_of(session, *(sides or tuple(Side))))


def everyone_on(test: SecurityTest) -> list[UUID]:
    """Creator and assignees."""
    return people(test.created_by_id, test.red_assignee_id, test.blue_assignee_id)
