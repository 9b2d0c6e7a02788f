"""Taking evidence back, and carrying it into a round that does not redo its side."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.domain.actor import Actor
from app.domain.evidence import EvidenceSide, withdraw_refusal
from app.domain.permissions import Side
from app.errors import Conflict
from app.models.evidence import Evidence
from app.models.security_test import TestRound, TestTransition
from app.services import audit
from app.services.evidence.custody import record_custody
from app.services.evidence.queries import EvidenceView, get_evidence
from app.services.validation.access import lock_test
from app.services.validation.effects import number_of


async def withdraw_evidence(
    session: AsyncSession,
    *,
    actor: Actor,
    test_id: UUID,
    evidence_id: UUID,
    reason: str,
    four_eyes: bool,
    address: str | None,
) -> EvidenceView:
    """Hide a file of the current round with a reason; its name, size and hash stay.

    Raises NotFound, Forbidden, InvalidTransition, Conflict (`voting_started`, `past_round`, `already_withdrawn`).
    """
    locked = await lock_test(session, actor, test_id, four_eyes=four_eyes)
    view = await get_evidence(session, actor=actor, test_id=test_id, evidence_id=evidence_id)
    evidence, side = view.evidence, EvidenceSide(view.evidence.side)
    denied = withdraw_refusal(actor, locked.facts, side, evidence.uploaded_by_id)
    if denied is not None:
        raise denied
    if side is not EvidenceSide.REMEDIATION and evidence.round_id != locked.round.id:
        raise Conflict("past_round", "That round is decided; its record stands.")
    if evidence.withdrawn_at is not None:
        raise Conflict("already_withdrawn", "This evidence was withdrawn before.")
    evidence.withdrawn_at = now()
    evidence.withdrawn_by_id = actor.user_id
    evidence.withdraw_reason = reason
    details = {"evidence_id": str(evidence.id), "team": evidence.side, "filename": evidence.filename}
    record_custody(session, actor, evidence.id, "withdrawn", address=address, details={"reason": reason})
    session.add(
        TestTransition(
            test_id=test_id,
            round_no=locked.round.no,
            event="evidence_withdrawn",
            from_state=locked.test.state,
            to_state=locked.test.state,
            actor_id=actor.user_id,
            actor_label=actor.label,
            reason=reason,
            details=details,
            at=evidence.withdrawn_at,
        )
    )
    audit.record(
        session,
        actor,
        "evidence.withdrawn",
        subject_kind="test",
        subject_id=test_id,
        subject_label=number_of(locked.test),
        details={**details, "reason": reason},
    )
    await session.flush()  # the answer is read back from the tables
    return await get_evidence(session, actor=actor, test_id=test_id, evidence_id=evidence_id)


async def carry_evidence(session: AsyncSession, *, old: TestRound, new: TestRound, side: Side) -> int:
    """Let the standing evidence of a side stand in the new round too, which does not redo it; returns how many.

    The object in the store is shared, nothing is copied there.
    """
    rows = await session.scalars(
        select(Evidence)
        .where(Evidence.round_id == old.id, Evidence.side == side, Evidence.withdrawn_at.is_(None))
        .order_by(Evidence.id)
    )
    carried = [
        Evidence(
            test_id=new.test_id,
            round_id=new.id,
            object_id=row.object_id,
            side=row.side,
            filename=row.filename,
            caption=row.caption,
            notes=row.notes,
            sensitivity=row.sensitivity,
            collected_at=row.collected_at,
            collected_from=row.collected_from,
            late=False,
            carried_from_id=row.id,
            uploaded_by_id=row.uploaded_by_id,
        )
        for row in rows
    ]
    session.add_all(carried)
    return len(carried)
