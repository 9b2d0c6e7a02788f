"""Accepting a risk: one lead asks, another person confirms, and it ends by itself."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import SYSTEM, Actor
from app.domain.findings import LONGEST_ACCEPTANCE, WARN_BEFORE, Action, ensure
from app.domain.permissions import Role
from app.errors import Conflict, FieldError, Invalid
from app.models.findings import Finding, RiskAcceptance
from app.models.organisation import Approval, Environment
from app.schemas.findings import RiskInput
from app.services import notifications
from app.services.findings.effects import end_acceptances, interested, note, settle, tell
from app.services.findings.facts import acceptances_of, lock_finding, pending_request, row_facts
from app.services.validation.effects import people
from app.services.validation.review import APPROVAL_LIFE


async def accept_risk(
    session: AsyncSession, actor: Actor, finding_id: UUID, body: RiskInput, max_retests: int
) -> Finding:
    """Ask for the acceptance of a risk, or, as the second person, confirm or refuse what another one asked for.

    It takes both leads, or an admin and a lead. Raises NotFound, Forbidden, InvalidTransition, Invalid,
    Conflict `second_person_needed` or `other_terms`.
    """
    finding = await lock_finding(session, finding_id)
    request = await pending_request(session, finding.id, for_update=True)
    facts = row_facts(finding, request, await acceptances_of(session, finding.id))
    if request is None:
        ensure(Action.REFUSE_RISK if body.decision == "refuse" else Action.ACCEPT_RISK, actor, facts)
        await _ask(session, actor, finding, body)
    elif body.decision == "refuse":
        ensure(Action.REFUSE_RISK, actor, facts)
        await _refuse(session, actor, finding, request, body.reason)
    else:
        ensure(Action.CONFIRM_RISK, actor, facts)
        await _confirm(session, actor, finding, request, body)
        await settle(session, actor, finding, max_retests, reason=request.reason)
    return finding


async def _ask(session: AsyncSession, actor: Actor, finding: Finding, body: RiskInput) -> None:
    moment = now()
    faults = []
    if not body.reason:
        faults.append(FieldError("reason", "say why the risk is accepted", "required"))
    if body.until is None:
        faults.append(FieldError("until", "say until when", "required"))
    elif not moment < body.until <= moment + LONGEST_ACCEPTANCE:
        faults.append(FieldError("until", "must lie within the next 365 days", "out_of_range"))
    if body.environment is not None and await session.get(Environment, body.environment) is None:
        faults.append(FieldError("environment", "there is no such environment", "unknown_environment"))
    if faults:
        raise Invalid(
            "incomplete", "An accepted risk needs a reason, an end within a year, and a place.", fields=faults
        )
    assert body.reason is not None
    assert body.until is not None
    # One that nobody confirmed in time stands in the way of the next.
    await session.execute(
        delete(Approval).where(
            Approval.kind == "risk_acceptance", Approval.subject_id == finding.id, Approval.decision.is_(None)
        )
    )
    details = {
        "role": str(actor.role),
        "environment": str(body.environment) if body.environment else None,
        "until": body.until.isoformat(),
    }
    session.add(
        Approval(
            kind="risk_acceptance",
            subject_id=finding.id,
            requested_by_id=actor.user_id,
            reason=body.reason,
            details=details,
            expires_at=min(moment + APPROVAL_LIFE, body.until),
        )
    )
    note(session, actor, finding, "acceptance_requested", reason=body.reason, details=details)
    others = await notifications.active_people(session, Role.RED_LEAD, Role.BLUE_LEAD, Role.ADMIN)
    await tell(
        session,
        actor,
        finding,
        others,
        kind="approval",
        title="accepting the risk waits for a second person",
        body=body.reason,
        once=f"risk:{moment.isoformat()}",
    )


async def _refuse(session: AsyncSession, actor: Actor, finding: Finding, request: Approval, reason: str | None) -> None:
    if request.requested_by_id == actor.user_id:
        await session.delete(request)
        note(session, actor, finding, "acceptance_withdrawn", reason=reason)
        return
    request.decided_by_id, request.decision, request.decided_at = actor.user_id, "refused", now()
    note(session, actor, finding, "acceptance_refused", reason=reason)
    await tell(
        session,
        actor,
        finding,
        [request.requested_by_id],
        title="the risk was not accepted",
        body=reason or "",
        once=f"refused:{request.id}",
    )


async def _confirm(session: AsyncSession, actor: Actor, finding: Finding, request: Approval, body: RiskInput) -> None:
    until = datetime.fromisoformat(str(request.details["until"]))
    place = request.details.get("environment")
    environment_id = UUID(str(place)) if place else None
    given = body.model_fields_set
    if ("until" in given and body.until != until) or ("environment" in given and body.environment != environment_id):
        raise Conflict("other_terms", "Confirm what was asked for, or refuse it and ask for something else.")
    moment = now()
    request.decided_by_id, request.decision, request.decided_at = actor.user_id, "approved", moment
    for old in await acceptances_of(session, finding.id):
        if old.ended_at is None and old.environment_id == environment_id:
            old.ended_at, old.end_reason = moment, "replaced"
    await session.flush()  # one acceptance at a time holds for an environment
    session.add(
        RiskAcceptance(
            finding_id=finding.id,
            environment_id=environment_id,
            reason=request.reason,
            valid_from=moment,
            valid_until=until,
            requested_by_id=request.requested_by_id,
            confirmed_by_id=actor.user_id,
        )
    )
    note(
        session,
        actor,
        finding,
        "acceptance_confirmed",
        reason=request.reason,
        details={"until": until.isoformat(), "environment": place, "requested_by": str(request.requested_by_id)},
    )


async def end_acceptance(
    session: AsyncSession, actor: Actor, finding_id: UUID, reason: str, max_retests: int
) -> Finding:
    """End what is accepted of a finding before its time. Raises NotFound, Forbidden, InvalidTransition."""
    finding = await lock_finding(session, finding_id)
    facts = row_facts(finding, None, await acceptances_of(session, finding.id))
    ensure(Action.END_ACCEPTANCE, actor, facts)
    await end_acceptances(session, finding.id, reason)
    note(session, actor, finding, "acceptance_ended", reason=reason)
    await settle(session, actor, finding, max_retests, reason=reason)
    return finding


async def watch_acceptances(session: AsyncSession, max_retests: int) -> dict[str, int]:
    """Reopen what was accepted until now, and warn of what ends within 30 days, once."""
    moment = now()
    open_rows = select(RiskAcceptance).where(RiskAcceptance.ended_at.is_(None))
    over = (await session.scalars(open_rows.where(RiskAcceptance.valid_until <= moment))).all()
    for finding_id in sorted({row.finding_id for row in over}):
        finding = await lock_finding(session, finding_id)
        for row in over:
            if row.finding_id == finding_id:
                row.ended_at, row.end_reason = moment, "expired"
        note(session, SYSTEM, finding, "acceptance_expired")
        await settle(session, SYSTEM, finding, max_retests, reason="The time for which the risk was accepted is over.")
    soon = (await session.scalars(open_rows.where(RiskAcceptance.valid_until <= moment + WARN_BEFORE))).all()
    for row in soon:
        finding = (await session.execute(select(Finding).where(Finding.id == row.finding_id))).scalar_one()
        await tell(
            session,
            SYSTEM,
            finding,
            people(*await interested(session, finding), row.requested_by_id, row.confirmed_by_id),
            kind="acceptance_ends",
            title=f"the accepted risk ends on {row.valid_until.date().isoformat()}",
            once=f"ends:{row.id}",
        )
    return {"acceptances_expired": len(over), "acceptances_ending": len(soon)}
