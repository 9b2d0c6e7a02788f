"""A small HTTP server for tests that talk to an upstream: each path is a function of the request."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import urlsplit

Handler = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Web:
    """A running server: set `routes`, read `hits` and `seen`."""

    url: str
    routes: dict[str, Handler] = field(default_factory=dict)
    hits: Counter[str] = field(default_factory=Counter)
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return str(urlsplit(self.url).netloc)


@contextmanager
def serve_web(host: str = "127.0.0.1") -> Iterator[Web]:
    """Serve until the block ends. Connections are not kept open."""

    class Requests(BaseHTTPRequestHandler):
        web: ClassVar[Web]

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            self.web.hits[path] += 1
            self.web.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            handler = self.web.routes.get(path) or self.web.routes.get("*")
            with suppress(BrokenPipeError, ConnectionResetError):
                (handler or answer(404, b"{}"))(self)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer((host, 0), Requests)
    Requests.web = Web(f"http://{host}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Requests.web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(status: int, body: bytes = b"", **headers: str) -> Handler:
    """An answer that is always the same. An underscore in a header's name stands for a dash."""

    def respond(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return respond


def in_turn(*handlers: Handler) -> Handler:
    """One handler a request; the last one stays."""
    waiting = list(handlers)

    def respond(request: BaseHTTPRequestHandler) -> None:
        (waiting.pop(0) if len(waiting) > 1 else waiting[0])(request)

    return respond
