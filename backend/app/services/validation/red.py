"""The red side's steps: start, record, hand over."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.domain.actor import Actor
from app.domain.permissions import Side
from app.domain.states import Action, State
from app.errors import FieldError, Invalid
from app.models.security_test import Execution, SecurityTest, TestRound
from app.schemas.security_tests import ExecutionInput, ExecutionsUpdate, RedUpdate
from app.security import keyed_digests
from app.services.evidence import count_evidence
from app.services.validation.access import is_sealed, lock_for
from app.services.validation.effects import check_version, claim_time, contribute, step
from app.services.validation.messages import side_or_all, tell
from app.services.validation.planning import remember_own_procedure
from app.services.validation.records import LATE_ENTRY, executions_of, future_faults, refuse
from app.services.validation.seal import plan_of

_COLUMN = {
    "executed_at": "started_at",
    "ended_at": "ended_at",
    "host": "target",
    "source_host": "source_host",
    "user": "principal",
    "privilege": "privilege",
    "tool": "tool",
    "command": "command",
    "execution": "result",
    "cleanup_done_at": "cleanup_done_at",
}
"""Names on the wire and the columns behind them."""
_SIGNED_PLAN = ("technique_at_test", "procedure_key", "procedure_hash", "platform", "environment_id")
_TIMES = ("executed_at", "ended_at", "cleanup_done_at")


async def start(session: AsyncSession, actor: Actor, test_id: UUID, settings: Settings) -> SecurityTest:
    """Start the clock; whoever starts becomes the red assignee.

    Raises NotFound, Forbidden, InvalidTransition.
    """
    locked = await lock_for(session, actor, test_id, Action.START, four_eyes=settings.four_eyes == "strict")
    test, round_ = locked.test, locked.round
    moment = now()
    if test.red_assignee_id is None:
        test.red_assignee_id = actor.user_id
    if test.started_at is None:
        test.started_at = moment
        if not is_sealed(test):  # the catalogue is for everybody; a sealed procedure enters it at the reveal
            await remember_own_procedure(session, actor, test)
    if not await executions_of(session, round_):
        session.add(Execution(round_id=round_.id, no=1, command=test.procedure_text or None))
    claim_time(session, actor, round_, "started", moment)
    await contribute(session, actor, round_, Side.RED)
    audited = {"plan_digest": plan_digest(test, settings)} if is_sealed(test) else None
    await step(session, actor, test, "started", to=State.RED_EXECUTING, audited=audited)
    return test


def plan_digest(test: SecurityTest, settings: Settings) -> str:
    """Keyed digest of a sealed test's plan, so that nobody can say later that another attack was meant."""
    return plan_digests(settings, plan_of(test))[0]


def plan_digests(settings: Settings, plan: Mapping[str, object]) -> tuple[str, ...]:
    """The digest of a plan by the present key, then by the one before it."""
    return keyed_digests(settings, "blind-plan", "\n".join(str(plan[name]) for name in _SIGNED_PLAN))


def _check_times(given: dict[str, Any], prefix: str = "") -> None:
    faults = future_faults({f"{prefix}{name}": given.get(name) for name in _TIMES})
    begun, ended = given.get("executed_at"), given.get("ended_at")
    if begun and ended and ended < begun:
        faults.append(FieldError(f"{prefix}ended_at", "lies before the beginning", "ends_before_start"))
    refuse(faults)


def _write(execution: Execution, given: dict[str, Any]) -> None:
    for name, value in given.items():
        setattr(execution, _COLUMN[name], value)
    if execution.started_at and execution.ended_at and execution.ended_at < execution.started_at:
        refuse([FieldError("ended_at", "lies before the beginning", "ends_before_start")])


async def edit_red(
    session: AsyncSession, actor: Actor, test_id: UUID, body: RedUpdate, settings: Settings
) -> SecurityTest:
    """Write red's record; absent fields stay, null clears. Flat fields are the first execution's.

    Raises NotFound, Forbidden, InvalidTransition, Conflict `stale_version`, Invalid.
    """
    locked = await lock_for(session, actor, test_id, Action.EDIT_RED, four_eyes=settings.four_eyes == "strict")
    test, round_ = locked.test, locked.round
    check_version(body.version, round_.red_version)
    given = {name: getattr(body, name) for name in body.model_fields_set - {"version"}}
    fields = sorted(given)
    _check_times(given)
    if "summary" in given:
        round_.red_summary = given.pop("summary")
    _set_window(test, given)
    executions = await executions_of(session, round_)
    first = executions[0] if executions else Execution(round_id=round_.id, no=1)
    if not executions:
        session.add(first)
    _claim_changed(session, actor, round_, first, given)
    _write(first, given)
    await _after_edit(session, actor, test, round_=round_, executions=[first, *executions[1:]], fields=fields)
    return test


async def put_executions(
    session: AsyncSession, actor: Actor, test_id: UUID, body: ExecutionsUpdate, settings: Settings
) -> SecurityTest:
    """Replace all executions of the round.

    Raises NotFound, Forbidden, InvalidTransition, Conflict `stale_version`, Invalid.
    """
    locked = await lock_for(session, actor, test_id, Action.EDIT_RED, four_eyes=settings.four_eyes == "strict")
    test, round_ = locked.test, locked.round
    check_version(body.version, round_.red_version)
    for index, item in enumerate(body.executions):
        _check_times(item.model_dump(), f"executions.{index}.")
    await session.execute(delete(Execution).where(Execution.round_id == round_.id))
    rows = [_execution(round_, no, item) for no, item in enumerate(body.executions, 1)]
    session.add_all(rows)
    for row in rows:
        claim_time(session, actor, round_, "executed", row.started_at, item_no=row.no)
    await _after_edit(session, actor, test, round_=round_, executions=rows, fields=["executions"])
    return test


