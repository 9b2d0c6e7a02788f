"""Keeping store and database in step: objects that no row knows, rows whose object is gone; and what there is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM
from app.models.evidence import Evidence, EvidenceObject
from app.services import audit
from app.storage import EvidenceStore, ObjectFacts

ORPHAN_AGE = timedelta(hours=24)
BATCH = 500
# A database restored from an old backup makes every newer object look like an orphan; those must not be destroyed.
MAX_ORPHAN_SHARE = 0.25
FEW_ORPHANS = 20

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class SweepReport:
    """What a sweep found and did.

    missing: ids of stored objects whose bytes are gone. refused: too many orphans to be true, so none was deleted.
    """

    objects: int = 0
    orphans: int = 0
    deleted: int = 0
    unfinished: int = 0
    refused: bool = False
    missing: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Files and bytes that are kept, by side; `withdrawn` of the files no longer count."""

    files: int
    objects: int
    size: int
    withdrawn: int
    files_by_side: dict[str, int]


async def sweep_evidence(factory: SessionFactory, store: EvidenceStore, *, delete_many: bool = False) -> SweepReport:
    """Delete objects older than a day that no row knows, and unfinished uploads; report rows without an object.

    delete_many: delete even when more than a quarter of all objects are orphans.
    """
    report = SweepReport()
    before = now() - ORPHAN_AGE
    report.unfinished = await store.discard_unfinished(before)
    present: set[bytes] = set()
    orphans: list[str] = []
    batch: list[ObjectFacts] = []
    async for facts in store.list_objects():
        report.objects += 1
        present.add(bytes.fromhex(facts.key))
        batch.append(facts)
        if len(batch) == BATCH:
            orphans += await orphans_of(factory, batch, before)
            batch = []
    orphans += await orphans_of(factory, batch, before)
    report.orphans = len(orphans)
    report.refused = not delete_many and len(orphans) > FEW_ORPHANS and len(orphans) > MAX_ORPHAN_SHARE * report.objects
    if not report.refused:
        for key in orphans:
            await store.delete(key)
            report.deleted += 1
    report.missing = await _missing(factory, present, before)
    await _leave_traces(factory, report)
    return report


async def take_inventory(session: AsyncSession) -> Inventory:
    """What there is, from the database."""
    sides = await session.execute(select(Evidence.side, func.count()).group_by(Evidence.side).order_by(Evidence.side))
    by_side = {str(side): count for side, count in sides}
    withdrawn = await session.scalar(select(func.count()).where(Evidence.withdrawn_at.is_not(None)))
    objects, size = (
        await session.execute(
            select(func.count(), func.coalesce(func.sum(EvidenceObject.size), 0)).where(
                EvidenceObject.purged_at.is_(None)
            )
        )
    ).one()
    return Inventory(
        files=sum(by_side.values()),
        objects=objects,
        size=int(size),
        withdrawn=withdrawn or 0,
        files_by_side=by_side,
    )


async def orphans_of(factory: SessionFactory, batch: list[ObjectFacts], before: datetime) -> list[str]:
    """Keys of the old objects that no row knows. An upload's row comes after its object, hence the age."""
    old = [facts.key for facts in batch if facts.modified_at < before]
    if not old:
        return []
    async with factory() as session:
        known = set(await session.scalars(select(EvidenceObject.key).where(EvidenceObject.key.in_(old))))
    return [key for key in old if key not in known]


async def _missing(factory: SessionFactory, present: set[bytes], before: datetime) -> list[UUID]:
    """Stored objects, older than the listing began, that the listing did not show."""
    missing: list[UUID] = []
    async with factory() as session:
        rows = await session.stream(
            select(EvidenceObject.id, EvidenceObject.key).where(
                EvidenceObject.purged_at.is_(None), EvidenceObject.created_at < before
            )
        )
        async for id_, key in rows:
            if bytes.fromhex(key) not in present:
                missing.append(id_)
    return missing


async def _leave_traces(factory: SessionFactory, report: SweepReport) -> None:
    log.info(
        "evidence.swept",
        objects=report.objects,
        orphans=report.orphans,
        deleted=report.deleted,
        unfinished=report.unfinished,
        missing=len(report.missing),
        refused=report.refused,
    )
    if not (report.deleted or report.missing or report.refused):
        return
    async with session_scope(factory) as session:
        audit.record(
            session,
            SYSTEM,
            "evidence.swept",
            subject_kind="evidence_store",
            details={
                "objects": report.objects,
                "orphans": report.orphans,
                "deleted": report.deleted,
                "refused": report.refused,
                "missing": [str(id_) for id_ in report.missing[:100]],
            },
        )
