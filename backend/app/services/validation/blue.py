"""The blue side's steps: record, ask back, hand over to the leads."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.domain.actor import SYSTEM, Actor
from app.domain.outcomes import Detection, Seen, goes_beyond, meets
from app.domain.permissions import Side
from app.domain.states import Action, State, ensure
from app.errors import Conflict, FieldError, Invalid, NotFound
from app.ids import new_id
from app.models.base import JsonObject
from app.models.knowledge import DetectionRule
from app.models.organisation import SecurityTool
from app.models.security_test import (
    Execution,
    Observation,
    RuleResult,
    SecurityTest,
    TestRound,
    security_test_number,
)
from app.schemas.security_tests import BlueUpdate, ObservationInput, RuleResultInput
from app.security import keyed_digests
from app.services import coverage
from app.services.evidence import count_evidence
from app.services.validation.access import LockedTest, is_sealed, lock_for, lock_test
from app.services.validation.effects import check_version, claim_time, contribute, people, step
from app.services.validation.expectation import expectation_of_test
from app.services.validation.messages import leads, side_or_all, tell
from app.services.validation.outcome import RoundOutcome, outcome_of_round
from app.services.validation.planning import remember_own_procedure
from app.services.validation.records import (
    claimed_time,
    executions_of,
    future_faults,
    has_clock_skew,
    observations_in,
    refuse,
    sighting_faults,
)
from app.services.validation.red import plan_digest
from app.services.validation.seal import plain_columns


async def _lock(session: AsyncSession, actor: Actor, test_id: UUID, action: Action, settings: Settings) -> LockedTest:
    locked = await lock_for(session, actor, test_id, action, four_eyes=settings.four_eyes == "strict")
    if locked.test.blue_assignee_id is None:
        locked.test.blue_assignee_id = actor.user_id
    return locked


async def _lock_record(session: AsyncSession, actor: Actor, test_id: UUID, settings: Settings) -> LockedTest:
    """Lock for a change of blue's record: an ordinary edit, or the attribution after a reveal."""
    locked = await lock_test(session, actor, test_id, four_eyes=settings.four_eyes == "strict")
    ensure(Action.ATTRIBUTE if locked.facts.attributing else Action.EDIT_BLUE, actor, locked.facts)
    if locked.test.blue_assignee_id is None:
        locked.test.blue_assignee_id = actor.user_id
    return locked


async def edit_blue(
    session: AsyncSession, actor: Actor, test_id: UUID, body: BlueUpdate, settings: Settings
) -> SecurityTest:
    """Write blue's record; absent fields stay, null clears, `observations` replaces the list.

    Raises NotFound, Forbidden, InvalidTransition, Conflict `stale_version` or `frozen`, Invalid.
    """
    locked = await _lock_record(session, actor, test_id, settings)
    test, round_ = locked.test, locked.round
    check_version(body.version, round_.blue_version)
    given = body.model_fields_set - {"version"}
    refuse(future_faults({"triaged_at": body.triaged_at, "contained_at": body.contained_at}))
    for name, column in (
        ("summary", "blue_summary"),
        ("miss_cause", "miss_cause"),
        ("unattributed_reason", "unattributed_reason"),
    ):
        if name in given:
            setattr(round_, column, getattr(body, name))
    if "further_causes" in given:
        round_.further_causes = list(dict.fromkeys(body.further_causes or []))
    if "observations" in given:
        await _replace_observations(session, actor, test, round_, body.observations or [])
    for name, kind in (("triaged_at", "triaged"), ("contained_at", "contained")):
        if name in given and getattr(body, name) != await claimed_time(session, round_, kind):
            claim_time(session, actor, round_, kind, getattr(body, name))
    round_.blue_version += 1
    if round_.blue_carried_from is not None:
        round_.blue_carry_confirmed_at = now()  # who changes a carried record stands for it
    await contribute(session, actor, round_, Side.BLUE)
    event = "attributed" if locked.facts.attributing else "blue_edited"
    await step(session, actor, test, event, details={"fields": ", ".join(sorted(given))})
    return test


