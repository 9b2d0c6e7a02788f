"""One log line and two figures a request. Neither holds a query string, a header or a body."""

import time

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("aegis.access")

REQUESTS = Counter("aegis_http_requests_total", "Requests answered.", ("method", "route", "status"))
LATENCY = Histogram(
    "aegis_http_request_seconds",
    "Time from the request's head to the last byte of the answer.",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = frozenset({"/health", "/ready", "/metrics"})
CLIENT_CLOSED = 499


class AccessLog:
    """Writes the line when the answer is complete."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status, sent = CLIENT_CLOSED, 0

        async def counting(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, counting)
        finally:
            _record(scope, status, sent, time.perf_counter() - started)


def _record(scope: Scope, status: int, sent: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in METHODS else "OTHER"
    route = route_template(scope)
    REQUESTS.labels(method, route, str(status)).inc()
    LATENCY.labels(method, route).observe(seconds)
    actor = scope.get("state", {}).get("actor")
    write = log.debug if scope["path"] in QUIET else log.info
    write(
        "http.request",
        method=method,
        path=scope["path"],
        route=route,
        status=status,
        bytes=sent,
        milliseconds=round(seconds * 1000, 1),
        client=scope["client"][0] if scope.get("client") else None,
        actor=getattr(actor, "label", None),
    )


def route_template(scope: Scope) -> str:
    """The declared path of the route that answered, so that figures do not grow with ids."""
    path: str | None = getattr(scope.get("route"), "path", None)
    return path or "unmatched"
