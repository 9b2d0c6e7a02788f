"""Gives each request a name that is in its log lines, its error and its answer."""

import re
import secrets

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
HEADER = "x-request-id"


class RequestId:
    """Takes over a sane `X-Request-ID` or makes one; echoes it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if SANE.fullmatch(given) else secrets.token_hex(16)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        address = scope["client"][0] if scope.get("client") else None
        with structlog.contextvars.bound_contextvars(request_id=request_id, client_address=address):
            await self.app(scope, receive, send_with_id)
