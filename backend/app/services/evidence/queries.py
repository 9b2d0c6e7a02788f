"""Reading evidence: every read starts from the tests that the actor can see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.database import SessionFactory
from app.domain.actor import Actor
from app.domain.evidence import EvidenceSide
from app.errors import NotFound
from app.models.evidence import CustodyEvent, Evidence, EvidenceObject
from app.models.identity import UserAccount
from app.models.security_test import SecurityTest, TestRound
from app.services.validation.access import get_visible, open_to, visible_to

CUSTODY_SHOWN = 200

_Query = Select[Evidence, EvidenceObject, int, UserAccount, UserAccount]


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A piece of evidence with its stored object, its round's number and the people around it."""

    evidence: Evidence
    stored: EvidenceObject
    round_no: int
    uploaded_by: UserAccount
    withdrawn_by: UserAccount | None


def readable(actor: Actor) -> ColumnElement[bool]:
    """The evidence that exists for the actor; of a masked test that is blue's own. Needs `security_test` joined."""
    return or_(open_to(actor), and_(visible_to(actor), Evidence.side == EvidenceSide.BLUE))


async def list_evidence(
    session: AsyncSession,
    *,
    actor: Actor,
    test_id: UUID,
    side: EvidenceSide | None,
    round_no: int | None,
    limit: int,
    offset: int,
) -> tuple[Sequence[EvidenceView], int]:
    """One page of a test's evidence over all rounds, oldest first, withdrawn ones included, and how many there are.

    Raises NotFound when the test does not exist for this actor.
    """
    test = await get_visible(session, actor, test_id)
    query = (
        _views()
        .join(SecurityTest, SecurityTest.id == Evidence.test_id)
        .where(Evidence.test_id == test.id, readable(actor))
    )
    if side is not None:
        query = query.where(Evidence.side == side)
    if round_no is not None:
        query = query.where(TestRound.no == round_no)
    total = await session.scalar(select(func.count()).select_from(query.subquery()))
    rows = await session.execute(query.order_by(Evidence.created_at, Evidence.id).limit(limit).offset(offset))
    return [_view(row) for row in rows], total or 0


async def get_evidence(session: AsyncSession, *, actor: Actor, test_id: UUID, evidence_id: UUID) -> EvidenceView:
    """One piece of evidence of that test. Raises NotFound when either does not exist for this actor."""
    await get_visible(session, actor, test_id)
    query = (
        _views()
        .join(SecurityTest, SecurityTest.id == Evidence.test_id)
        .where(Evidence.id == evidence_id, Evidence.test_id == test_id, readable(actor))
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("evidence_not_found", "There is no such evidence on this test.")
    return _view(row)


async def look_at(factory: SessionFactory, *, actor: Actor, test_id: UUID, evidence_id: UUID) -> EvidenceView:
    """The same by a session of its own, which is over before the file is read or the reading is noted.

    Requests that held one connection while they waited for a second would wait for each other. Raises NotFound.
    """
    async with factory() as session:
        return await get_evidence(session, actor=actor, test_id=test_id, evidence_id=evidence_id)


async def find_evidence(session: AsyncSession, *, actor: Actor, evidence_id: UUID) -> EvidenceView | None:
    """A piece of evidence wherever it is, or None when it does not exist for this actor."""
    query = (
        _views()
        .join(SecurityTest, SecurityTest.id == Evidence.test_id)
        .where(Evidence.id == evidence_id, readable(actor))
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _view(row)


async def custody_of(session: AsyncSession, evidence_id: UUID) -> Sequence[CustodyEvent]:
    """What happened to a piece of evidence, newest first, the latest 200."""
    events = await session.scalars(
        select(CustodyEvent)
        .where(CustodyEvent.evidence_id == evidence_id)
        .order_by(CustodyEvent.at.desc(), CustodyEvent.id.desc())
        .limit(CUSTODY_SHOWN)
    )
    return events.all()


async def count_evidence(session: AsyncSession, round_id: UUID, side: str) -> int:
    """How many files stand for a side of a round; withdrawn ones do not."""
    count = await session.scalar(
        select(func.count()).where(
            Evidence.round_id == round_id, Evidence.side == side, Evidence.withdrawn_at.is_(None)
        )
    )
    return count or 0


async def sealed_hashes(session: AsyncSession, round_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, object]]]:
    """What a decision's seal holds of the evidence, by round, in a fixed order.

    Proof of remediation is left out: it comes after the decision and is no part of it.
    """
    rows = await session.execute(
        select(
            Evidence.round_id,
            Evidence.id,
            Evidence.side,
            EvidenceObject.sha256,
            EvidenceObject.size,
            Evidence.withdrawn_at,
        )
        .join(EvidenceObject, EvidenceObject.id == Evidence.object_id)
        .where(Evidence.round_id.in_(round_ids), Evidence.side.in_([EvidenceSide.RED, EvidenceSide.BLUE]))
        .order_by(Evidence.id)
    )
    found: dict[UUID, list[dict[str, object]]] = {}
    for round_id, id_, side, sha256, size, withdrawn_at in rows:
        item = {"id": str(id_), "side": side, "sha256": sha256, "size": size, "withdrawn": withdrawn_at is not None}
        found.setdefault(round_id, []).append(item)
    return found


async def last_verification(session: AsyncSession, evidence_id: UUID, since: datetime) -> CustodyEvent | None:
    """The newest outcome of a verification since that moment."""
    event: CustodyEvent | None = await session.scalar(
        select(CustodyEvent)
        .where(
            CustodyEvent.evidence_id == evidence_id,
            CustodyEvent.kind.in_(("verified", "altered", "missing")),
            CustodyEvent.at >= since,
        )
        .order_by(CustodyEvent.at.desc())
        .limit(1)
    )
    return event


def _view(row: Row[Evidence, EvidenceObject, int, UserAccount, UserAccount]) -> EvidenceView:
    evidence, stored, round_no, uploaded_by, withdrawn_by = row
    return EvidenceView(evidence, stored, round_no, uploaded_by, withdrawn_by)


def _views() -> _Query:
    withdrawer = aliased(UserAccount)
    return (
        select(Evidence, EvidenceObject, TestRound.no, UserAccount, withdrawer)
        .join(EvidenceObject, EvidenceObject.id == Evidence.object_id)
        .join(TestRound, TestRound.id == Evidence.round_id)
        .join(UserAccount, UserAccount.id == Evidence.uploaded_by_id)
        .outerjoin(withdrawer, withdrawer.id == Evidence.withdrawn_by_id)
    )
