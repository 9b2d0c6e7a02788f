"""Move tests from a technique that ATT&CK gave up to the one that took its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.errors import Conflict, FieldError, Invalid
from app.models.knowledge import Technique
from app.models.security_test import SecurityTest, TestTransition
from app.services import audit, coverage
from app.services.knowledge.lookup import technique_by_attack_id


@dataclass(frozen=True, slots=True)
class Repointed:
    """What was moved from where to where."""

    old: Technique
    new: Technique
    tests: Sequence[SecurityTest]


async def repoint_tests(
    session: AsyncSession, actor: Actor, *, from_attack_id: str, to_attack_id: str, test_ids: Sequence[UUID] | None
) -> Repointed:
    """Let tests count for another technique; `technique_at_test` and the rest of their history stay.

    Raises Conflict `technique_in_force` while the old technique is active, Invalid for an unusable target or a
    test that does not stand on the old technique.
    """
    old = await technique_by_attack_id(session, from_attack_id)
    new = await technique_by_attack_id(session, to_attack_id)
    if old.is_active and not old.unresolved:
        raise Conflict("technique_in_force", f"{old.attack_id} is neither revoked nor deprecated.")
    if not new.is_active or new.domain != old.domain or new.id == old.id:
        raise _invalid("to_attack_id", "Must be another, active technique of the same domain.", "unusable_target")
    statement = select(SecurityTest).where(SecurityTest.technique_id == old.id).order_by(SecurityTest.id)
    if test_ids is not None:
        statement = statement.where(SecurityTest.id.in_(test_ids))
    rows = await session.scalars(statement.with_for_update(), execution_options={"populate_existing": True})
    tests = rows.all()
    if test_ids is not None and len(tests) != len(set(test_ids)):
        raise _invalid("test_ids", f"Not every test stands on {old.attack_id}.", "not_on_technique")
    moment = now()
    for test in tests:
        test.technique_id, test.updated_at = new.id, moment
        test.version += 1
        session.add(_transition(test, actor, old, new))
        audit.record(
            session,
            actor,
            "test.repointed",
            subject_kind="test",
            subject_id=test.id,
            subject_label=f"AT-{test.number}",
            before={"technique": old.attack_id},
            after={"technique": new.attack_id},
        )
    # The statistics are worked out in SQL from these rows.
    await session.flush()
    if tests:
        await coverage.recompute_techniques(session, {old.id, new.id})
    return Repointed(old, new, tests)


def _transition(test: SecurityTest, actor: Actor, old: Technique, new: Technique) -> TestTransition:
    return TestTransition(
        test_id=test.id,
        round_no=test.current_round,
        event="repointed",
        from_state=test.state,
        to_state=test.state,
        actor_id=actor.user_id,
        actor_label=actor.label,
        reason=f"ATT&CK replaced {old.attack_id} by {new.attack_id}",
        details={"from": old.attack_id, "to": new.attack_id},
        at=now(),
    )


def _invalid(field: str, message: str, code: str) -> Invalid:
    return Invalid(code, message, fields=[FieldError(field, message, code)])
