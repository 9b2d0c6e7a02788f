"""Evidence of tests: upload, list, download, preview, verify, withdraw."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect

from app.dependencies import (
    AppSettings,
    DbSession,
    Factory,
    IdempotencyHeader,
    PageParams,
    ReadSession,
    Store,
    require,
)
from app.domain.actor import Actor
from app.domain.evidence import EvidenceSide
from app.domain.permissions import Permission
from app.errors import AppError, Invalid
from app.routers.base import protected_router, public_router
from app.schemas.base import Page, Problem
from app.schemas.evidence import (
    CustodyEntry,
    DownloadLink,
    EvidenceDetail,
    EvidenceFields,
    EvidenceSummary,
    EvidenceWithdrawal,
    TeamName,
    VerificationOutput,
)
from app.schemas.security_test_views import PersonRef
from app.services import evidence as service
from app.services.evidence.delivery import LINK_SECONDS
from app.storage import content_disposition
from app.uploads import UploadForm

router = protected_router("/tests/{test_id}/evidence", "evidence")
files_router = public_router("/evidence-files", "evidence")

Reader = Annotated[Actor, Depends(require(Permission.TEST_READ))]
Uploader = Annotated[Actor, Depends(require(Permission.EVIDENCE_UPLOAD))]
Team = Annotated[TeamName, Query(description="What the file proves something for.")]

READ_ON_BYTES = 64 << 20
READ_ON_SECONDS = 10.0

_FIELDS_SCHEMA = EvidenceFields.model_json_schema()
_UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One file and, in any order, text fields beside it. At most MAX_EVIDENCE_MB.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "1 byte up to MAX_EVIDENCE_MB."},
                        **_FIELDS_SCHEMA["properties"],
                    },
                    "additionalProperties": False,
                }
            }
        },
    }
}
_STORE_FAULT: dict[int | str, dict[str, Any]] = {
    502: {"model": Problem, "description": "The evidence store refused the request."}
}
_SANDBOX = {"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff"}
_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=_UPLOAD_BODY,
    responses=_STORE_FAULT
    | {
        408: {"model": Problem, "description": "The sender stopped sending."},
        507: {"model": Problem, "description": "The disk is nearly full."},
    },
)
async def upload_evidence(
    test_id: UUID,
    team: Team,
    actor: Uploader,
    request: Request,
    response: Response,
    factory: Factory,
    store: Store,
    settings: AppSettings,
    key: IdempotencyHeader = None,
) -> EvidenceSummary:
    """Add a file. It is streamed into the store and hashed on the way; a refused or broken upload leaves nothing."""
    body = _body_of(request)
    form = UploadForm(
        body,
        request.headers.get("content-type", ""),
        file_field="file",
        text_fields=frozenset(EvidenceFields.model_fields),
        max_file_bytes=service.max_file_bytes(settings),
    )
    try:
        view = await service.receive_evidence(
            factory,
            store,
            settings,
            actor=actor,
            test_id=test_id,
            side=EvidenceSide(team),
            form=form,
            declared_bytes=_declared_bytes(request),
            address=_address(request),
            key=key,
        )
    except AppError:
        await _read_on(body)
        raise
    response.headers["Location"] = f"/api/v1/tests/{test_id}/evidence/{view.evidence.id}"
    return _summary(view)


@router.get("")
async def list_evidence(
    test_id: UUID,
    actor: Reader,
    session: ReadSession,
    page: PageParams,
    team: Annotated[TeamName | None, Query(description="Only this side's.")] = None,
    round_no: Annotated[
        int | None, Query(alias="round", ge=1, le=2_147_483_647, description="Only this round's.")
    ] = None,
) -> Page[EvidenceSummary]:
    """A test's evidence over all rounds, oldest first; withdrawn files are listed and marked."""
    views, total = await service.list_evidence(
        session,
        actor=actor,
        test_id=test_id,
        side=None if team is None else EvidenceSide(team),
        round_no=round_no,
        limit=page.limit,
        offset=page.offset,
    )
    return Page(items=[_summary(view) for view in views], total=total, limit=page.limit, offset=page.offset)


@router.get("/{evidence_id}")
async def get_evidence(test_id: UUID, evidence_id: UUID, actor: Reader, session: ReadSession) -> EvidenceDetail:
    """One file with its chain of custody."""
    view = await service.get_evidence(session, actor=actor, test_id=test_id, evidence_id=evidence_id)
    events = await service.custody_of(session, evidence_id)
    custody = [CustodyEntry.model_validate({"at": e.at, "kind": e.kind, "actor": e.actor_label}) for e in events]
    return EvidenceDetail(**dict(_summary(view)), custody=custody)


@router.get("/{evidence_id}/download", responses=_STORE_FAULT)
async def get_evidence_download(
    test_id: UUID,
    evidence_id: UUID,
    actor: Reader,
    request: Request,
    factory: Factory,
    store: Store,
    settings: AppSettings,
) -> DownloadLink:
    """A link by which the asker can begin to download the file within a minute; he may resume and ask for ranges."""
    view = await service.look_at(factory, actor=actor, test_id=test_id, evidence_id=evidence_id)
    url = await service.issue_link(factory, store, settings, actor=actor, view=view, address=_address(request))
    return DownloadLink(url=url, expires_in=LINK_SECONDS)


