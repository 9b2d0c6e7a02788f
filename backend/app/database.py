"""Engine, sessions and naming of constraints. Knows nothing of HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import MetaData
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
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        # The connection used last goes out first: it has the plans of the hot statements, some of which take longer
        # to plan than to run.
        pool_use_lifo=True,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5},
    )


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
