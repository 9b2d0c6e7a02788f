"""The application. Nothing runs at import: `create_app` builds it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI

from app.config import Settings, get_settings
from app.contract import install_contract
from app.database import SessionFactory, attach_settings, make_engine, make_session_factory
from app.dependencies import actor_of
from app.error_handlers import install_error_handlers
from app.errors import AppError
from app.jobs.base import JobContext
from app.jobs.scheduler import JobScheduler
from app.middleware import install_middleware
from app.routers import ROUTERS
from app.routers.api_docs import serve_api_docs
from app.routers.spa import serve_spa
from app.services.audit import AuditStreamer, configure_keys
from app.services.content.bootstrap import start_first_sync
from app.services.content.runner import ImportRunner, mark_interrupted
from app.services.events import EventHub
from app.services.integrity import IntegrityRunner
from app.services.rules.conversion import Converter
from app.services.shared_answers import SharedAnswers
from app.storage import EvidenceStore, make_store
from app.syslog import SyslogServer

log = structlog.get_logger(__name__)

TITLE = "Aegis"
VERSION = "0.1.0"


def create_app(
    settings: Settings | None = None,
    *,
    session_factory: SessionFactory | None = None,
    store: EvidenceStore | None = None,
) -> FastAPI:
    """The application for these settings.

    session_factory, store: given by tests; otherwise made from the settings and closed at the end.
    """
    settings = settings or get_settings()
    configure_keys(settings)
    docs = not settings.is_production
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description="Coverage of MITRE ATT&CK, validated by red and blue.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.session_factory = None if session_factory is None else attach_settings(session_factory, settings)
    app.state.engine = None
    app.state.reading_bind = None
    app.state.store = store or make_store(settings)
    app.state.converter = Converter()
    app.state.shared = SharedAnswers(settings.shared_answer_seconds)
    install_error_handlers(app)
    for router in ROUTERS:
        # Not included, which would make every route again for each application: 0.7 s, spent at the first requests.
        app.router.routes.extend(router.routes)
    install_middleware(app, settings, check_upload=actor_of)
    if docs:
        serve_api_docs(app)
    serve_spa(app)
    install_contract(app)
    if session_factory is None:
        assert settings.database_url is not None, "the launcher gives the URL of its own database"
        engine = make_engine(settings.database_url, pool_size=settings.database_pool_size)
        app.state.engine = engine
        app.state.reading_bind = engine.execution_options(postgresql_readonly=True)
        app.state.session_factory = make_session_factory(engine, settings)
    app.state.integrity = IntegrityRunner(app.state.session_factory, settings, app.state.store)
    # Only a served application hears announcements; one that is given its sessions has no connection of its own.
    app.state.events = EventHub(app.state.session_factory, settings.database_url if session_factory is None else None)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    await _prepare_store(app)
    await _start_imports(app)
    _start_jobs(app)
    app.state.events.start()
    streamer = _stream_audit(app)
    try:
        yield
    finally:
        await streamer.stop()
        await app.state.events.stop()
        await app.state.jobs.stop()
        await app.state.integrity.stop()
        await app.state.imports.stop()
        await app.state.converter.close()
        await app.state.store.close()
        if app.state.engine is not None:
            await app.state.engine.dispose()


async def _prepare_store(app: FastAPI) -> None:
    """Make the store ready; without it everything but evidence works, and `/ready` says what is missing."""
    try:
        await app.state.store.prepare()
    except AppError as error:
        log.error("store.unreachable", code=error.code, detail=error.message)  # noqa: TRY400  the cause is named


def _stream_audit(app: FastAPI) -> AuditStreamer:
    """Begin to send the trail to the operator's syslog server, if there is one."""
    settings: Settings = app.state.settings
    url = settings.audit_syslog_url
    server = SyslogServer(url, settings.audit_syslog_ca_file) if url is not None else None
    streamer = AuditStreamer(app.state.session_factory, server)
    streamer.start()
    return streamer


def _start_jobs(app: FastAPI) -> None:
    state = app.state
    state.jobs = JobScheduler(JobContext(state.session_factory, state.settings, state.store, state.imports))
    if state.settings.scheduler_enabled and state.engine is not None:
        state.jobs.start()


async def _start_imports(app: FastAPI) -> None:
    """Make the import runner; in a served application also tidy up after a crash and ask for the first sync."""
    factory, settings = app.state.session_factory, app.state.settings
    app.state.imports = ImportRunner(factory, settings)
    if app.state.engine is not None:
        await mark_interrupted(factory)
        await start_first_sync(factory, settings, app.state.imports)
        app.state.imports.kick()