async def _replace_observations(
    session: AsyncSession, actor: Actor, test: SecurityTest, round_: TestRound, items: Sequence[ObservationInput]
) -> None:
    refuse(future_faults({f"observations.{i}.observed_at": item.observed_at for i, item in enumerate(items)}))
    tools = {item.tool_id for item in items if item.tool_id}
    known = set(await session.scalars(select(SecurityTool.id).where(SecurityTool.id.in_(tools)))) if tools else set()
    faults = [
        FieldError(f"observations.{i}.tool_id", "no such tool", "unknown_tool")
        for i, item in enumerate(items)
        if item.tool_id and item.tool_id not in known
    ]
    faults += [
        FieldError(f"observations.{i}.late", "contradicts the reason", "contradiction")
        for i, item in enumerate(items)
        if item.late is False and item.reason == "late"
    ]
    refuse(faults, code="invalid_observations", message="Some observations cannot be stored.")
    rows = [_observation(round_, no, item) for no, item in enumerate(items, 1)]
    _keep_to_frozen(round_, rows)
    if not is_sealed(test):  # a refusal would tell when the attack was
        refuse(sighting_faults(await executions_of(session, round_), rows))
    before = {(o.no, o.observed_at) for o in await observations_in(session, round_)}
    await session.execute(delete(Observation).where(Observation.round_id == round_.id))
    session.add_all(rows)
    for row in rows:
        if row.observed_at and (row.no, row.observed_at) not in before:
            claim_time(
                session,
                actor,
                round_,
                "observed",
                row.observed_at,
                source=row.source or "manual",
                tool=row.tool,
                item_no=row.no,
            )


def _keep_to_frozen(round_: TestRound, rows: Sequence[Observation]) -> None:
    """After a reveal sightings are attributed, weakened or dropped; who knows the attack by now sees nothing more."""
    if round_.frozen_blue is None:
        return
    frozen = [
        (Seen(item["outcome"]), datetime.fromisoformat(item["observed_at"]) if item.get("observed_at") else None)
        for item in round_.frozen_blue["observations"]
    ]
    if any(goes_beyond(Seen(row.outcome), row.observed_at, frozen) for row in rows):
        raise Conflict("frozen", "The sightings were frozen at the reveal: none may become stronger or earlier.")


def _observation(round_: TestRound, no: int, item: ObservationInput) -> Observation:
    return Observation(
        round_id=round_.id,
        no=no,
        execution_no=item.execution,
        outcome=item.outcome,
        reason=item.reason or ("late" if item.late else None),
        tool=item.tool,
        tool_id=item.tool_id,
        tool_version=item.tool_version,
        observed_at=item.observed_at,
        source=item.source,
        severity=item.severity,
        reference=item.reference,
        notes=item.notes,
    )


async def return_to_red(
    session: AsyncSession, actor: Actor, test_id: UUID, question: str, settings: Settings
) -> SecurityTest:
    """Send the test back to red with a question; same round.

    Raises NotFound, Forbidden, InvalidTransition.
    """
    locked = await _lock(session, actor, test_id, Action.RETURN, settings)
    test, round_ = locked.test, locked.round
    round_.returned_count += 1
    round_.red_submitted_at = round_.red_submitted_by_id = None
    await contribute(session, actor, round_, Side.BLUE)
    await step(session, actor, test, "returned", to=State.RED_EXECUTING, reason=question)
    await tell(
        session,
        actor,
        test,
        await side_or_all(session, test, Side.RED),
        kind="test_returned",
        title="blue has a question",
        body=question,
        once=f"returned:{round_.returned_count}",
    )
    return test


