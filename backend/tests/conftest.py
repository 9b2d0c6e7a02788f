"""Fixtures for all tests: a real PostgreSQL, sessions that leave nothing behind, the application over ASGI."""

import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Request
from hypothesis import settings
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker

from app.config import Settings
from app.database import SessionFactory, make_engine, make_session_factory
from app.logging import configure_logging
from app.main import create_app
from app.security import CHEAP_COST, passwords_for
from tests.support.attack_database import attack_template
from tests.support.databases import DatabaseUrls, TestServer, start_server
from tests.support.network import closed_network
from tests.support.order import longest_first

REPOSITORY = Path(__file__).resolve().parents[2]
# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")
TEST_SECRET_KEY = "a-secret-key-for-tests-only-0123456789abcdef"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long files first where several workers share the tests."""
    if hasattr(config, "workerinput"):
        items[:] = longest_first(items)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later search for garbage: it stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _json_log_lines() -> None:
    # The library's default prints every local variable of a traceback, which takes minutes for an application's.
    configure_logging("WARNING")


@pytest.fixture(scope="session", autouse=True)
def _closed_network() -> Iterator[None]:
    with closed_network():
        yield


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    """This worker's own server. AEGIS_PG_BIN chooses another PostgreSQL than the default one."""
    pg_bin = os.environ.get("AEGIS_PG_BIN")
    server = start_server(tmp_path_factory.mktemp("pg"), Path(pg_bin) if pg_bin else None)
    try:
        yield server
    finally:
        server.postgres.stop()


@pytest.fixture(scope="session")
def engine_urls(postgres_server: TestServer) -> DatabaseUrls:
    """URLs of the database that transactional tests share; nothing is ever committed to it."""
    return postgres_server.clone()


@pytest.fixture(scope="session")
async def engine(engine_urls: DatabaseUrls) -> AsyncIterator[AsyncEngine]:
    """The application role's engine on the shared database."""
    engine = make_engine(engine_urls.app, pool_size=2)
    yield engine
    await engine.dispose()


@pytest.fixture
async def db_connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in an outer transaction that is rolled back after the test."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        yield connection
        await transaction.rollback()


@pytest.fixture
def session_factory(db_connection: AsyncConnection) -> SessionFactory:
    """Sessions whose commits are savepoints of the test's outer transaction; one at a time, they share a connection."""
    return async_sessionmaker(db_connection, expire_on_commit=False, join_transaction_mode="create_savepoint")


@pytest.fixture
async def db(session_factory: SessionFactory) -> AsyncIterator[AsyncSession]:
    """A session of the application's role."""
    async with session_factory() as session:
        yield session


@pytest.fixture
def real_db(postgres_server: TestServer) -> Iterator[DatabaseUrls]:
    """A database of this test's own, for real commits, locks and several connections."""
    urls = postgres_server.clone()
    yield urls
    postgres_server.drop(urls.name)


@pytest.fixture
async def real_factory(real_db: DatabaseUrls) -> AsyncIterator[SessionFactory]:
    """Sessions of the application's role on `real_db`, each on a connection of its own."""
    engine = make_engine(real_db.app)
    yield make_session_factory(engine)
    await engine.dispose()


@pytest.fixture(scope="session")
def with_attack(
    postgres_server: TestServer, engine_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The name of a template database that holds the bundled ATT&CK as a first start brings it."""
    return attack_template(postgres_server, _settings(tmp_path_factory.mktemp("with_attack"), engine_urls))


@pytest.fixture
def settings(tmp_path: Path, engine_urls: DatabaseUrls) -> Settings:
    """Settings that depend on nothing of the machine."""
    return _settings(tmp_path / "aegis", engine_urls)


def _settings(folder: Path, urls: DatabaseUrls) -> Settings:
    return Settings(
        _env_file=None,
        aegis_data_dir=folder,
        database_url=urls.app,
        database_owner_url=urls.owner,
        secret_key=TEST_SECRET_KEY,
        scheduler_enabled=False,
        attack_source="bundled",
    )


@pytest.fixture
async def app(settings: Settings, session_factory: SessionFactory) -> AsyncIterator[FastAPI]:
    """The application on the test's own transaction, with quick password hashes."""
    app = create_app(settings, session_factory=session_factory)
    app.state.hashing = passwords_for(CHEAP_COST)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI, db: AsyncSession) -> AsyncIterator[AsyncClient]:
    """HTTP requests to `app`, one at a time; they see what the test added through `db`."""

    async def hand_over(_request: Request) -> None:
        await db.commit()

    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(
        transport=transport, base_url="http://127.0.0.1", event_hooks={"request": [hand_over]}
    ) as client:
        yield client


@pytest.fixture
async def real_client(
    settings: Settings, real_db: DatabaseUrls, real_factory: SessionFactory
) -> AsyncIterator[AsyncClient]:
    """HTTP requests that commit to a database of this test's own; as many at a time as one likes."""
    own = settings.model_copy(update={"database_url": real_db.app, "database_owner_url": real_db.owner})
    app = create_app(own, session_factory=real_factory)
    app.state.hashing = passwords_for(CHEAP_COST)
    await app.state.store.prepare()
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture(scope="session")
def recorded_content() -> Path:
    """The folder of recorded upstream content. A check (CI=true) must have it; elsewhere tests say what is missing."""
    folder = Path(os.environ.get("AEGIS_CONTENT", REPOSITORY.parent / "shared" / "content"))
    if not folder.is_dir():
        missing = f"There is no recorded upstream content at {folder}; AEGIS_CONTENT names another place."
        # A clone by itself has no recorded content and has to be green; what a check may not do is pass over it.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    return folder


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL statements sent, savepoints apart; for ceilings on query counts.

    Noted where the driver sends them: some are read below SQLAlchemy.
    """
    seen: list[str] = []

    def noting(send: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def note(self: psycopg.AsyncCursor, query: object, *args: object, **options: object) -> object:
            statement = str(query)
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                seen.append(statement)
            return await send(self, query, *args, **options)

        return note

    for name in ("execute", "executemany"):
        monkeypatch.setattr(psycopg.AsyncCursor, name, noting(getattr(psycopg.AsyncCursor, name)))
    return seen
