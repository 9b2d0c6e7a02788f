"""Answers of the middleware, made by the application's own error handlers so that there is one shape of error."""

import inspect

from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Receive, Scope, Send


async def answer_error(application: FastAPI, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """Send what the handler of this kind of error makes of it.

    Raises the error again when the application has no handler for it.
    """
    handler = next(
        (
            application.exception_handlers[kind]
            for kind in type(error).__mro__
            if kind in application.exception_handlers
        ),
        None,
    )
    if handler is None:
        raise error
    result = handler(Request(scope, receive), error)
    response = await result if inspect.isawaitable(result) else result
    await response(scope, receive, send)
