"""A PostgreSQL server for one test worker, with templates that are filled once and cloned in a tenth of a second."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from psycopg import sql

from app.embedded import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from app.migrate import upgrade_to_head

TEMPLATE = "template_migrated"
# Nothing in a test survives a power cut, so nothing waits for the disk.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "autovacuum": "off",
}


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """SQLAlchemy URLs of one database, by role."""

    name: str
    owner: str
    app: str


@dataclass
class TestServer:
    """The worker's server; makes and drops databases."""

    __test__ = False

    postgres: EmbeddedPostgres
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _templates: set[str] = field(default_factory=set)

    def urls(self, name: str) -> DatabaseUrls:
        """How to reach a database."""
        return DatabaseUrls(name, self.postgres.url(OWNER_ROLE, name), self.postgres.url(APP_ROLE, name))

    def make_template(self) -> None:
        """Build the schema once, by the migrations."""
        self.create(TEMPLATE, template="aegis")
        upgrade_to_head(self.urls(TEMPLATE).owner)

    def fill_template(self, name: str, fill: Callable[[DatabaseUrls], None]) -> str:
        """Fill a database once, for later ones to be copies of it; its name."""
        if name not in self._templates:
            self.create(name, template=TEMPLATE)
            try:
                fill(self.urls(name))
            except BaseException:
                self.drop(name)
                raise
            self._templates.add(name)
        return name

    def clone(self, template: str = TEMPLATE) -> DatabaseUrls:
        """A new database, by default with the whole schema and no rows."""
        name = f"clone_{next(self._numbers)}"
        self.create(name, template=template)
        return self.urls(name)

    def create(self, name: str, *, template: str) -> None:
        """Copy a database that nobody is connected to."""
        with self.postgres.connect_as_admin("postgres") as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER_ROLE)
                )
            )

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        with self.postgres.connect_as_admin("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def start_server(folder: Path, pg_bin: Path | None) -> TestServer:
    """Start a server and build its template. Call it from the main thread."""
    server = TestServer(EmbeddedPostgres(folder, bin_override=pg_bin, settings=FAST, sync=False))
    server.postgres.start()
    try:
        server.make_template()
    except BaseException:
        server.postgres.stop()
        raise
    return server
