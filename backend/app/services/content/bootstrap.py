"""ATT&CK on a fresh installation: the bundled summary at once, the full content in the background."""

import structlog
from sqlalchemy import select

from app.config import Settings
from app.database import SessionFactory, session_scope
from app.domain.actor import SYSTEM
from app.domain.content import ATTACK_SOURCE
from app.errors import Conflict
from app.models.content import DataSource
from app.models.knowledge import Technique
from app.services.content import runs
from app.services.content.registry import ensure_sources
from app.services.content.runner import ImportRunner, execute, import_lock
from app.services.first_environment import ensure_default_environment

log = structlog.get_logger(__name__)


async def ensure_attack(factory: SessionFactory, settings: Settings) -> bool:
    """Load the bundled ATT&CK summary into a database without techniques. Answers whether it did.

    Also gives every source its row, and the organisation its default environment. Can be called at every start.
    """
    async with session_scope(factory) as session:
        await ensure_sources(session, settings)
        await ensure_default_environment(session)
        empty = await session.scalar(select(Technique.id).limit(1)) is None
    if not empty or settings.attack_source not in {"auto", "bundled"}:
        return False
    async with import_lock(factory) as held:
        if not held:
            return False
        await runs.interrupt_running(factory)
        async with session_scope(factory) as session:
            await runs.request_run(session, SYSTEM, ATTACK_SOURCE, runs.Wish(("enterprise",), way="bundled"))
        run = await runs.claim_next(factory)
        if run is not None:
            await execute(factory, settings, run)
    return True


async def start_first_sync(factory: SessionFactory, settings: Settings, runner: ImportRunner) -> bool:
    """Ask for the first full sync while only a summary is stored. Answers whether one was asked for."""
    if settings.attack_source == "bundled":
        return False
    async with session_scope(factory) as session:
        source = await session.get(DataSource, ATTACK_SOURCE)
        if source is None or not source.enabled:
            return False
        full = [domain for domain, state in source.state.items() if not state.get("summary")]
        missing = [domain for domain in source.domains if domain not in full]
        if not missing:
            return False
        try:
            await runs.request_run(session, SYSTEM, ATTACK_SOURCE, runs.Wish(tuple(source.domains)))
        except Conflict:
            return False
    runner.kick()
    return True
