"""Content packs, handed in over HTTP."""

import asyncio
import shutil
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response, status

from app.config import Settings
from app.database import SessionFactory, session_scope
from app.dependencies import AppSettings, Factory, require
from app.domain.actor import Actor
from app.domain.permissions import Permission
from app.importers.packs import Pack
from app.models.content import SyncRun
from app.routers.base import protected_router
from app.routers.imports import Imports
from app.schemas.packs import PackOut, PackPart, PackRun
from app.services.content import packs, uploads
from app.uploads import UploadForm

router = protected_router("/data-sources/packs", "data sources")

Keeper = Annotated[Actor, Depends(require(Permission.CONTENT_MANAGE))]
CONFIRM = "confirm"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A pack that `aegis content export` wrote, at most 1 GiB.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        CONFIRM: {
                            "type": "string",
                            "description": "The pack's name, typed to accept a pack that no trusted key signed.",
                        },
                    },
                    "additionalProperties": False,
                }
            }
        },
    }
}


@router.post(
    "",
    status_code=status.HTTP_202_ACCEPTED,
    responses={200: {"model": PackOut, "description": "What the pack is; nothing was asked for."}},
    openapi_extra=_BODY,
)
async def upload_content_pack(
    actor: Keeper,
    request: Request,
    response: Response,
    factory: Factory,
    settings: AppSettings,
    imports: Imports,
    check: Annotated[bool, Query(description="Only say what the pack is and holds; answers 200.")] = False,
    dry_run: Annotated[bool, Query(description="Runs only say what they would change.")] = False,
    force: Annotated[bool, Query(description="Accept older releases and any number of withdrawn items.")] = False,
) -> PackOut:
    """Import a content pack in the background, a run for each of its sources.

    A pack that no trusted key signed is 409 `pack_untrusted` until its name is typed into `confirm`.
    """
    form = UploadForm(
        request.stream(),
        request.headers.get("content-type", ""),
        file_field="file",
        text_fields=frozenset({CONFIRM}),
        max_file_bytes=packs.MAX_UPLOAD_BYTES,
    )
    await form.next_file()
    path = await uploads.keep_upload(settings, form.file_chunks(), max_bytes=packs.MAX_UPLOAD_BYTES)
    try:
        pack = await packs.open_pack(settings, path)
        started: list[SyncRun] = []
        if check:
            response.status_code = status.HTTP_200_OK
        else:
            packs.refuse_untrusted(pack, accepted=dry_run or form.fields.get(CONFIRM, "").strip() == pack.name)
            started = await _start(settings, factory, actor, path, pack, preview=dry_run, force=force)
            imports.kick()
    finally:
        path.unlink(missing_ok=True)
    return await _output(factory, pack, started)


async def _start(
    settings: Settings, factory: SessionFactory, actor: Actor, path: Path, pack: Pack, *, preview: bool, force: bool
) -> list[SyncRun]:
    folder = await asyncio.to_thread(packs.unpack_uploads, settings, path, pack)
    try:
        async with session_scope(factory) as session:
            return await packs.request_runs(session, actor, pack, folder, preview=preview, force=force)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


async def _output(factory: SessionFactory, pack: Pack, started: list[SyncRun]) -> PackOut:
    async with factory() as session:
        parts = await packs.compare_pack(session, pack)
    return PackOut(
        name=pack.name,
        made_at=pack.made_at,
        trust=pack.trust,
        key=pack.key,
        files=[
            PackPart(
                source=part.file.source,
                part=part.file.part,
                file=part.file.file,
                size=part.file.size,
                sha256=part.file.sha256,
                release=part.file.release,
                origin=part.file.origin,
                held_release=part.held_release,
                same=part.same,
            )
            for part in parts
        ],
        runs=[PackRun.model_validate(run) for run in started],
    )
