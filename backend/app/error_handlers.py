"""The only place that turns an error into a response (RFC 9457 problem documents)."""

import traceback
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from app.errors import AppError, FieldError

log = structlog.get_logger(__name__)

PROBLEM_JSON = "application/problem+json"
_HTTP_CODES = {401: "not_authenticated", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def problem_response(
    request: Request,
    *,
    status: int,
    title: str,
    detail: str,
    code: str,
    errors: tuple[FieldError, ...] = (),
    extra: dict[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """One problem document; `extra` members stand beside the standard ones."""
    body: dict[str, object] = {
        "type": f"urn:aegis:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": [{"field": e.field, "message": e.message, "code": e.code} for e in errors],
        "request_id": getattr(request.state, "request_id", ""),
    }
    return JSONResponse(body | (extra or {}), status_code=status, media_type=PROBLEM_JSON, headers=headers)


def _path_of(loc: tuple[Any, ...]) -> str:
    parts = [str(part) for part in loc]
    if parts and parts[0] in {"body", "query", "path", "header", "cookie", "form"}:
        parts = parts[1:]
    # Tags of unions name Python types; the client never sent them.
    return ".".join(part for part in parts if not part.startswith(("function-", "constrained-", "tagged-union")))


async def _app_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)
    if error.status >= 500:
        log.warning("request.failed", code=error.code, detail=error.message)
    headers = {}
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem_response(
        request,
        status=error.status,
        title=error.title,
        detail=error.message,
        code=error.code,
        errors=error.fields,
        extra=error.extra,
        headers=headers or None,
    )


async def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fields = tuple(
        FieldError(
            _path_of(tuple(item["loc"])),
            str(item["msg"]).removeprefix("Value error, "),
            str(item["type"]),
        )
        for item in error.errors()[:50]
    )
    return problem_response(
        request,
        status=422,
        title="Invalid input",
        detail="The request does not have the expected form.",
        code="invalid_input",
        errors=fields,
    )


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return problem_response(
        request,
        status=error.status_code,
        title=str(error.detail),
        detail=str(error.detail),
        code=_HTTP_CODES.get(error.status_code, "invalid_request" if error.status_code < 500 else "internal_error"),
        headers=dict(error.headers) if error.headers else None,
    )


async def _integrity_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, IntegrityError)
    diag = getattr(error.orig, "diag", None)
    constraint = getattr(diag, "constraint_name", None) or ""
    if constraint.startswith(("uq_", "ux_")):
        return problem_response(
            request,
            status=409,
            title="Conflict",
            detail="Something with the same unique value exists already.",
            code="already_exists",
        )
    return await _unexpected(request, error)


async def _database_error(request: Request, error: Exception) -> JSONResponse:
    lost = isinstance(error, OperationalError | InterfaceError | PoolTimeout) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    if not lost:
        return await _unexpected(request, error)
    log.error("database.unreachable", error=type(error).__name__)
    return problem_response(
        request,
        status=503,
        title="Unavailable",
        detail="The database cannot answer at the moment. Nothing was changed; try again shortly.",
        code="database_unavailable",
        headers={"Retry-After": "5"},
    )


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, DBAPIError):
        # The driver's text quotes the row, and rows hold what must not be logged.
        diag = getattr(error.orig, "diag", None)
        log.error(
            "request.crashed",
            error=type(error.orig).__name__,
            constraint=getattr(diag, "constraint_name", None),
            table=getattr(diag, "table_name", None),
            stack="".join(traceback.format_tb(error.__traceback__)[-6:]),
        )
    else:
        log.error("request.crashed", exc_info=error)
    return problem_response(
        request,
        status=500,
        title="Internal error",
        detail="Something went wrong on our side. Quote the request id when you report it.",
        code="internal_error",
    )


def install_error_handlers(app: FastAPI) -> None:
    """Register every handler on the application."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(IntegrityError, _integrity_error)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(PoolTimeout, _database_error)
    app.add_exception_handler(Exception, _unexpected)
