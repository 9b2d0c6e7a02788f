"""ATT&CK in the demo organisation, which has no network: its administrator brings each release as a file."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, Final

import orjson

from app.clock import frozen_at, now
from app.database import session_scope
from app.domain.content import ATTACK_SOURCE
from app.errors import UpstreamFailed
from app.importers.attack.bundled import bundle_from_lookup, bundled_file
from app.services.content import runs, sources, uploads
from app.services.content.registry import ensure_sources
from app.services.content.runner import execute, import_lock
from app.services.demo.earlier_release import release_of, taken_back
from app.services.demo.stage import Stage

PART: Final = "enterprise"
IMPORT_TAKES: Final = timedelta(seconds=38)
_CHUNK: Final = 1 << 20


async def begin_with_the_earlier(stage: Stage) -> None:
    """On the first day: only Enterprise is wanted, nothing is fetched, and the release of the time is brought."""
    async with session_scope(stage.factory) as session:
        await ensure_sources(session, stage.settings)
        wanted = {"domains": [PART], "auto": False}
        await sources.update_source(session, stage.cast["admin"], stage.settings, ATTACK_SOURCE, wanted)
    await _bring(stage, await asyncio.to_thread(_bundle, earlier=True))


async def upgrade(stage: Stage) -> None:
    """Bring the release that the bundled package has."""
    await _bring(stage, await asyncio.to_thread(_bundle, earlier=False))


def _bundle(*, earlier: bool) -> Mapping[str, Any]:
    bundle = bundle_from_lookup(bundled_file().path)
    return taken_back(bundle) if earlier else bundle


async def _bring(stage: Stage, bundle: Mapping[str, Any]) -> None:
    """Upload a bundle as everybody would, and wait for its import."""
    content = await asyncio.to_thread(orjson.dumps, bundle)
    path = await uploads.keep_upload(stage.settings, _chunks(content))
    wish = runs.Wish((), upload=str(path), upload_name=f"{PART}-attack-{release_of(bundle)}.json")
    async with session_scope(stage.factory) as session:
        asked = await runs.request_run(session, stage.cast["admin"], ATTACK_SOURCE, wish)
    async with import_lock(stage.factory):
        run = await runs.claim_next(stage.factory)
        assert run is not None, "it was asked for above"
        with frozen_at(now() + IMPORT_TAKES):
            await execute(stage.factory, stage.settings, run)
    async with stage.factory() as session:
        ended = await runs.get_run(session, asked.id)
    if ended.error is not None:
        raise UpstreamFailed(ended.error["code"], ended.error["message"])


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _CHUNK):
        yield content[start : start + _CHUNK]
