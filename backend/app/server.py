"""Starts everything in order, says when it is ready, and takes it down again."""

import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import structlog
import uvicorn
from fastapi import FastAPI

from app.bootstrap import embedded_database, prepare_data_folder
from app.config import Settings, SettingsError
from app.connections import GuardedConnection
from app.embedded import EmbeddedPostgres, EmbeddedPostgresError
from app.logging import configure_logging
from app.main import create_app
from app.seed import prepare_database

log = structlog.get_logger(__name__)

GRACE_SECONDS = 10
KEEP_ALIVE_SECONDS = 15
BACKLOG = 512
TICKS_BETWEEN_CHECKS = 10
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def run(settings: Settings, *, prepare: Callable[[Settings], None] = prepare_database) -> None:
    """Serve until told to stop: with our own PostgreSQL when DATABASE_URL is not set.

    prepare: what is done to the database before the port opens.
    Raises SettingsError or EmbeddedPostgresError with one sentence when the start is impossible.
    """
    _stop_on_signals()
    prepare_data_folder(settings)
    configure_logging(settings.log_level, file=settings.aegis_data_dir / "aegis.log" if settings.is_embedded else None)
    listener = _bind(settings)
    with listener, embedded_database(settings) as (ready, postgres):
        prepare(ready)
        serve(ready, listener, postgres)


def serve(settings: Settings, listener: socket.socket, postgres: EmbeddedPostgres | None) -> None:
    """Serve on an already bound socket; it starts to listen when the application is ready."""
    server = _Server(create_app(settings), settings, listener, postgres)
    server.run(sockets=[listener])
    if not server.started:
        raise SettingsError(f"Aegis could not start; see {settings.aegis_data_dir / 'aegis.log'} for the reason.")


def ready_line(settings: Settings, port: int) -> str:
    """What the person at the terminal needs to know; the password only while it is the documented default."""
    host = settings.host if settings.host in LOOPBACK else "127.0.0.1"
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    password = settings.admin_password.get_secret_value() if settings.uses_default_admin_password else None
    login = f"{settings.admin_username} / {password}" if password else settings.admin_username
    return f"Aegis is ready at {address} — log in as {login}"


class _Server(uvicorn.Server):
    """Says when the port is open, and keeps its database alive."""

    def __init__(
        self, app: FastAPI, settings: Settings, listener: socket.socket, postgres: EmbeddedPostgres | None
    ) -> None:
        super().__init__(_server_config(app, settings))
        self._app: FastAPI = app
        self._settings = settings
        self._port: int = listener.getsockname()[1]
        self._postgres = postgres

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(ready_line(self._settings, self._port), flush=True)  # noqa: T201  the one line for the terminal

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Streams never end by themselves, and open requests are waited for.
        self._app.state.events.end_streams("server_stopping")
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        # On the main thread, where a server's life must begin.
        if self._postgres is not None and counter % TICKS_BETWEEN_CHECKS == 0 and self._postgres.has_died():
            log.error("postgres.died")
            try:
                self._postgres.start()
            except EmbeddedPostgresError as error:
                log.critical("postgres.lost", reason=str(error))
                self.should_exit = True
        return await super().on_tick(counter)


def _server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=GuardedConnection,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )


def _bind(settings: Settings) -> socket.socket:
    """Take the port before anything else is started. Nobody can connect until the server listens."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"PORT: {settings.port} on {settings.host} cannot be used ({error.strerror}); set PORT to a free one."
        ) from error
    return listener


def _stop_on_signals() -> None:
    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(0)

    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, stop)
