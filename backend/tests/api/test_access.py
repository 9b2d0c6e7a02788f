"""Every route of the application, found from the application itself: who gets in."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import ASGITransport, AsyncClient

from app.config import Settings
from app.database import SessionFactory
from app.dependencies import get_session
from app.domain.permissions import ROLE_PERMISSIONS, Permission, Role
from app.main import create_app
from app.routers import ROUTERS
from app.routers.base import permission_of
from tests.builders.users import auth_headers, build_user
from tests.support.databases import DatabaseUrls

PUBLIC = {
    ("GET", "/health"),
    ("GET", "/ready"),
    ("GET", "/metrics"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/logout"),
    ("POST", "/api/v1/auth/redeem"),
    ("POST", "/api/v1/auth/refresh"),
    # The signed link is the permission.
    ("GET", "/api/v1/evidence-files"),
}
"""Routes that answer without a log-in. A new one is a decision, made here."""
SAFE = {"GET", "HEAD", "OPTIONS"}


def api_routes() -> Iterator[tuple[str, APIRoute]]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute), route
            for method in sorted(route.methods):
                yield method, route


@pytest.fixture(scope="module")
def described() -> FastAPI:
    return create_app(Settings(_env_file=None, database_url="postgresql://unused/unused", scheduler_enabled=False))


def test_the_routers_are_all_that_the_application_serves(described: FastAPI) -> None:
    contract = described.openapi()["paths"]
    told = {(method.upper(), path) for path, methods in contract.items() for method in methods}
    assert told == {(m, r.path) for m, r in api_routes() if r.include_in_schema}
    assert len(told) > 60


def filled(path: str) -> str:
    """A path with something of the right kind in each gap."""
    return re.sub(r"\{[^}]*\}", "01890000-0000-7000-8000-000000000000", path)


def test_a_route_without_a_permission_is_public_on_purpose() -> None:
    unmarked = {(m, r.path) for m, r in api_routes() if permission_of(r.dependant) is None}
    assert unmarked == PUBLIC


def test_operation_ids_are_unique() -> None:
    names = [r.operation_id or r.unique_id for _, r in api_routes()]
    assert sorted(names) == sorted(set(names))


def test_what_creates_takes_a_key_against_creating_twice(described: FastAPI) -> None:
    without = {
        (method.upper(), path)
        for path, methods in described.openapi()["paths"].items()
        for method, operation in methods.items()
        if "201" in operation["responses"]
        and "Idempotency-Key" not in {given["name"] for given in operation.get("parameters", [])}
    }
    # The same vote again changes nothing by itself.
    assert without == {("POST", "/api/v1/tests/{test_id}/votes")}


def test_no_get_uses_the_session_that_commits() -> None:
    def uses(dependant: Any) -> bool:
        return dependant.call is get_session or any(uses(inner) for inner in dependant.dependencies)

    assert [r.path for m, r in api_routes() if m in SAFE and uses(r.dependant)] == []


async def test_no_protected_route_answers_without_a_session(client: AsyncClient) -> None:
    for method, route in api_routes():
        if (method, route.path) in PUBLIC:
            continue
        for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}):
            answer = await client.request(method, filled(route.path), content=b"{broken", headers=headers)
            assert answer.status_code == 401, (method, route.path, headers)
            assert answer.json()["code"] in {"not_authenticated", "invalid_token"}, answer.text


@pytest.fixture
async def living_client(
    settings: Settings, real_db: DatabaseUrls, real_factory: SessionFactory
) -> AsyncIterator[AsyncClient]:
    """The whole application on a database of its own: some routes begin work in the background."""
    own = settings.model_copy(update={"database_url": real_db.app, "database_owner_url": real_db.owner})
    app = create_app(own, session_factory=real_factory)
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            yield client


@pytest.mark.parametrize("role", list(Role), ids=str)
async def test_a_role_without_the_permission_gets_403_before_its_body_is_read(
    living_client: AsyncClient, real_factory: SessionFactory, settings: Settings, role: Role
) -> None:
    client = living_client
    async with real_factory() as session:
        headers = await auth_headers(session, await build_user(session, role=role), settings)
        await session.commit()
    wrong: list[str] = []
    for method, route in api_routes():
        permission = permission_of(route.dependant)
        if permission is None:
            continue
        answer = await client.request(
            method, filled(route.path), content=b"{broken", headers=headers | {"content-type": "application/json"}
        )
        code = answer.json().get("code") if "json" in answer.headers.get("content-type", "") else None
        refused = (answer.status_code, code) == (403, "not_permitted")
        if refused == (permission in ROLE_PERMISSIONS[role]):
            wrong.append(f"{method} {route.path}: {answer.status_code} {answer.text[:120]}")
        if answer.status_code >= 500:
            wrong.append(f"{method} {route.path}: {answer.status_code}")
    assert wrong == []


def test_every_permission_is_used_or_listed() -> None:
    used = {permission_of(r.dependant) for _, r in api_routes()}
    unused = {p for p in Permission if p not in used}
    # These guard rows or whole features that have no route of their own.
    assert unused <= {Permission.SYSTEM_MANAGE, Permission.SCORING_MANAGE}
