"""Data sources, their runs, and moving tests after an ATT&CK upgrade."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response, status

from app.config import Settings
from app.database import session_scope
from app.dependencies import AppSettings, DbSession, Factory, PageParams, ReadSession, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.routers.base import protected_router
from app.routers.imports import Imports
from app.schemas.base import Page
from app.schemas.content import (
    DataSourceOut,
    DataSourceUpdate,
    PartName,
    Release,
    RepointedTest,
    RepointRequest,
    RepointResult,
    SourcePart,
    SyncRequest,
    SyncRunDetail,
    SyncRunStarted,
    SyncRunSummary,
)
from app.services.content import repoint, runs, sources, uploads
from app.services.content.sources import SourceView
from app.uploads import UploadForm

router = protected_router("/data-sources", "data sources")

Reader = Annotated[Actor, Depends(require(Permission.KNOWLEDGE_READ))]
Keeper = Annotated[Actor, Depends(require(Permission.CONTENT_MANAGE))]
Curator = Annotated[Actor, Depends(require(Permission.TECHNIQUE_CURATE))]

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A STIX bundle, plain or gzipped, or a source's tarball or zip file, at most 200 MB.",
        "content": {
            "application/octet-stream": _BINARY,
            "application/json": {"schema": {"type": "object"}},
            "application/gzip": _BINARY,
            "application/zip": _BINARY,
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "additionalProperties": False,
                }
            },
        },
    }
}


def _part(view: SourceView, name: str) -> SourcePart:
    state = view.row.state.get(name, {})
    return SourcePart(
        name=name,
        wanted=name in view.row.domains,
        release=state.get("release"),
        summary=bool(state.get("summary")),
        way=state.get("way"),
        origin=state.get("origin"),
        loaded_at=state.get("loaded_at"),
    )


def _output(view: SourceView, settings: Settings) -> DataSourceOut:
    row, source = view.row, view.entry.source
    return DataSourceOut(
        name=row.name,
        title=source.title,
        url=source.url,
        licence=source.licence,
        ways=list(source.ways),
        enabled=row.enabled,
        interval_hours=row.interval_hours,
        auto=row.auto,
        base_url=row.base_url,
        default_base_url=getattr(settings, view.entry.base_setting),
        domains=list(row.domains),
        parts=[_part(view, name) for name in view.entry.parts],
        version=view.version,
        items=dict(view.items),
        last_success_at=row.last_success_at,
        next_run_at=view.next_run_at,
        last_run=None if view.last_run is None else SyncRunSummary.model_validate(view.last_run),
    )


@router.get("")
async def list_data_sources(
    actor: Reader, session: ReadSession, page: PageParams, settings: AppSettings
) -> Page[DataSourceOut]:
    """All sources that content can come from."""
    del actor
    views = await sources.list_sources(session)
    items = [_output(view, settings) for view in views[page.offset : page.offset + page.limit]]
    return Page(items=items, total=len(views), limit=page.limit, offset=page.offset)


@router.get("/runs/{run_id}")
async def get_sync_run(run_id: UUID, actor: Reader, session: ReadSession) -> SyncRunDetail:
    """One run with progress, report and problems."""
    del actor
    return SyncRunDetail.model_validate(await runs.get_run(session, run_id))


@router.get("/{name}")
async def get_data_source(name: str, actor: Reader, session: ReadSession, settings: AppSettings) -> DataSourceOut:
    """One source."""
    del actor
    return _output(await sources.get_source(session, name), settings)


@router.patch("/{name}")
async def update_data_source(
    name: str, body: DataSourceUpdate, actor: Keeper, session: DbSession, settings: AppSettings
) -> DataSourceOut:
    """Switch a source on or off, choose its parts, how often it runs and where it is fetched from."""
    changes = body.model_dump(exclude_unset=True)
    return _output(await sources.update_source(session, actor, settings, name, changes), settings)


@router.post("/{name}/sync", status_code=status.HTTP_202_ACCEPTED)
async def sync_data_source(
    name: str, actor: Keeper, session: DbSession, imports: Imports, response: Response, body: SyncRequest | None = None
) -> SyncRunStarted:
    """Fetch and import a source in the background, or with `dry_run` only say what that would change."""
    wish = body or SyncRequest()
    run = await sources.request_sync(
        session, actor, name, domains=wish.domains, way=wish.way, force=wish.force, preview=wish.dry_run
    )
    imports.kick_after_commit(session)
    response.headers["Location"] = f"/api/v1/data-sources/runs/{run.id}"
    return SyncRunStarted.model_validate(run)


@router.post("/{name}/upload", status_code=status.HTTP_202_ACCEPTED, openapi_extra=_UPLOAD_BODY)
async def upload_content(
    name: str,
    actor: Keeper,
    request: Request,
    response: Response,
    factory: Factory,
    settings: AppSettings,
    imports: Imports,
    release: Annotated[Release | None, Query(description="For a bundle that does not tell its release.")] = None,
    filename: Annotated[str, Query(max_length=200, description="Name of the file; it may tell the release.")] = "",
    force: Annotated[bool, Query(description="Accept an older release and any number of withdrawn items.")] = False,
    part: Annotated[PartName | None, Query(description="Which part the file is, where the source has several.")] = None,
    dry_run: Annotated[bool, Query(description="Only say what the file would change.")] = False,
) -> SyncRunStarted:
    """Import a file in the background. The body is streamed; nothing is kept of a refused one."""
    # The upload takes its time, so no database session is held meanwhile.
    async with factory() as session:
        view = await sources.get_source(session, name)
        sources.refuse_unknown_parts(view.entry, [part] if part else ())
    chunks, sent_name = await _file_of(request)
    path = await uploads.keep_upload(settings, chunks)
    wish = runs.Wish(
        (part,) if part else (),
        force=force,
        upload=str(path),
        upload_name=sent_name or filename or "upload",
        release=release,
        preview=dry_run,
    )
    try:
        async with session_scope(factory) as session:
            run = await runs.request_run(session, actor, name, wish)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    imports.kick()
    response.headers["Location"] = f"/api/v1/data-sources/runs/{run.id}"
    return SyncRunStarted.model_validate(run)


async def _file_of(request: Request) -> tuple[AsyncIterator[bytes], str]:
    content_type = request.headers.get("content-type", "")
    if not content_type.startswith("multipart/form-data"):
        return request.stream(), ""
    form = UploadForm(
        request.stream(),
        content_type,
        file_field="file",
        text_fields=frozenset(),
        max_file_bytes=uploads.MAX_UPLOAD_BYTES,
    )
    sent_name = await form.next_file()
    return form.file_chunks(), sent_name


@router.get("/{name}/runs")
async def list_sync_runs(name: str, actor: Reader, session: ReadSession, page: PageParams) -> Page[SyncRunSummary]:
    """Runs of a source, newest first."""
    del actor
    await sources.get_source(session, name)
    rows, total = await runs.list_runs(session, name, limit=page.limit, offset=page.offset)
    items = [SyncRunSummary.model_validate(row) for row in rows]
    return Page(items=items, total=total, limit=page.limit, offset=page.offset)


@router.post("/{name}/runs/{run_id}/cancel")
async def cancel_sync_run(name: str, run_id: UUID, actor: Keeper, session: DbSession) -> SyncRunSummary:
    """End a queued run, or ask a running one to stop at its next step: its import is rolled back."""
    return SyncRunSummary.model_validate(await runs.cancel_run(session, actor, name, run_id))


@router.post("/mitre_attack/repoint")
async def repoint_tests(body: RepointRequest, actor: Curator, session: DbSession) -> RepointResult:
    """Let tests on a revoked technique count for its successor. Under which id they were run stays."""
    moved = await repoint.repoint_tests(
        session, actor, from_attack_id=body.from_attack_id, to_attack_id=body.to_attack_id, test_ids=body.test_ids
    )
    tests = [RepointedTest.model_validate(test) for test in moved.tests]
    return RepointResult(
        from_attack_id=moved.old.attack_id, to_attack_id=moved.new.attack_id, moved=len(tests), tests=tests
    )
