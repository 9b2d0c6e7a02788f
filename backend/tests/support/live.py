"""The application behind a real HTTP server, on a thread of its own, with a database and a store of its own."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from app.config import Settings
from app.connections import GuardedConnection
from app.main import create_app

START_SECONDS = 20


class _Server(uvicorn.Server):
    """Ends the streams of events, which never end by themselves."""

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._events = app.state.events

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._events.end_streams("server_stopping")
        await super().shutdown(sockets)


@contextmanager
def live_server(settings: Settings) -> Iterator[str]:
    """Serve the application until the block ends; the base URL."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        loop="asyncio",
        http=GuardedConnection,
        log_config=None,
        lifespan="on",
        ws="none",
    )
    server = _Server(app, config)
    thread = threading.Thread(target=server.run, name="live-server")
    thread.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=START_SECONDS)
