"""What every step of the workflow leaves behind: history, audit, contribution, statistics."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.permissions import Side
from app.domain.states import State
from app.errors import Conflict
from app.models.base import JsonObject
from app.models.security_test import LedgerTime, SecurityTest, TestContribution, TestRound, TestTransition
from app.services import audit, coverage


def number_of(test: SecurityTest) -> str:
    """The number people use, such as `AT-1042`; a sealed test has none yet and goes by a part of its id."""
    return f"AT-{test.number}" if test.number is not None else f"BLIND-{test.id.hex[-8:]}"


async def step(
    session: AsyncSession,
    actor: Actor,
    test: SecurityTest,
    event: str,
    *,
    to: State | None = None,
    reason: str | None = None,
    details: JsonObject | None = None,
    audited: JsonObject | None = None,
) -> None:
    """Move the test (when `to` is given) and write the step into its history and the audit trail.

    details: shown in the timeline. audited: what stands in the audit entry beside it.
    """
    before = test.state
    moment = now()
    if to is not None:
        test.state = to
        test.state_since = moment
    test.updated_at = moment
    session.add(
        TestTransition(
            test_id=test.id,
            round_no=test.current_round,
            event=event,
            from_state=None if event == "created" else before,
            to_state=test.state,
            actor_id=actor.user_id,
            actor_label=actor.label,
            reason=reason,
            details=details or {},
            at=moment,
        )
    )
    facts: JsonObject = {"round": test.current_round, "state": test.state, **(details or {}), **(audited or {})}
    if before != test.state:
        facts["from_state"] = before
    if reason:
        facts["reason"] = reason
    audit.record(
        session,
        actor,
        f"test.{event}",
        subject_kind="test",
        subject_id=test.id,
        subject_label=number_of(test),
        details=facts,
    )
    await session.flush()
    if to is not None:
        coverage.recount_at_commit(session, [test.technique_id], test.environment_id)


async def contribute(session: AsyncSession, actor: Actor, round_: TestRound, side: Side) -> None:
    """Remember that this person worked on this side of the round."""
    await session.execute(
        insert(TestContribution)
        .values(round_id=round_.id, user_id=actor.user_id, side=side, first_at=now())
        .on_conflict_do_nothing()
    )


def claim_time(
    session: AsyncSession,
    actor: Actor,
    round_: TestRound,
    kind: str,
    at: datetime | None,
    *,
    source: str = "manual",
    tool: str | None = None,
    item_no: int | None = None,
) -> None:
    """Add a claimed time to the round's ledger; earlier claims stay."""
    session.add(
        LedgerTime(
            round_id=round_.id,
            kind=kind,
            at=at,
            source=source,
            tool=tool,
            item_no=item_no,
            recorded_by_id=actor.user_id,
            recorded_at=now(),
        )
    )


def check_version(given: int, current: int) -> None:
    """Raise Conflict `stale_version` when an edit is based on another version than the stored one."""
    if given != current:
        raise Conflict(
            "stale_version",
            "Somebody changed this since you read it; look at the present version and try again.",
            extra={"current_version": current},
        )


def people(*ids: UUID | None) -> list[UUID]:
    """The given people, each once, without gaps."""
    return list(dict.fromkeys(i for i in ids if i is not None))


def without(ids: Iterable[UUID], actor: Actor) -> list[UUID]:
    """Recipients other than the one who caused the message."""
    return [i for i in ids if i != actor.user_id]
