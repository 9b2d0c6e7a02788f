"""Bounds every body before anything of the application reads it: in size, in time, and for files by who sends them."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import AppError, TooLarge
from app.middleware.answers import answer_error
from app.middleware.uploads import MIB, UploadRoute

JSON_LIMIT = MIB
FORM_LIMIT = 64 * 1024
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
IDLE_SECONDS = 30.0
TOTAL_SECONDS = 60.0
UPLOAD_TOTAL_SECONDS = 6 * 3600.0
# A rest this small is read and dropped; for more, closing the connection is cheaper.
REST_WORTH_READING = 64 * 1024


class BodyTooSlow(AppError):
    """The sender stopped sending."""

    status = 408
    title = "Request timed out"


class BodyLimits:
    """Counts and times what is received; an answer of 413 or 408 stands over whatever the application made of it.

    The limit is also put into `state.body_limit`: a route that knows its sender refuses a declared length with it after
    it has refused strangers, which is the order that the API promises.
    """

    def __init__(
        self,
        app: ASGIApp,
        application: FastAPI,
        uploads: tuple[tuple[UploadRoute, int], ...],
        check_upload: Callable[[Request], Awaitable[object]],
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self.app = app
        self.application = application
        self.uploads = uploads
        self.check_upload = check_upload
        self.idle_seconds = idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        upload_limit = self._upload_limit(scope)
        limit = upload_limit if upload_limit is not None else _limit_by_type(headers)
        scope.setdefault("state", {})["body_limit"] = limit
        body = _Body(
            headers, receive, limit, self.idle_seconds, TOTAL_SECONDS if upload_limit is None else UPLOAD_TOTAL_SECONDS
        )
        answer = _Answer(body, send)
        try:
            if upload_limit is not None:
                await self.check_upload(Request(scope))
            await self.app(scope, body.receive, answer.send)
        except AppError as error:
            if answer.begun:
                raise
            await answer_error(self.application, body.refusal or error, scope, receive, answer.send_final)
            return
        except SQLAlchemyError as error:
            # Who sends an upload is looked up out here, where no handler of the application is.
            if answer.begun:
                raise
            await answer_error(self.application, error, scope, receive, answer.send_final)
            return
        if body.refusal is not None and not answer.begun:
            await answer_error(self.application, body.refusal, scope, receive, answer.send_final)

    def _upload_limit(self, scope: Scope) -> int | None:
        return next(
            (limit for route, limit in self.uploads if route.matches(scope["method"], scope["path"])),
            None,
        )


class _Body:
    """The receiving side of one request."""

    def __init__(
        self, headers: Headers, receive: Receive, limit: int, idle_seconds: float, total_seconds: float
    ) -> None:
        length = headers.get("content-length", "")
        self.declared = int(length) if length.isdecimal() else None
        self.complete = self.declared == 0 or (self.declared is None and "transfer-encoding" not in headers)
        self.refusal: AppError | None = None
        self._receive = receive
        self._limit = limit
        self._idle = idle_seconds
        self._total = total_seconds
        self._began: float | None = None
        self._seen = 0

    async def receive(self) -> Message:
        if self.refusal is not None:
            raise self.refusal
        if self.complete:
            # What follows a body is only the news that the client left, which may take as long as it likes.
            return self._counted(await self._receive())
        if self.declared is not None and self.declared > self._limit:
            raise self._refuse(self._too_large())
        now = asyncio.get_running_loop().time()
        self._began = self._began if self._began is not None else now
        patience = min(self._idle, self._began + self._total - now)
        try:
            async with asyncio.timeout(patience):
                message = await self._receive()
        except TimeoutError:
            raise self._refuse(BodyTooSlow("body_too_slow", "The body did not arrive in time.")) from None
        return self._counted(message)

    def _counted(self, message: Message) -> Message:
        if message["type"] != "http.request":
            self.complete = True
            return message
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            raise self._refuse(self._too_large())
        self.complete = self.complete or not message.get("more_body", False)
        return message

    def _too_large(self) -> AppError:
        return TooLarge("body_too_large", f"The body may have at most {self._limit} bytes.")

    def _refuse(self, refusal: AppError) -> AppError:
        self.refusal = refusal
        return refusal

    @property
    def rest_is_large(self) -> bool:
        """Whether enough of the body is still to come that the connection had better end."""
        if self.complete:
            return False
        return self.declared is None or self.declared - self._seen > REST_WORTH_READING


class _Answer:
    """The sending side of one request: holds back what the application makes of a refused body."""

    def __init__(self, body: _Body, send: Send) -> None:
        self.begun = False
        self._body = body
        self._send = send

    async def send(self, message: Message) -> None:
        if self._body.refusal is not None and not self.begun:
            return
        await self.send_final(message)

    async def send_final(self, message: Message) -> None:
        self.begun = True
        if message["type"] == "http.response.start" and self._body.rest_is_large:
            MutableHeaders(scope=message)["connection"] = "close"
        await self._send(message)


def _limit_by_type(headers: Headers) -> int:
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return FORM_LIMIT if content_type in FORM_TYPES else JSON_LIMIT
