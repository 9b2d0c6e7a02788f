"""Engine, sessions and naming of constraints. Knows nothing of HTTP."""

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from sqlalchemy import MetaData, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING_CONVENTION)

SessionFactory = async_sessionmaker[AsyncSession]
REQUEST_TIMEOUT_MS = 10_000


def make_engine(url: str, *, pool_size: int = 10, statement_timeout_ms: int | None = REQUEST_TIMEOUT_MS) -> AsyncEngine:
    """An async engine for a `postgresql+psycopg` URL.

    statement_timeout_ms: bound on each statement; None for migrations and imports.
    """
    options = "-c timezone=UTC"
    if statement_timeout_ms is not None:
        options += f" -c statement_timeout={statement_timeout_ms} -c idle_in_transaction_session_timeout=60000"
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        # The connection used last goes out first: it has the plans of the hot statements, some of which take longer
        # to plan than to run.
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5},
    )
    event.listen(engine.sync_engine, "checkout", _replace_if_lost)
    return engine


def _replace_if_lost(connection: Any, _record: object, _proxy: object) -> None:
    """Have the pool replace a connection whose server went away while nobody used it.

    The kernel knows: a lost connection has something to read, and an idle one has nothing. Asking the server, as the
    pool's own ping does, costs each request two round trips more than its queries need.
    """
    driver: psycopg.AsyncConnection[Any] = connection.driver_connection
    if driver.closed:
        raise DisconnectionError
    poll = select.poll()
    poll.register(driver.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError


@asynccontextmanager
async def glance(factory: SessionFactory) -> AsyncIterator[AsyncSession]:
    """A session for a single query, without a transaction around it: one round trip instead of three."""
    bind = factory.kw["bind"]
    if isinstance(bind, AsyncEngine):
        bind = bind.execution_options(isolation_level="AUTOCOMMIT")
    async with factory(bind=bind) as session:
        yield session


def make_session_factory(engine: AsyncEngine, settings: object = None) -> SessionFactory:
    """Sessions that keep their objects readable after a commit.

    settings: of the application whose sessions these are; each session carries them in its `info`.
    """
    return attach_settings(async_sessionmaker(engine, expire_on_commit=False), settings)


def attach_settings(factory: SessionFactory, settings: object) -> SessionFactory:
    """Let the factory's sessions carry an application's settings, so that several in one process stay apart."""
    factory.configure(info={"settings": settings})
    return factory


@asynccontextmanager
async def session_scope(factory: SessionFactory) -> AsyncIterator[AsyncSession]:
    """One unit of work for a job or a CLI command: committed at the end, rolled back on an error."""
    async with factory() as session, session.begin():
        yield session
