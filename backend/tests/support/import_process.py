"""An import in a process of its own, which says where it is, so that a test can kill it there.

python -m tests.support.import_process DATABASE_URL DATA_FOLDER CONTENT_FOLDER [SOURCE]
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from app.config import Settings
from app.database import make_engine, make_session_factory, session_scope
from app.domain.actor import SYSTEM
from app.domain.content import ATTACK_SOURCE
from app.services import audit
from app.services.content import runner, runs
from app.services.content.registry import SOURCES


class TellingRecorder(runs.Recorder):
    """Prints every phase as it begins."""

    async def progress(self, phase: str, done: int, total: int | None) -> None:
        sys.stdout.write(f"{phase}\n")
        sys.stdout.flush()
        await super().progress(phase, done, total)


async def main(url: str, folder: Path, content: Path, source: str = ATTACK_SOURCE) -> None:
    settings = Settings(
        _env_file=None,
        database_url=url,
        aegis_data_dir=folder,
        secret_key="a-secret-key-for-tests-only-0123456789abcdef",
        attack_source="offline",
        content_dir=content,
    )
    audit.configure_keys(settings)
    patched: Any = runner
    patched.Recorder = TellingRecorder
    factory = make_session_factory(make_engine(url))
    async with session_scope(factory) as session:
        parts = ("ics",) if source == ATTACK_SOURCE else SOURCES[source].parts
        await runs.request_run(session, SYSTEM, source, runs.Wish(parts, way="offline", force=True))
    imports = runner.ImportRunner(factory, settings)
    imports.kick()
    await imports.wait_idle()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:]))
