"""What is expected of the defence in a test: its own expectation, else the technique's as it is now."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.outcomes import lowers
from app.errors import Forbidden
from app.models.security_test import SecurityTest
from app.services import coverage


async def expectations_of_tests(session: AsyncSession, tests: Sequence[SecurityTest]) -> dict[UUID, str]:
    """The expectation in force for each test, by the test's id."""
    following = [(t.technique_id, t.environment_id) for t in tests if t.expected is None]
    found = await coverage.expectations(session, following, now()) if following else {}
    return {t.id: t.expected or found[t.technique_id, t.environment_id] for t in tests}


async def refuse_lowering(session: AsyncSession, actor: Actor, test: SecurityTest) -> None:
    """Let leads only ask less of a test than what holds for its technique.

    Raises Forbidden `expectation_lowered`.
    """
    if test.expected is None or actor.lead_of is not None or actor.is_admin:
        return
    place = (test.technique_id, test.environment_id)
    if lowers(test.expected, (await coverage.expectations(session, [place], now()))[place]):
        raise Forbidden("expectation_lowered", "Only a lead asks for less than what holds for the technique.")


async def expectation_of_test(session: AsyncSession, test: SecurityTest) -> str:
    """The expectation in force for one test."""
    return (await expectations_of_tests(session, [test]))[test.id]
