"""Files that somebody hands in, streamed to disk before a run reads them."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from app.config import Settings
from app.errors import Invalid, TooLarge

MAX_UPLOAD_BYTES: Final = 200 * 1024 * 1024
UPLOAD_FOLDER: Final = "uploads"


async def keep_upload(settings: Settings, chunks: AsyncIterator[bytes], *, max_bytes: int = MAX_UPLOAD_BYTES) -> Path:
    """Write a body to a file of its own. A refused or broken upload leaves nothing.

    Raises TooLarge, and Invalid `file_empty`.
    """
    folder = settings.aegis_data_dir / UPLOAD_FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / secrets.token_hex(16)
    try:
        size = await _write(path, chunks, max_bytes)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if not size:
        path.unlink()
        raise Invalid("file_empty", "The file is empty.")
    return path


async def _write(path: Path, chunks: AsyncIterator[bytes], max_bytes: int) -> int:
    size = 0
    with path.open("xb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > max_bytes:
                raise TooLarge("file_too_large", f"A file may have at most {max_bytes} bytes.")
            await asyncio.to_thread(file.write, chunk)
    return size
