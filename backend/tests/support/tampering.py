"""Changing records behind the application's back, as the owner of the tables can: guards off, deed, guards on."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from app.services.audit.guards import GUARDED
from tests.support.databases import DatabaseUrls


async def as_owner(urls: DatabaseUrls, *statements: str, guards_back: bool = True) -> None:
    """Run statements as the tables' owner with the guarding triggers out of the way."""
    engine = create_async_engine(urls.owner)
    try:
        async with engine.begin() as connection:
            for table in GUARDED:
                await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            for statement in statements:
                await connection.execute(text(statement))
            for table in GUARDED if guards_back else ():
                for name in ("rows", "truncate"):
                    await connection.execute(text(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}"))
    finally:
        await engine.dispose()