def _set_window(test: SecurityTest, given: dict[str, Any]) -> None:
    """What blue will be told of a blind test; the hand-over fills in what is missing."""
    wanted = {name: given.pop(name) for name in ("window_from", "window_to", "target_group") if name in given}
    if wanted and not is_sealed(test):
        refuse([FieldError(name, "only a blind test has it", "not_blind") for name in wanted], code="not_blind")
    for name, value in wanted.items():
        setattr(test, name, value)
    if test.window_from and test.window_to and test.window_to < test.window_from:
        refuse([FieldError("window_to", "lies before the window begins", "ends_before_start")])


def _execution(round_: TestRound, no: int, item: ExecutionInput) -> Execution:
    execution = Execution(round_id=round_.id, no=no)
    _write(execution, item.model_dump())
    return execution


def _claim_changed(
    session: AsyncSession, actor: Actor, round_: TestRound, execution: Execution, given: dict[str, Any]
) -> None:
    if "executed_at" in given and given["executed_at"] != execution.started_at:
        claim_time(session, actor, round_, "executed", given["executed_at"], item_no=execution.no)
    if "ended_at" in given and given["ended_at"] != execution.ended_at:
        claim_time(session, actor, round_, "ended", given["ended_at"], item_no=execution.no)


async def _after_edit(
    session: AsyncSession,
    actor: Actor,
    test: SecurityTest,
    *,
    round_: TestRound,
    executions: Sequence[Execution],
    fields: list[str],
) -> None:
    round_.red_version += 1
    if round_.red_carried_from is not None:
        round_.red_carry_confirmed_at = now()  # who changes a carried record stands for it
    started = [e.started_at for e in executions if e.started_at]
    round_.first_executed_at = min(started, default=None)
    round_.entered_later = any(test.started_at and at < test.started_at - LATE_ENTRY for at in started)
    await contribute(session, actor, round_, Side.RED)
    await step(session, actor, test, "red_edited", details={"fields": ", ".join(fields)})


async def submit_red(session: AsyncSession, actor: Actor, test_id: UUID, settings: Settings) -> SecurityTest:
    """Hand the test over to blue.

    Raises NotFound, Forbidden, InvalidTransition, and Invalid `incomplete` naming what is missing.
    """
    locked = await lock_for(session, actor, test_id, Action.SUBMIT_RED, four_eyes=settings.four_eyes == "strict")
    test, round_ = locked.test, locked.round
    executions = await executions_of(session, round_)
    faults = _missing_red(round_, executions)
    if Side.RED in locked.facts.pending_carry:
        faults.append(FieldError("red", "confirm the record carried over from the last round", "carry_unconfirmed"))
    if settings.evidence_policy == "require" and not await count_evidence(session, round_.id, Side.RED):
        faults.append(FieldError("evidence", "the red side has no evidence", "required"))
    if faults:
        raise Invalid("incomplete", "The red record is not complete yet.", fields=faults)
    moment = now()
    if is_sealed(test):
        _open_window(test, executions)
    test.handed_over_at = test.handed_over_at or moment
    round_.red_submitted_at, round_.red_submitted_by_id = moment, actor.user_id
    claim_time(session, actor, round_, "red_submitted", moment)
    await contribute(session, actor, round_, Side.RED)
    await step(session, actor, test, "red_submitted", to=State.BLUE_EVALUATING)
    await tell(
        session,
        actor,
        test,
        await side_or_all(session, test, Side.BLUE),
        kind="test_for_blue",
        title="a blind test waits: what did you see?" if is_sealed(test) else "ready for the blue team",
        body="" if is_sealed(test) else test.name,
        once=f"for_blue:{round_.returned_count}",
    )
    return test


def _open_window(test: SecurityTest, executions: Sequence[Execution]) -> None:
    """Fill in the window that blue is told, in whole hours around the executions, so that it gives no time away."""
    started = [e.started_at for e in executions if e.started_at]
    ended = [at for e in executions if (at := e.ended_at or e.started_at)]
    hour = timedelta(hours=1)
    if test.window_from is None:
        test.window_from = min(started).replace(minute=0, second=0, microsecond=0) - hour
    if test.window_to is None:
        test.window_to = max(max(ended).replace(minute=0, second=0, microsecond=0) + 2 * hour, test.window_from)


def _missing_red(round_: TestRound, executions: Sequence[Execution]) -> list[FieldError]:
    faults: list[FieldError] = []
    if not round_.red_summary and not any(e.command for e in executions):
        faults.append(FieldError("red.summary", "say what was run", "required"))
    for execution in executions:
        prefix = "red" if execution.no == 1 else f"executions.{execution.no - 1}"
        if execution.started_at is None:
            faults.append(FieldError(f"{prefix}.executed_at", "say when it was run", "required"))
        if execution.result is None:
            faults.append(FieldError(f"{prefix}.execution", "say how it ended", "required"))
    if not executions:
        faults.append(FieldError("red.executed_at", "say when it was run", "required"))
    return faults
