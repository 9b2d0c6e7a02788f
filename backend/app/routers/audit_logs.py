"""Reading and checking the audit trail."""

import json
from typing import Annotated, Literal

from fastapi import Depends, Query

from app.dependencies import Factory, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.models.audit import AuditLog
from app.reports.csv_text import csv_document
from app.routers.answers import CSV_ANSWER, CSV_ROWS, csv_response
from app.routers.base import protected_router
from app.schemas.audit import AuditEntry, ChainVerdict
from app.schemas.base import Page, UtcTime
from app.services import audit

router = protected_router("/audit-logs", "audit")

Auditor = Annotated[Actor, Depends(require(Permission.AUDIT_READ))]
Words = Annotated[list[Annotated[str, Query(max_length=100)]], Query(max_length=20)]
Word = Annotated[str | None, Query(max_length=200)]
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


@router.post("/verify")
async def verify_audit_logs(actor: Auditor, factory: Factory) -> ChainVerdict:
    """Read the whole trail and compare numbers, links, hashes and head. One at a time a person, kept for a minute."""
    return ChainVerdict.model_validate(await audit.verify_once(factory, actor))
