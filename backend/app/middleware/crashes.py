"""Answers an unforeseen error inside the other middleware, so that this answer has its headers and log line too."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.middleware.answers import answer_error


class Crashes:
    """Turns what no handler took into the application's own 500."""

    def __init__(self, app: ASGIApp, application: FastAPI) -> None:
        self.app = app
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watching(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watching)
        except Exception as error:
            if begun:
                raise
            await answer_error(self.application, error, scope, receive, send)
