"""Brings a database to the newest schema, from any working directory."""

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

if TYPE_CHECKING:
    from alembic.config import Config


class MigrationError(Exception):
    """The schema cannot be brought up to date; the message is one sentence for the person at the terminal."""


MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_REVISION: Final = re.compile(r"""^(down_)?revision\b[^=\n]*=\s*["']([^"']+)["']""", re.MULTILINE)


def alembic_config(owner_url: str | None = None) -> "Config":
    """Alembic's configuration without its ini file.

    owner_url: SQLAlchemy URL of the role that owns the tables.
    """
    # Alembic takes half a second to import, and most starts find the schema as it should be.
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    if owner_url is not None:
        # The configuration file format gives % a meaning of its own, and socket paths in URLs hold it.
        config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    return config


def upgrade_to_head(owner_url: str) -> None:
    """Run all missing migrations. Several processes may call it at once: the environment holds an advisory lock.

    Raises MigrationError when the database cannot be reached or was made by a newer release.
    """
    if _stored_revision(owner_url) == head_revision():
        return
    # Imported late for the reason given in `alembic_config`.
    from alembic import command  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    try:
        command.upgrade(alembic_config(owner_url), "head")
    except CommandError as error:
        raise MigrationError(
            f"The database was migrated by another release of Aegis than this one ({error}); start that release."
        ) from error
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise MigrationError(f"DATABASE_URL: the database cannot be used: {reason}") from error


def _stored_revision(owner_url: str) -> str | None:
    """The revision that a database is at; None as well where it cannot tell, which Alembic then explains."""
    try:
        with psycopg.connect(owner_url.replace("+psycopg", ""), connect_timeout=5) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.Error:
        return None
    return None if row is None else str(row[0])


@lru_cache
def head_revision() -> str:
    """The newest revision that this code knows: the one that no other builds upon."""
    known: set[str] = set()
    built_upon: set[str] = set()
    for path in sorted((MIGRATIONS / "versions").glob("*.py")):
        for down, revision in _REVISION.findall(path.read_text("utf-8")):
            (built_upon if down else known).add(revision)
    (head,) = known - built_upon
    return head


async def current_revision(session: AsyncSession) -> str | None:
    """The revision that the database is at, None for one without a schema."""
    try:
        async with session.begin_nested():
            revision: str | None = await session.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:
        return None
    return revision
