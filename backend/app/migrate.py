"""Brings a database to the newest schema, from any working directory."""

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession


class MigrationError(Exception):
    """The schema cannot be brought up to date; the message is one sentence for the person at the terminal."""


MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def alembic_config(owner_url: str | None = None) -> Config:
    """Alembic's configuration without its ini file.

    owner_url: SQLAlchemy URL of the role that owns the tables.
    """
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
    try:
        command.upgrade(alembic_config(owner_url), "head")
    except CommandError as error:
        raise MigrationError(
            f"The database was migrated by another release of Aegis than this one ({error}); start that release."
        ) from error
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise MigrationError(f"DATABASE_URL: the database cannot be used: {reason}") from error


@lru_cache
def head_revision() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


async def current_revision(session: AsyncSession) -> str | None:
    """The revision that the database is at, None for one without a schema."""
    try:
        async with session.begin_nested():
            revision: str | None = await session.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:
        return None
    return revision
