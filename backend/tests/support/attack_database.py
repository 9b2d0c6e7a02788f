"""A database with the bundled ATT&CK: imported once by a worker, copied by every test that only needs it there."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from app.config import Settings
from app.database import make_engine, make_session_factory
from app.services.audit import configure_keys
from app.services.content.bootstrap import ensure_attack
from tests.support.databases import DatabaseUrls, TestServer

WITH_ATTACK = "template_with_attack"


def attack_template(server: TestServer, settings: Settings) -> str:
    """The name of the template. `settings`: of any test; their addresses are not used."""

    async def load(urls: DatabaseUrls) -> None:
        configure_keys(settings)
        engine = make_engine(urls.app, pool_size=3)
        try:
            assert await ensure_attack(make_session_factory(engine, settings), settings)
        finally:
            await engine.dispose()

    def fill(urls: DatabaseUrls) -> None:
        # On a thread: the tests' own event loop is running here.
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(asyncio.run, load(urls)).result()

    return server.fill_template(WITH_ATTACK, fill)
