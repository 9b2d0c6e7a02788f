"""Reading and checking the audit trail."""

import json
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Response, status
from sqlalchemy.ext.asyncio import AsyncSession

from app.dependencies import Factory, Integrity, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.models.audit import AuditLog
from app.reports.csv_text import csv_document
from app.routers.answers import CSV_ANSWER, CSV_ROWS, csv_response
from app.routers.base import protected_router
from app.routers.check_runs import check_run
from app.schemas.audit import AuditEntry, ChainVerdict, CheckRun
from app.schemas.base import Page, UtcTime
from app.services import audit, integrity

router = protected_router("/audit-logs", "audit")

Auditor = Annotated[Actor, Depends(require(Permission.AUDIT_READ))]
Words = Annotated[list[Annotated[str, Query(max_length=100)]], Query(max_length=20)]
Word = Annotated[str | None, Query(max_length=200)]
PATIENCE_SECONDS = 10.0
"""How long a check is waited for before the answer is that it goes on."""
_COLUMNS = ("seq", "at", "actor_label", "action", "subject_kind", "subject_id", "subject_label", "via", "address")


def _entry(row: AuditLog) -> AuditEntry:
    body = json.loads(row.body)
    return AuditEntry(
        seq=row.seq,
        at=row.at,
        actor_id=row.actor_id,
        actor_label=row.actor_label,
        action=row.action,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        subject_label=row.subject_label,
        before=body.get("before"),
        after=body.get("after"),
        details=body.get("details"),
        request_id=row.request_id,
        address=row.address,
        via=row.via,
        hash=row.hash,
    )


@router.get("", responses=CSV_ANSWER)
async def list_audit_logs(
    viewer: Auditor,
    session: ReadSession,
    page: PageParams,
    actor: Words = [],  # noqa: B006  FastAPI copies defaults
    action: Words = [],  # noqa: B006  FastAPI copies defaults
    subject_kind: Word = None,
    subject_id: Word = None,
    since: Annotated[UtcTime | None, Query(alias="from")] = None,
    until: Annotated[UtcTime | None, Query(alias="to")] = None,
    q: Word = None,
    format: Annotated[Literal["json", "csv"], Query(description="`csv` gives the newest 50,000 as a table.")] = "json",  # noqa: A002  the contract's name
) -> Page[AuditEntry]:
    """Entries, newest first. `action` is a whole action or a noun with a trailing dot."""
    filters = audit.AuditFilter(
        actors=tuple(actor),
        actions=tuple(action),
        subject_kind=subject_kind,
        subject_id=subject_id,
        since=since,
        until=until,
        q=q,
    )
    if format == "csv":
        rows, _ = await audit.list_entries(session, viewer, filters, limit=CSV_ROWS, offset=0)
        document = csv_document(
            [*_COLUMNS, "entry"], ([*(getattr(row, c) for c in _COLUMNS), row.body] for row in rows)
        )
        return csv_response(document, "audit.csv")  # type: ignore[return-value]  # FastAPI passes responses through
    rows, total = await audit.list_entries(session, viewer, filters, limit=page.limit, offset=page.offset)
    return Page(items=[_entry(row) for row in rows], total=total, limit=page.limit, offset=page.offset)


@router.post(
    "/verify", responses={202: {"model": ChainVerdict, "description": "It takes longer; ask for the run by its id."}}
)
async def verify_audit_logs(
    actor: Auditor,
    factory: Factory,
    runner: Integrity,
    response: Response,
    facts: Annotated[
        bool, Query(description="Also compare every decided round, vote, piece of evidence and custody event.")
    ] = False,
) -> ChainVerdict:
    """Read the whole trail and compare numbers, links, hashes and head.

    One check of a kind runs at a time, and its result is kept for a minute. What ends within ten seconds answers 200.
    """
    run_id = await runner.start("facts" if facts else "trail", actor)
    await runner.wait(run_id, PATIENCE_SECONDS)
    async with factory() as session:
        verdict = await _verdict(session, actor, run_id)
    if verdict.status == "running":
        response.status_code = status.HTTP_202_ACCEPTED
        response.headers["Location"] = f"/api/v1/audit-logs/verifications/{run_id}"
    return verdict


@router.get("/verifications")
async def list_audit_verifications(actor: Auditor, session: ReadSession, page: PageParams) -> Page[CheckRun]:
    """Checks of the trail, newest first."""
    del actor
    rows, total = await integrity.list_runs(session, "trail", "facts", limit=page.limit, offset=page.offset)
    return Page(items=[check_run(row) for row in rows], total=total, limit=page.limit, offset=page.offset)


@router.get("/verifications/{run_id}")
async def get_audit_verification(run_id: UUID, actor: Auditor, session: ReadSession) -> ChainVerdict:
    """One check of the trail with what it found."""
    return await _verdict(session, actor, run_id)


async def _verdict(session: AsyncSession, actor: Actor, run_id: UUID) -> ChainVerdict:
    run = await integrity.get_run(session, run_id, "trail", "facts")
    result = await integrity.visible_result(session, actor, run)
    empty = {"entries": None, "head_seq": None, "head_hash": None, "first_at": None, "last_at": None}
    return ChainVerdict.model_validate(
        {"faults": [], "facts": None, "not_proven": []} | empty | result | dict(check_run(run))
    )
