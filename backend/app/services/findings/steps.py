"""The steps of a finding: planned by leads, done by whom they are assigned to."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.findings import Action, StepStatus, step_refusal
from app.errors import FieldError, Invalid, NotFound
from app.models.findings import Finding, FindingStep
from app.schemas.findings import StepCreate, StepUpdate
from app.services.findings.commands import lock_for, person
from app.services.findings.effects import note, settle, tell
from app.services.findings.facts import lock_finding, read_row_facts
from app.services.findings.retesting import take_back_drafts
from app.services.validation.effects import check_version


async def get_step(session: AsyncSession, finding_id: UUID, step_id: UUID) -> FindingStep:
    """One step. Raises NotFound."""
    step = await session.scalar(
        select(FindingStep)
        .where(FindingStep.id == step_id, FindingStep.finding_id == finding_id)
        .execution_options(populate_existing=True)
    )
    if step is None:
        raise NotFound("step_not_found", "There is no such step.")
    return step


async def add_step(
    session: AsyncSession, actor: Actor, finding_id: UUID, body: StepCreate, max_retests: int
) -> FindingStep:
    """Plan a step; retests that nobody began are taken back until it is done.

    Raises NotFound, Forbidden, InvalidTransition, Invalid `not_assignable`.
    """
    finding = await lock_for(session, actor, finding_id, Action.ADD_STEP)
    await person(session, body.assignee_id, "assignee_id")
    last = await session.scalar(
        select(func.coalesce(func.max(FindingStep.no), 0)).where(FindingStep.finding_id == finding.id)
    )
    moment = now()
    step = FindingStep(
        finding_id=finding.id,
        no=(last or 0) + 1,
        status=StepStatus.OPEN,
        version=1,
        created_by_id=actor.user_id,
        created_at=moment,
        updated_at=moment,
        notes="",
        **body.model_dump(),
    )
    session.add(step)
    note(session, actor, finding, "step_added", details={"step": step.no, "title": step.title})
    await _tell_assignee(session, actor, finding, step)
    await take_back_drafts(session, finding.id)
    await settle(session, actor, finding, max_retests)
    return step


async def update_step(
    session: AsyncSession,
    actor: Actor,
    finding_id: UUID,
    step_id: UUID,
    *,
    body: StepUpdate,
    max_retests: int,
) -> FindingStep:
    """Change a step; absent fields stay. The last one done drafts the retests, a reopened one takes drafts back.

    Raises NotFound, Forbidden, InvalidTransition, Conflict `stale_version`, Invalid.
    """
    finding = await lock_finding(session, finding_id)
    step = await get_step(session, finding_id, step_id)
    changes = body.model_dump(exclude_unset=True)
    denied = step_refusal(actor, await read_row_facts(session, finding), step.assignee_id, frozenset(changes))
    if denied is not None:
        raise denied
    check_version(changes.pop("version"), step.version)
    missing = [name for name in ("title", "side", "status") if name in changes and changes[name] is None]
    if missing:
        faults = [FieldError(name, "must not be null", "required") for name in missing]
        raise Invalid("required", "A step has a title, a side and a status.", fields=faults)
    await person(session, changes.get("assignee_id"), "assignee_id")
    given_away = changes.get("assignee_id") not in {None, step.assignee_id}
    was = step.status
    for name, value in changes.items():
        setattr(step, name, (value or "") if name in {"description", "notes"} else value)
    if step.status != was:
        done = step.status == StepStatus.DONE
        step.done_at, step.done_by_id = (now(), actor.user_id) if done else (None, None)
    step.version += 1
    step.updated_at = now()
    event = {"done": "step_done", "open": "step_reopened", "dropped": "step_dropped"}[step.status]
    note(
        session,
        actor,
        finding,
        event if step.status != was else "step_edited",
        details={"step": step.no, "title": step.title},
    )
    if given_away:
        await _tell_assignee(session, actor, finding, step)
    if step.status == StepStatus.OPEN and was != StepStatus.OPEN:
        await take_back_drafts(session, finding.id)
    await settle(session, actor, finding, max_retests)
    return step


async def _tell_assignee(session: AsyncSession, actor: Actor, finding: Finding, step: FindingStep) -> None:
    if step.assignee_id is not None:
        await tell(
            session,
            actor,
            finding,
            [step.assignee_id],
            kind="step_assigned",
            title="a step is assigned to you",
            body=step.title,
            once=f"step:{step.no}:{step.version}",
        )
