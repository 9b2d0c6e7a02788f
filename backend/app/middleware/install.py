"""Puts the middleware around an application in the one right order."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.requests import Request

from app.config import Settings
from app.middleware.access_log import AccessLog
from app.middleware.body_limits import BodyLimits
from app.middleware.crashes import Crashes
from app.middleware.request_id import RequestId
from app.middleware.security_headers import SecurityHeaders
from app.middleware.uploads import UPLOAD_ROUTES

CheckUpload = Callable[[Request], Awaitable[object]]


def install_middleware(app: FastAPI, settings: Settings, *, check_upload: CheckUpload) -> None:
    """Wrap the application.

    check_upload: finds out who sends an upload from its headers alone, and raises an AppError for nobody.
    """
    # Each line wraps those above it.
    app.add_middleware(Crashes, application=app)
    app.add_middleware(
        BodyLimits,
        application=app,
        uploads=tuple((route, route.limit(settings)) for route in UPLOAD_ROUTES),
        check_upload=check_upload,
    )
    app.add_middleware(SecurityHeaders, settings=settings)
    app.add_middleware(AccessLog)
    app.add_middleware(RequestId)