async def submit_blue(session: AsyncSession, actor: Actor, test_id: UUID, settings: Settings) -> SecurityTest:
    """Hand the test over to both leads.

    Raises NotFound, Forbidden, InvalidTransition; Conflict `outcome_conflict` when red's success and blue's block
    contradict each other; Invalid `incomplete` naming what is missing.
    """
    locked = await _lock(session, actor, test_id, Action.SUBMIT_BLUE, settings)
    test, round_ = locked.test, locked.round
    if is_sealed(test):
        await _reveal(session, actor, locked, settings)
        return test
    executions = await executions_of(session, round_)
    observations = await observations_in(session, round_)
    refuse(sighting_faults(executions, observations))
    organisation = await coverage.organisation_rules(session, now())
    outcome = outcome_of_round(executions, observations, actionable_severity=organisation.actionable_severity)
    expected = await expectation_of_test(session, test)
    faults = _missing_blue(round_, executions, observations, outcome, expected)
    faults += await _late_acknowledgement(session, round_, observations, settings.acknowledge_limit_minutes)
    if Side.BLUE in locked.facts.pending_carry:
        faults.append(FieldError("blue", "confirm the record carried over from the last round", "carry_unconfirmed"))
    if settings.evidence_policy == "require" and not await count_evidence(session, round_.id, Side.BLUE):
        faults.append(FieldError("evidence", "the blue side has no evidence", "required"))
    if outcome.conflicts:
        raise Conflict(
            "outcome_conflict",
            "Red says that the attack succeeded, blue says that it was blocked: mark the block as late or as another "
            "stage's, or return the test to red.",
            extra={"executions": outcome.conflicts},
        )
    if faults:
        raise Invalid("incomplete", "The blue record is not complete yet.", fields=faults)
    moment = now()
    round_.blue_submitted_at, round_.blue_submitted_by_id = moment, actor.user_id
    round_.detection = outcome.detection
    round_.silent_block = outcome.silent_block
    round_.unattributed = outcome.unattributed
    round_.actionable_severity = organisation.actionable_severity
    round_.first_executed_at = outcome.first_executed_at
    round_.clock_skew = has_clock_skew(executions, observations)
    claim_time(session, actor, round_, "blue_submitted", moment)
    await contribute(session, actor, round_, Side.BLUE)
    await step(
        session, actor, test, "blue_submitted", to=State.IN_REVIEW, details={"detection": str(outcome.detection)}
    )
    await tell(
        session,
        actor,
        test,
        await leads(session),
        kind="test_for_review",
        title="waits for your vote",
        body=test.name,
        once=f"for_review:{round_.returned_count}",
    )
    return test


async def _reveal(session: AsyncSession, actor: Actor, locked: LockedTest, settings: Settings) -> None:
    """Freeze what blue saw without knowing, and open the test to everybody; it stays with blue for attribution.

    Raises Invalid `incomplete` for faults of blue's own record alone: red's facts decide nothing here.
    """
    test, round_ = locked.test, locked.round
    observations = await observations_in(session, round_)
    faults = [
        FieldError(f"blue.observations.{i}.observed_at", "say when it was blocked or alerted", "required")
        for i, item in enumerate(observations)
        if item.outcome in {"blocked", "alerted"} and item.observed_at is None
    ]
    if not observations:
        faults.append(FieldError("blue.observations", "say what was seen, or that nothing was", "required"))
    if faults:
        raise Invalid("incomplete", "The blue record is not complete yet.", fields=faults)
    moment = now()
    frozen = {"summary": round_.blue_summary, "observations": [plain_columns(item) for item in observations]}
    round_.frozen_at, round_.frozen_blue = moment, frozen
    number = await session.scalar(select(security_test_number.next_value()))
    test.number, test.revealed_at = number, moment
    await remember_own_procedure(session, SYSTEM, test)
    await contribute(session, actor, round_, Side.BLUE)
    digest = sightings_digests(settings, frozen)[0]
    await step(
        session,
        actor,
        test,
        "revealed",
        to=State.BLUE_EVALUATING,
        audited={"sightings_digest": digest, "plan_digest": plan_digest(test, settings)},
    )
    await tell(
        session,
        actor,
        test,
        people(test.red_assignee_id, test.created_by_id),
        kind="test_revealed",
        title="the blind test was revealed to blue",
        body=test.name,
        once="revealed",
    )


