"""What every change of a finding leaves behind: its status, history, audit, messages, and retests that fall due."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import SYSTEM, Actor
from app.domain.findings import CLOSED, Status, proven_at, remediated_at, retests_due, status_of
from app.models.base import JsonObject
from app.models.findings import Finding, FindingEvent, FindingStep, RiskAcceptance
from app.services import audit, notifications
from app.services.findings.facts import read_facts
from app.services.findings.retesting import draft_retests
from app.services.validation.effects import people, without
from app.services.validation.messages import leads

NOTHING_LEFT = "All results that showed it were annulled."
_TITLES = {
    Status.OPEN: "is open again",
    Status.IN_REMEDIATION: "needs more work",
    Status.AWAITING_RETEST: "waits for its retest",
    Status.CLOSED_PROVEN: "a retest proved it closed",
    Status.CLOSED_UNPROVEN: "was closed without proof",
    Status.RISK_ACCEPTED: "the risk is accepted",
    Status.CHRONIC: "fails again and again: no further retest is made by itself",
}


def number_of(finding: Finding) -> str:
    """The number people use, such as `F-1042`."""
    return f"F-{finding.number}"


def note(
    session: AsyncSession,
    actor: Actor,
    finding: Finding,
    event: str,
    *,
    from_status: str | None = None,
    reason: str | None = None,
    details: JsonObject | None = None,
    before: JsonObject | None = None,
    after: JsonObject | None = None,
) -> None:
    """Write one step into the finding's history and the audit trail."""
    moment = now()
    finding.updated_at = moment
    session.add(
        FindingEvent(
            finding_id=finding.id,
            event=event,
            from_status=from_status or (None if event == "opened" else finding.status),
            to_status=finding.status,
            actor_id=actor.user_id,
            actor_label=actor.label,
            reason=reason,
            details=details or {},
            at=moment,
        )
    )
    facts: JsonObject = {"status": finding.status, **(details or {})}
    if from_status:
        facts["from_status"] = from_status
    if reason:
        facts["reason"] = reason
    audit.record(
        session,
        actor,
        f"finding.{event}",
        subject_kind="finding",
        subject_id=finding.id,
        subject_label=number_of(finding),
        before=before,
        after=after,
        details=facts,
    )


async def settle(
    session: AsyncSession,
    actor: Actor,
    finding: Finding,
    max_retests: int,
    *,
    event: str = "",
    reason: str = "",
    reopening: bool = False,
) -> None:
    """Bring the finding's status in line with its results, steps, retests and acceptances.

    Drafts the retests that fall due. event: what the change is called where the status alone does not say it.
    reopening: that it was closed without proof holds no longer. The caller holds the finding's lock.
    """
    facts = await read_facts(session, finding, max_retests)
    if reopening:
        facts = replace(facts, closed_by_hand=False)
    finding.remediated_at = remediated_at(facts)
    status = status_of(facts)
    if status is Status.CLOSED_UNPROVEN and finding.status != status and not reason:
        reason = NOTHING_LEFT
    await move(session, actor, finding, status, proven=proven_at(facts), event=event, reason=reason)
    await draft_retests(session, finding, retests_due(facts))


async def move(
    session: AsyncSession,
    actor: Actor,
    finding: Finding,
    status: Status,
    *,
    proven: datetime | None = None,
    event: str = "",
    reason: str = "",
) -> None:
    """Give the finding another status; nothing happens when it has it already."""
    before = finding.status
    if before == status:
        return
    moment = now()
    finding.status, finding.status_since = status, moment
    closed = status in CLOSED
    finding.closed_at = moment if closed else None
    finding.closed_by_id = actor.user_id if closed else None
    finding.close_reason = reason if status is Status.CLOSED_UNPROVEN else None
    finding.proven_at = proven if status is Status.CLOSED_PROVEN else None
    if closed:
        await end_acceptances(session, finding.id, "closed")
    name = event or ("reopened" if before in {*CLOSED, Status.RISK_ACCEPTED} and not closed else str(status))
    note(session, actor, finding, name, from_status=before, reason=reason or None)
    await tell(session, actor, finding, await interested(session, finding), title=_TITLES[status], body=reason)


async def end_acceptances(session: AsyncSession, finding_id: UUID, reason: str) -> None:
    """End all acceptances of the finding that are in force."""
    await session.execute(
        update(RiskAcceptance)
        .where(RiskAcceptance.finding_id == finding_id, RiskAcceptance.ended_at.is_(None))
        .values(ended_at=now(), end_reason=reason)
    )


async def interested(session: AsyncSession, finding: Finding) -> list[UUID]:
    """Both leads, the owner, and who has a step to do."""
    assignees = await session.scalars(
        select(FindingStep.assignee_id).where(
            FindingStep.finding_id == finding.id, FindingStep.assignee_id.is_not(None)
        )
    )
    return people(*await leads(session), finding.owner_id, *assignees)


async def tell(
    session: AsyncSession,
    actor: Actor,
    finding: Finding,
    recipients: Iterable[UUID],
    *,
    title: str,
    body: str = "",
    kind: str = "finding",
    once: str = "",
) -> None:
    """Tell these people, except the actor, about the finding. once: what makes the message unique."""
    await notifications.notify(
        session,
        recipients if actor is SYSTEM else without(recipients, actor),
        kind=kind,
        title=f"{number_of(finding)}: {title}",
        body=(body or finding.title)[:1000],
        link=f"/findings/{finding.id}",
        subject_id=finding.id,
        dedupe_key=f"{finding.id}:{once or f'{finding.status}:{now().isoformat()}'}",
    )
