"""What a first start puts into the database. `python -m app.seed` does it alone, as often as one likes."""

import asyncio
import sys

from app.bootstrap import embedded_database
from app.config import Settings, SettingsError, load_settings
from app.database import make_engine, make_session_factory, session_scope
from app.embedded import EmbeddedPostgresError
from app.migrate import MigrationError, upgrade_to_head
from app.security import Passwords
from app.services import audit
from app.services.content.bootstrap import ensure_attack
from app.services.first_environment import ensure_default_environment
from app.services.seeding import ensure_first_admin


def prepare_database(settings: Settings) -> None:
    """Bring the schema to the newest revision and put in what a first start needs."""
    owner_url = settings.database_owner_url or settings.database_url
    assert owner_url is not None, "embedded_database gives the URLs"
    upgrade_to_head(owner_url)
    asyncio.run(seed_database(settings))


async def seed_database(settings: Settings) -> None:
    """Create the administrator, the default environment and the bundled ATT&CK where they are missing."""
    assert settings.database_url is not None, "embedded_database gives the URLs"
    audit.configure_keys(settings)
    engine = make_engine(settings.database_url, pool_size=3, statement_timeout_ms=None)
    try:
        factory = make_session_factory(engine, settings)
        async with session_scope(factory) as session:
            await ensure_default_environment(session)
            await ensure_first_admin(session, settings, Passwords())
        await ensure_attack(factory, settings)
    finally:
        await engine.dispose()


def main() -> None:
    """Migrate and seed the database of the settings."""
    with embedded_database(load_settings()) as (settings, _postgres):
        prepare_database(settings)


if __name__ == "__main__":
    try:
        main()
    except (SettingsError, EmbeddedPostgresError, MigrationError) as error:
        sys.exit(str(error))