def sightings_digests(settings: Settings, frozen: JsonObject) -> tuple[str, ...]:
    """Keyed digest of frozen sightings, by the present key, then by the one before it."""
    return keyed_digests(settings, "blind-sightings", orjson.dumps(frozen, option=orjson.OPT_SORT_KEYS).decode())


def _missing_blue(
    round_: TestRound,
    executions: Sequence[Execution],
    observations: Sequence[Observation],
    outcome: RoundOutcome,
    expected: str,
) -> list[FieldError]:
    faults: list[FieldError] = []
    inconclusive = outcome.detection is Detection.INCONCLUSIVE
    if not observations and not inconclusive:
        faults.append(FieldError("blue.observations", "say what was seen, or that nothing was", "required"))
    for index, item in enumerate(observations):
        name = f"blue.observations.{index}"
        if item.outcome in {"blocked", "alerted"} and item.observed_at is None:
            faults.append(FieldError(f"{name}.observed_at", "say when it was blocked or alerted", "required"))
        if len(executions) > 1 and item.execution_no is None:
            faults.append(FieldError(f"{name}.execution", "say which execution it belongs to", "required"))
    applicable = [item for item in observations if item.outcome != "not_applicable"]
    if observations and not applicable and not any(item.notes for item in observations):
        faults.append(FieldError("blue.observations.0.notes", "say why no tool applies", "required"))
    if outcome.unattributed and not round_.unattributed_reason and not any(o.tool or o.tool_id for o in observations):
        faults.append(
            FieldError(
                "blue.unattributed_reason", "name the tool that blocked it, or say why none can be named", "required"
            )
        )
    missed = not inconclusive and not outcome.conflicts and observations and not meets(outcome.detection, expected)
    if missed and round_.miss_cause is None:
        faults.append(FieldError("blue.miss_cause", f"less than expected ({expected}): say why", "required"))
    return faults


async def _late_acknowledgement(
    session: AsyncSession, round_: TestRound, observations: Sequence[Observation], limit_minutes: int
) -> list[FieldError]:
    triaged = await claimed_time(session, round_, "triaged")
    alerts = [o.observed_at for o in observations if o.outcome == "alerted" and o.observed_at]
    if triaged is None or not alerts or round_.miss_cause is not None:
        return []
    if triaged - min(alerts) <= timedelta(minutes=limit_minutes):
        return []
    return [FieldError("blue.miss_cause", "the alert was acknowledged too late: say why", "required")]


async def put_rule_result(
    session: AsyncSession, actor: Actor, test_id: UUID, *, rule_id: UUID, body: RuleResultInput, settings: Settings
) -> SecurityTest:
    """Record whether a detection rule fired on this round; a second answer replaces the first.

    Raises NotFound, Forbidden, InvalidTransition.
    """
    locked = await _lock(session, actor, test_id, Action.RECORD_RULE_RESULT, settings)
    test, round_ = locked.test, locked.round
    rule = await session.scalar(select(DetectionRule).where(DetectionRule.id == rule_id))
    if rule is None:
        raise NotFound("rule_not_found", "There is no such detection rule.")
    values = {
        "fired": body.result != "not_triggered",
        "attributed": body.result == "triggered",
        "noise_count": body.noise_count,
        "notes": body.notes,
        "recorded_by_id": actor.user_id,
        "recorded_at": now(),
    }
    await session.execute(
        insert(RuleResult)
        .values(id=new_id(), round_id=round_.id, rule_id=rule_id, **values)
        .on_conflict_do_update(index_elements=["round_id", "rule_id"], set_=values)
    )
    await contribute(session, actor, round_, Side.BLUE)
    await step(session, actor, test, "rule_result_recorded", details={"rule": rule.name, "result": body.result})
    return test
