"""A PostgreSQL of the benchmark's own, and the application on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import FastAPI
from psycopg import sql

from app.config import Settings
from app.database import make_engine, make_session_factory, session_scope
from app.embedded import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from app.main import create_app
from app.migrate import upgrade_to_head
from app.services import coverage
from bench.organisation import Organisation, fill

SECRET = "a-key-for-benchmarks-only-0123456789abcdef"  # noqa: S105  signs tokens of a database that is thrown away


@dataclass(frozen=True, slots=True)
class Place:
    """A filled database and the application that serves it."""

    settings: Settings
    organisation: Organisation
    app: FastAPI
    """Works every answer out anew."""
    sharing: FastAPI
    """Keeps answers while nothing changes, as it is delivered."""

    @property
    def conninfo(self) -> str:
        """How a bare driver connects, with the application's role."""
        assert self.settings.database_url is not None
        return self.settings.database_url.replace("+psycopg", "")

    @property
    def headers(self) -> dict[str, str]:
        """What a signed-in person sends."""
        return self.organisation.headers(self.settings)


@contextmanager
def own_server() -> Iterator[tuple[EmbeddedPostgres, Path]]:
    """A server in a temporary folder. Must be called from the main thread."""
    with TemporaryDirectory(prefix="aegis-bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", sync=False)
        server.start()
        try:
            yield server, Path(folder)
        finally:
            server.stop()


def make_database(server: EmbeddedPostgres, name: str) -> tuple[str, str]:
    """An empty database with the whole schema: (owner's URL, application's URL)."""
    with server.connect_as_admin("postgres") as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier("aegis"), sql.Identifier(OWNER_ROLE)
            )
        )
    owner, app = server.url(OWNER_ROLE, name), server.url(APP_ROLE, name)
    upgrade_to_head(owner)
    return owner, app


def make_settings(owner: str, app_url: str, data: Path, **more: Any) -> Settings:
    """Settings of an application on a database of the benchmark's, without jobs."""
    return Settings(
        _env_file=None,
        aegis_data_dir=data,
        database_url=app_url,
        database_owner_url=owner,
        secret_key=SECRET,
        scheduler_enabled=False,
        **{"attack_source": "bundled", **more},
    )


async def make_place(owner: str, app_url: str, folder: Path, *, tests: int) -> Place:
    """Fill a database and stand the application on it."""
    settings = make_settings(
        owner, app_url, folder / f"data-{tests}", session_idle_minutes=1440, shared_answer_seconds=0
    )
    organisation = fill(owner.replace("+psycopg", ""), tests=tests)
    engine = make_engine(app_url, statement_timeout_ms=None)
    async with session_scope(make_session_factory(engine)) as session:
        await coverage.recompute_all(session)
    await engine.dispose()
    delivered = settings.model_copy(
        update={"shared_answer_seconds": Settings.model_fields["shared_answer_seconds"].default}
    )
    return Place(settings, organisation, create_app(settings), create_app(delivered))
