"""What of a check's findings exists for whom: those about sealed tests are masked like the tests themselves."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.actor import Actor
from app.domain.blindness import sees_sealed
from app.models.integrity import IntegrityRun
from app.models.security_test import SecurityTest
from app.services.validation.access import unsealed

HIDDEN = "Concerns something that is not open to you."


async def visible_result(session: AsyncSession, actor: Actor, run: IntegrityRun) -> dict[str, Any]:
    """The run's result as this actor may read it."""
    result = dict(run.result)
    if sees_sealed(actor):
        return result
    holder = dict(result["facts"]) if "facts" in result else result
    findings = holder.get("findings", [])
    tests = {item["test_id"] for item in findings if item["test_id"]}
    shown = set(
        await session.scalars(
            select(SecurityTest.id).where(SecurityTest.id.in_([UUID(id_) for id_ in tests]), unsealed())
        )
    )
    # An object that belongs to nothing may be the rest of a sealed test's evidence; its key tells nothing of it.
    holder["findings"] = [
        item if item["test_id"] is None or UUID(item["test_id"]) in shown else _masked(item) for item in findings
    ]
    # How many files there are would tell of sealed tests at work.
    holder["checked"] = {}
    if "facts" in result:
        result["facts"] = holder
    return result


def _masked(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"message": HIDDEN, "subject_id": "", "test_id": None}


def counts_are_open(actor: Actor) -> bool:
    """Whether the actor may know how many files there are; the evidence of sealed tests is among them."""
    return sees_sealed(actor)
