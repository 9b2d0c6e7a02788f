"""Whether the process lives, whether it can work, and its figures."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from app.config import Settings
from app.database import SessionFactory
from app.dependencies import AppSettings, Factory, Store
from app.errors import AppError, NotFound
from app.migrate import current_revision, head_revision
from app.schemas.base import OutputModel

log = structlog.get_logger(__name__)
router = APIRouter(tags=["health"])

CHECK_SECONDS = 5.0


class Health(OutputModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(OutputModel):
    """Whether requests can be served now."""

    status: Literal["ready", "not_ready"]
    failing: list[str] = Field(default_factory=list)
    """Names of the checks that failed; empty for callers who may not see them."""


class _OutdatedSchemaError(Exception):
    """The database lacks migrations that this code needs."""


def may_see_inside(request: Request, settings: Settings) -> bool:
    """Whether the caller is on this machine, not through a proxy, or holds the metrics token."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token = settings.metrics_token
    if token is not None and scheme.lower() == "bearer":
        return secrets.compare_digest(given.strip().encode(), token.get_secret_value().encode())
    if "forwarded" in request.headers or "x-forwarded-for" in request.headers or request.client is None:
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _inside(request: Request, settings: AppSettings) -> bool:
    return may_see_inside(request, settings)


SeesInside = Annotated[bool, Depends(_inside)]


@router.get("/health")
async def get_health() -> Health:
    """Answer as long as the process lives."""
    return Health()


@router.get("/ready", responses={503: {"model": Readiness, "description": "Not ready."}})
async def get_readiness(response: Response, factory: Factory, store: Store, inside: SeesInside) -> Readiness:
    """Check database, schema and evidence store."""
    checks: dict[str, Callable[[], Awaitable[None]]] = {
        "database": lambda: _check_schema(factory),
        "storage": store.check,
    }
    results = await asyncio.gather(*(_failure(name, check) for name, check in checks.items()))
    failing = [name for name in results if name is not None]
    response.headers["cache-control"] = "no-store"
    if not failing:
        return Readiness(status="ready")
    response.status_code = 503
    return Readiness(status="not_ready", failing=failing if inside else [])


@router.get("/metrics", include_in_schema=False)
async def get_metrics(inside: SeesInside) -> Response:
    """Figures in Prometheus' text form. To strangers the route does not exist."""
    if not inside:
        raise NotFound("not_found", "There is nothing here.")
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})


async def _check_schema(factory: SessionFactory) -> None:
    async with factory() as session:
        if await current_revision(session) != head_revision():
            raise _OutdatedSchemaError


async def _failure(name: str, check: Callable[[], Awaitable[None]]) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except _OutdatedSchemaError:
        return "migrations"
    except (AppError, SQLAlchemyError, OSError) as error:
        log.warning("ready.failed", check=name, error=type(error).__name__)
        return name
    return None