@router.get(
    "/{evidence_id}/preview",
    response_class=Response,
    responses=_STORE_FAULT
    | {
        200: {
            "description": "A picture drawn anew by the server, or the first 64 KiB of text.",
            "content": {"image/png": _BINARY, "text/plain": {"schema": {"type": "string"}}},
        }
    },
)
async def get_evidence_preview(
    test_id: UUID,
    evidence_id: UUID,
    actor: Reader,
    request: Request,
    factory: Factory,
    store: Store,
) -> Response:
    """A harmless view of pictures and text; any other type answers 422 `no_preview`."""
    view = await service.look_at(factory, actor=actor, test_id=test_id, evidence_id=evidence_id)
    preview = await service.preview_evidence(factory, store, actor=actor, view=view, address=_address(request))
    return Response(preview.content, media_type=preview.content_type, headers=_SANDBOX | _PRIVATE)


@router.post("/{evidence_id}/verify", responses=_STORE_FAULT)
async def verify_evidence(
    test_id: UUID, evidence_id: UUID, actor: Reader, request: Request, factory: Factory, store: Store
) -> VerificationOutput:
    """Hash the stored file anew and compare. One at a time a person; an answer is repeated for a minute."""
    result = await service.verify_evidence(
        factory, store, actor=actor, test_id=test_id, evidence_id=evidence_id, address=_address(request)
    )
    return VerificationOutput.model_validate(result)


@router.post("/{evidence_id}/withdraw")
async def withdraw_evidence(
    test_id: UUID,
    evidence_id: UUID,
    body: EvidenceWithdrawal,
    actor: Reader,
    request: Request,
    session: DbSession,
    settings: AppSettings,
) -> EvidenceSummary:
    """Take a file back before the first vote. It stays listed with the reason and its hash."""
    view = await service.withdraw_evidence(
        session,
        actor=actor,
        test_id=test_id,
        evidence_id=evidence_id,
        reason=body.reason,
        four_eyes=settings.four_eyes == "strict",
        address=_address(request),
    )
    return _summary(view)


@files_router.get(
    "",
    response_class=StreamingResponse,
    responses=_STORE_FAULT
    | {
        200: {"description": "The file.", "content": {"application/octet-stream": _BINARY}},
        206: {"description": "The wanted part of it.", "content": {"application/octet-stream": _BINARY}},
        416: {"model": Problem, "description": "The wanted part lies beyond the file's end."},
    },
)
async def fetch_evidence_file(
    link: Annotated[str, Query(min_length=1, max_length=4096, description="As given by the download route.")],
    request: Request,
    factory: Factory,
    store: Store,
    settings: AppSettings,
) -> StreamingResponse:
    """The file behind a link. The link is the permission: it names one file and one person and lives a minute."""
    file = await service.open_link(
        factory,
        store,
        settings,
        token=link,
        range_header=request.headers.get("range"),
        if_range=request.headers.get("if-range"),
        address=_address(request),
    )
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": content_disposition(file.filename),
        "Content-Length": str(file.length),
        "ETag": f'"{file.sha256}"',
        **_SANDBOX,
        **_PRIVATE,
    }
    if file.is_part:
        headers["Content-Range"] = f"bytes {file.start}-{file.start + file.length - 1}/{file.total}"
    code = status.HTTP_206_PARTIAL_CONTENT if file.is_part else status.HTTP_200_OK
    # Set as a header, because a charset that Starlette adds to text would be a guess.
    headers["Content-Type"] = file.content_type
    return StreamingResponse(file.chunks, status_code=code, headers=headers)


async def _body_of(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise Invalid("upload_truncated", "The sender left before the upload was complete.") from None


async def _read_on(body: AsyncIterator[bytes]) -> None:
    """Take in some of what a known sender is still sending.

    An answer is lost when the connection ends while more is on its way: the sender would see a broken connection and
    not why.
    """
    rest = 0
    with suppress(TimeoutError, AppError):
        async with asyncio.timeout(READ_ON_SECONDS):
            async for chunk in body:
                rest += len(chunk)
                if rest > READ_ON_BYTES:
                    break


def _declared_bytes(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _address(request: Request) -> str | None:
    return request.client.host if request.client else None


def _summary(view: service.EvidenceView) -> EvidenceSummary:
    evidence, stored = view.evidence, view.stored
    return EvidenceSummary.model_validate(
        {
            "id": evidence.id,
            "test_id": evidence.test_id,
            "team": evidence.side,
            "round": view.round_no,
            "filename": evidence.filename,
            "content_type": stored.content_type,
            "size": stored.size,
            "sha256": stored.sha256,
            "dangerous": stored.dangerous,
            "late": evidence.late,
            "caption": evidence.caption,
            "notes": evidence.notes,
            "sensitivity": evidence.sensitivity,
            "collected_at": evidence.collected_at,
            "collected_from": evidence.collected_from,
            "carried": evidence.carried_from_id is not None,
            "uploaded_by": PersonRef.model_validate(view.uploaded_by),
            "uploaded_at": evidence.created_at,
            "withdrawn_at": evidence.withdrawn_at,
            "withdrawn_by": None if view.withdrawn_by is None else PersonRef.model_validate(view.withdrawn_by),
            "withdraw_reason": evidence.withdraw_reason,
        }
    )
