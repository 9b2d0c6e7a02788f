"""All evidence in one list, and the check of the whole store."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Response, status

from app.dependencies import Factory, Integrity, PageParams, ReadSession, Store, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.models.integrity import IntegrityRun
from app.reports.csv_text import csv_document
from app.routers.answers import CSV_ANSWER, CSV_ROWS, csv_response
from app.routers.base import protected_router
from app.routers.check_runs import check_run
from app.schemas.audit import CheckRun
from app.schemas.base import Page
from app.schemas.evidence import EvidenceStatus, EvidenceVerdict, InventoryEntry, InventorySummary, TeamName
from app.services import evidence as service
from app.services import integrity

router = protected_router("/evidence", "evidence")

Auditor = Annotated[Actor, Depends(require(Permission.AUDIT_READ))]
SortName = Literal["created_at", "-created_at", "size", "-size", "filename", "-filename", "checked_at", "-checked_at"]
_COLUMNS = tuple(InventoryEntry.model_fields)


@router.get("", responses=CSV_ANSWER)
async def list_all_evidence(
    actor: Auditor,
    session: ReadSession,
    page: PageParams,
    status: Annotated[list[EvidenceStatus], Query(max_length=5)] = [],  # noqa: B006  FastAPI copies defaults
    side: Annotated[list[TeamName], Query(max_length=3)] = [],  # noqa: B006  FastAPI copies defaults
    q: Annotated[str | None, Query(max_length=200, description="Part of a name, start of a hash or key, AT-n.")] = None,
    withdrawn: bool | None = None,
    dangerous: bool | None = None,
    sort: SortName = "-created_at",
    format: Annotated[Literal["json", "csv"], Query(description="`csv` gives the first 50,000 as a table.")] = "json",  # noqa: A002  the contract's name
) -> Page[InventoryEntry]:
    """Evidence of all tests, with what the last check of each file found."""
    filters = service.InventoryFilter(
        statuses=tuple(status), sides=tuple(side), q=q, withdrawn=withdrawn, dangerous=dangerous
    )
    limit, offset = (CSV_ROWS, 0) if format == "csv" else (page.limit, page.offset)
    rows, total = await service.list_inventory(session, actor, filters, sort=sort, limit=limit, offset=offset)
    if format == "csv":
        document = csv_document(list(_COLUMNS), ([getattr(row, name) for name in _COLUMNS] for row in rows))
        return csv_response(document, "evidence.csv")  # type: ignore[return-value]  # FastAPI passes responses through
    return Page(
        items=[InventoryEntry.model_validate(row) for row in rows], total=total, limit=page.limit, offset=page.offset
    )


@router.get("/summary")
async def get_evidence_summary(actor: Auditor, session: ReadSession, store: Store) -> InventorySummary:
    """How many files and bytes there are, how they stood at their last check, and how much room is left."""
    totals = await service.inventory_totals(session, actor)
    runs, _ = await integrity.list_runs(session, "evidence", limit=1, offset=0)
    return InventorySummary(
        files=totals.files,
        objects=totals.objects,
        size=totals.size,
        withdrawn=totals.withdrawn,
        by_status=totals.by_status,
        oldest_check_at=totals.oldest_check_at,
        last_check=_masked_run(actor, runs[0]) if runs else None,
        free_bytes=service.free_bytes(store),
    )


@router.post("/verify", status_code=status.HTTP_202_ACCEPTED)
async def verify_all_evidence(
    actor: Auditor, factory: Factory, runner: Integrity, response: Response
) -> EvidenceVerdict:
    """Read every stored file back, compare hashes, and look for objects that belong to no evidence.

    One such check runs at a time; who asks meanwhile, or within a minute of his own, is told of that one.
    """
    run_id = await runner.start("evidence", actor)
    response.headers["Location"] = f"/api/v1/evidence/verifications/{run_id}"
    async with factory() as session:
        return await _verdict(session, actor, run_id)


@router.get("/verifications")
async def list_evidence_verifications(actor: Auditor, session: ReadSession, page: PageParams) -> Page[CheckRun]:
    """Checks of the whole store, newest first."""
    rows, total = await integrity.list_runs(session, "evidence", limit=page.limit, offset=page.offset)
    return Page(items=[_masked_run(actor, row) for row in rows], total=total, limit=page.limit, offset=page.offset)


@router.get("/verifications/{run_id}")
async def get_evidence_verification(run_id: UUID, actor: Auditor, session: ReadSession) -> EvidenceVerdict:
    """One check of the whole store with what it found."""
    return await _verdict(session, actor, run_id)


async def _verdict(session: Any, actor: Actor, run_id: UUID) -> EvidenceVerdict:
    run = await integrity.get_run(session, run_id, "evidence")
    result = await integrity.visible_result(session, actor, run)
    empty: dict[str, Any] = {"checked": {}, "finding_count": 0, "findings": []}
    return EvidenceVerdict.model_validate(empty | result | dict(_masked_run(actor, run)))


def _masked_run(actor: Actor, run: IntegrityRun) -> CheckRun:
    """The run; how many files there are is not for those to whom some tests are sealed."""
    shown = check_run(run)
    return shown if integrity.counts_are_open(actor) else shown.model_copy(update={"done": 0, "total": 0})
