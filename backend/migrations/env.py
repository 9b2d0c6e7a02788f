"""Runs migrations with the owner's role, under an advisory lock, with short lock time-outs."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

import app.models
from app.models.base import Base

MIGRATION_LOCK = 7_105_511_983

target_metadata = Base.metadata
assert app.models


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=target_metadata,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.execute(text("SET LOCAL lock_timeout = '4s'"))
        context.run_migrations()


def run() -> None:
    """Migrate over the connection handed in by the caller, or over a new one to `sqlalchemy.url`."""
    given = context.config.attributes.get("connection")
    if given is not None:
        _run(given)
        return
    url = context.config.get_main_option("sqlalchemy.url")
    if not url:
        from app.config import get_settings  # noqa: PLC0415  only the alembic command line needs the environment

        settings = get_settings()
        url = settings.database_owner_url or settings.database_url or ""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        _run(connection)
        connection.commit()


run()
