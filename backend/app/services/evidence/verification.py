"""Reading evidence back from the store and comparing its hash with the one it came in with."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM, Actor
from app.errors import Conflict, NotFound
from app.models.evidence import CustodyEvent, Evidence, EvidenceObject
from app.services import audit
from app.services.evidence.custody import record_custody
from app.services.evidence.queries import get_evidence, last_verification
from app.services.evidence.slots import Slots
from app.storage import EvidenceStore

CACHE_TIME = timedelta(minutes=1)
BATCH = 200
Beat = Callable[[], Awaitable[None]]

_verifications = Slots(1, "verification_running", "One verification at a time; yours is still running.")


@dataclass(frozen=True, slots=True)
class Verification:
    """What the store holds now against what came in. `sha256` and `size` are None when the object is missing."""

    evidence_id: UUID
    intact: bool
    sha256: str | None
    expected_sha256: str
    size: int | None
    checked_at: datetime
    cached: bool = False

    @property
    def outcome(self) -> str:
        """The word of the custody event."""
        if self.intact:
            return "verified"
        return "missing" if self.sha256 is None else "altered"


async def verify_evidence(
    factory: SessionFactory,
    store: EvidenceStore,
    *,
    actor: Actor,
    test_id: UUID,
    evidence_id: UUID,
    address: str | None,
) -> Verification:
    """Hash the stored object anew; an answer younger than a minute is given again.

    No database connection is held while reading. Raises NotFound, Conflict `evidence_purged`, TooMany, Unavailable.
    """
    assert actor.user_id is not None
    async with factory() as session:
        view = await get_evidence(session, actor=actor, test_id=test_id, evidence_id=evidence_id)
        earlier = await last_verification(session, evidence_id, now() - CACHE_TIME)
    if view.stored.purged_at is not None:
        raise Conflict("evidence_purged", "The content of this evidence was destroyed.")
    if earlier is not None:
        return _from_event(earlier, view.stored.sha256)
    with _verifications.taken(actor.user_id):
        result = await _check(store, evidence_id, view.stored)
    async with session_scope(factory) as session:
        await _remember(session, view.stored.id, result)
        _note(session, actor, result, address)
    return result


async def verify_all(
    factory: SessionFactory,
    store: EvidenceStore,
    *,
    evidence_id: UUID | None = None,
    beat: Beat | None = None,
) -> AsyncIterator[Verification]:
    """Verify one piece of evidence, or all in the order of their objects' arrival, withdrawn ones included.

    Each object is read once, however many rounds it stands in; its row remembers what was found, and what is not
    intact becomes a custody event and an entry of the trail.

    beat: called while a file is read. Raises NotFound when the one asked for does not exist or was destroyed.
    """
    after: UUID | None = None
    while True:
        async with factory() as session:
            batch = await _next_batch(session, after=after, evidence_id=evidence_id)
        if evidence_id is not None and not batch:
            raise NotFound("evidence_not_found", "There is no such evidence.")
        for stored, evidence_ids in batch:
            first = await _check(store, evidence_ids[0], stored, beat)
            results = [replace(first, evidence_id=id_) for id_ in evidence_ids]
            async with session_scope(factory) as session:
                await _remember(session, stored.id, first)
                for result in results:
                    if not result.intact:
                        _note(session, SYSTEM, result, None)
            for result in results:
                yield result
        if evidence_id is not None or len(batch) < BATCH:
            return
        after = batch[-1][0].id


async def _next_batch(
    session: AsyncSession, *, after: UUID | None, evidence_id: UUID | None
) -> list[tuple[EvidenceObject, list[UUID]]]:
    """Objects in the order of their ids, each with the evidence that it stands for."""
    query = select(EvidenceObject).where(EvidenceObject.purged_at.is_(None)).order_by(EvidenceObject.id).limit(BATCH)
    standing = select(Evidence.object_id)
    if evidence_id is not None:
        standing = standing.where(Evidence.id == evidence_id)
    query = query.where(EvidenceObject.id.in_(standing))
    if after is not None:
        query = query.where(EvidenceObject.id > after)
    objects = (await session.scalars(query)).all()
    pairs = select(Evidence.object_id, Evidence.id).where(Evidence.object_id.in_([item.id for item in objects]))
    if evidence_id is not None:
        pairs = pairs.where(Evidence.id == evidence_id)
    evidence: dict[UUID, list[UUID]] = {}
    for object_id, id_ in await session.execute(pairs.order_by(Evidence.id)):
        evidence.setdefault(object_id, []).append(id_)
    return [(item, evidence[item.id]) for item in objects]


async def _remember(session: AsyncSession, object_id: UUID, result: Verification) -> None:
    """Keep with the object what was found."""
    await session.execute(
        update(EvidenceObject)
        .where(EvidenceObject.id == object_id)
        .values(checked_at=result.checked_at, check_outcome=result.outcome)
    )


async def _check(
    store: EvidenceStore, evidence_id: UUID, stored: EvidenceObject, beat: Beat | None = None
) -> Verification:
    digest, size = hashlib.sha256(), 0
    sha256: str | None = None
    try:
        async for block in store.open(stored.key):
            digest.update(block)
            size += len(block)
            if beat is not None:
                await beat()
        sha256 = digest.hexdigest()
    except NotFound:
        size = 0
    return Verification(
        evidence_id=evidence_id,
        intact=sha256 == stored.sha256,
        sha256=sha256,
        expected_sha256=stored.sha256,
        size=None if sha256 is None else size,
        checked_at=now(),
    )


def _note(session: AsyncSession, actor: Actor, result: Verification, address: str | None) -> None:
    details = {"sha256": result.sha256, "size": result.size}
    record_custody(
        session, actor, result.evidence_id, result.outcome, address=address, details=details, at=result.checked_at
    )
    if not result.intact:
        audit.record(
            session,
            actor,
            f"evidence.found_{result.outcome}",
            subject_kind="evidence",
            subject_id=result.evidence_id,
            details={**details, "expected_sha256": result.expected_sha256},
        )


def _from_event(event: CustodyEvent, expected: str) -> Verification:
    return Verification(
        evidence_id=event.evidence_id,
        intact=event.kind == "verified",
        sha256=event.details.get("sha256"),
        expected_sha256=expected,
        size=event.details.get("size"),
        checked_at=event.at,
        cached=True,
    )
