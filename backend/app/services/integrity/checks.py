"""The three checks: the trail, the trail with all facts, all evidence. Each answers with a verdict to store."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from sqlalchemy import func, select

from app.clock import now
from app.config import Settings
from app.database import SessionFactory
from app.models.base import JsonObject
from app.models.evidence import Evidence, EvidenceObject
from app.models.security_test import SecurityTest
from app.services.audit import ChainReport, verify_chain
from app.services.evidence import verify_all
from app.services.evidence.sweep import orphans_of
from app.services.integrity.facts import FactCheck
from app.services.integrity.findings import MAX_FINDINGS, Findings, Place
from app.services.integrity.strangers import find_strangers
from app.services.validation.effects import number_of
from app.storage import EvidenceStore, ObjectFacts

Progress = Callable[[int, int], Awaitable[None]]

ORPHAN_AGE = timedelta(minutes=1)
"""An upload's row follows its object at once; only an object older than this can be an orphan."""
LISTED = 500
EMBEDDED = "Anything against the owner of this machine: it holds the database, the evidence and SECRET_KEY together."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found, as it is stored. `done` of `total` were read."""

    intact: bool
    result: JsonObject
    done: int
    total: int


async def check_trail(factory: SessionFactory, settings: Settings, progress: Progress, *, facts: bool) -> Verdict:
    """Verify the chain and, when asked, every fact against it."""
    found: Findings | None = None
    async with factory() as session:
        if facts:
            check = FactCheck(session, settings)
            report = await verify_chain(session, watch=check.take, progress=progress)
            await find_strangers(session, check.found)
            found = check.found
        else:
            report = await verify_chain(session, progress=progress)
    result = _chain_json(report)
    if runs_everything_itself(settings):
        result["not_proven"].append(EMBEDDED)
    if found is not None:
        result["not_proven"] += found.not_proven
        result["facts"] = found.as_json()
    intact = report.intact and (found is None or found.count == 0)
    return Verdict(intact, result, report.entries, report.entries)


def runs_everything_itself(settings: Settings) -> bool:
    """Whether the database lies in our own data folder."""
    return settings.is_embedded or str(settings.aegis_data_dir.absolute()) in unquote(settings.database_url or "")


def _chain_json(report: ChainReport) -> dict[str, Any]:
    return {
        "entries": report.entries,
        "head_seq": report.head_seq,
        "head_hash": report.head_hash,
        "first_at": report.first_at.isoformat() if report.first_at else None,
        "last_at": report.last_at.isoformat() if report.last_at else None,
        "faults": [asdict(fault) for fault in report.faults],
        "not_proven": list(report.not_proven),
    }


async def check_evidence(factory: SessionFactory, store: EvidenceStore, progress: Progress) -> Verdict:
    """Read every object back, and look for objects that no row knows."""
    async with factory() as session:
        total = await _count_files(session)
    found, done = Findings(), 0

    async def beat() -> None:
        await progress(done, total)

    async for result in verify_all(factory, store, beat=beat):
        done += 1
        found.checked["evidence"] += 1
        if not result.intact:
            found.checked[result.outcome] += 1
            found.add("evidence", result.outcome, "", Place(result.evidence_id))
        await beat()
    await find_orphans(factory, store, found)
    result_json = found.as_json()
    await _name_findings(factory, result_json)
    return Verdict(found.count == 0, result_json, done, max(done, total))


async def _count_files(session: Any) -> int:
    count = await session.scalar(
        select(func.count())
        .select_from(Evidence)
        .join(EvidenceObject, EvidenceObject.id == Evidence.object_id)
        .where(EvidenceObject.purged_at.is_(None))
    )
    return int(count or 0)


async def find_orphans(factory: SessionFactory, store: EvidenceStore, found: Findings) -> None:
    """Note every object in the store that no row knows."""
    before = now() - ORPHAN_AGE
    batch: list[ObjectFacts] = []

    async def look() -> None:
        sizes = {facts.key: facts.size for facts in batch}
        for key in await orphans_of(factory, batch, before):
            found.checked["orphaned"] += 1
            message = f"The store holds an object of {sizes[key]} bytes that belongs to no evidence."
            found.add("object", "orphaned", message, Place(key))

    async for facts in store.list_objects():
        found.checked["objects"] += 1
        batch.append(facts)
        if len(batch) == LISTED:
            await look()
            batch = []
    await look()


async def _name_findings(factory: SessionFactory, result: JsonObject) -> None:
    """Put names into the findings about evidence."""
    wrong = {item["subject_id"]: item for item in result["findings"][:MAX_FINDINGS] if item["kind"] == "evidence"}
    async with factory() as session:
        rows = await session.execute(
            select(Evidence.id, Evidence.filename, EvidenceObject.key, SecurityTest)
            .join(EvidenceObject, EvidenceObject.id == Evidence.object_id)
            .join(SecurityTest, SecurityTest.id == Evidence.test_id)
            .where(Evidence.id.in_(list(wrong)))
        )
        for id_, filename, key, test in rows:
            item = wrong[str(id_)]
            words = "is not what was uploaded" if item["code"] == "altered" else "is gone from the store"
            item["message"] = f"{filename} of {number_of(test)} {words} (object {key})."
            item["test_id"] = str(test.id)
