"""A database with the bundled ATT&CK, shared by the tests of a module, and requests to it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.config import Settings
from app.database import SessionFactory, make_engine, make_session_factory, session_scope
from app.domain.permissions import Role
from app.main import create_app
from app.security import CHEAP_COST, passwords_for
from tests.builders.users import auth_headers, build_user
from tests.conftest import TEST_SECRET_KEY
from tests.support.databases import DatabaseUrls, TestServer


@pytest.fixture(scope="module")
def attack_urls(postgres_server: TestServer, with_attack: str) -> Iterator[DatabaseUrls]:
    urls = postgres_server.clone(with_attack)
    yield urls
    postgres_server.drop(urls.name)


@pytest.fixture(scope="module")
def attack_settings(attack_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        _env_file=None,
        aegis_data_dir=tmp_path_factory.mktemp("aegis"),
        database_url=attack_urls.app,
        database_owner_url=attack_urls.owner,
        secret_key=TEST_SECRET_KEY,
        scheduler_enabled=False,
        attack_source="bundled",
    )


@pytest.fixture(scope="module")
async def attack_factory(attack_urls: DatabaseUrls) -> AsyncIterator[SessionFactory]:
    engine = make_engine(attack_urls.app)
    yield make_session_factory(engine)
    await engine.dispose()


@pytest.fixture(scope="module")
def attack_app(attack_factory: SessionFactory, attack_settings: Settings) -> FastAPI:
    app = create_app(attack_settings, session_factory=attack_factory)
    app.state.hashing = passwords_for(CHEAP_COST)
    return app


@pytest.fixture(scope="module")
async def client(attack_app: FastAPI) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(attack_app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="module")
async def people(attack_factory: SessionFactory, attack_settings: Settings) -> dict[Role, dict[str, str]]:
    """Headers by role."""
    async with session_scope(attack_factory) as session:
        users = {role: await build_user(session, role=role) for role in Role}
        return {role: await auth_headers(session, user, attack_settings) for role, user in users.items()}
