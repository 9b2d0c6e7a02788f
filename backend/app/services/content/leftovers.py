"""What imports that died left on disk: uploads that no run waits for, unpacked packs, half-read archives."""

import asyncio
import shutil
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import select

from app.clock import now
from app.config import Settings
from app.database import SessionFactory
from app.domain.content import OPEN_RUN_STATUSES
from app.models.content import SyncRun
from app.services.content.runner import WORK_FOLDER
from app.services.content.uploads import UPLOAD_FOLDER

LEFT_AFTER: Final = timedelta(hours=24)
"""Whatever is younger may belong to a request or an export that is under way."""

log = structlog.get_logger(__name__)


async def sweep_leftovers(factory: SessionFactory, settings: Settings) -> int:
    """Delete what is older than a day and what no queued or running import refers to. Answers how much it was."""
    async with factory() as session:
        wanted = await session.scalars(
            select(SyncRun.request["upload"].astext).where(
                SyncRun.status.in_(OPEN_RUN_STATUSES), SyncRun.request["upload"].astext.is_not(None)
            )
        )
        kept = {Path(name) for name in wanted if name}
    folders = [settings.aegis_data_dir / name for name in (UPLOAD_FOLDER, WORK_FOLDER)]
    deleted = await asyncio.to_thread(_sweep, folders, kept, now() - LEFT_AFTER)
    if deleted:
        log.info("content.leftovers_deleted", number=deleted)
    return deleted


def _sweep(folders: Collection[Path], kept: Collection[Path], before: datetime) -> int:
    deleted = 0
    for entry in [entry for folder in folders if folder.is_dir() for entry in folder.iterdir()]:
        # The parts of a pack lie below one folder, a run a part.
        if any(path == entry or entry in path.parents for path in kept) or _touched(entry) > before:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
        deleted += not entry.exists()
    return deleted


def _touched(entry: Path) -> datetime:
    try:
        return datetime.fromtimestamp(entry.lstat().st_mtime, UTC)
    except FileNotFoundError:
        # Its import has just ended, and took it away.
        return datetime.max.replace(tzinfo=UTC)
