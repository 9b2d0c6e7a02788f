"""A live Aegis for each module of tests."""

from collections.abc import AsyncIterator

import pytest

from app.config import Settings
from app.database import make_engine, make_session_factory
from tests.api.evidence.scene import Scene
from tests.support.databases import TestServer
from tests.support.live import live_server

LIMIT_MB = 301


@pytest.fixture(scope="module")
async def scene(postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    urls = postgres_server.clone()
    settings = Settings(
        _env_file=None,
        aegis_data_dir=tmp_path_factory.mktemp("live"),
        database_url=urls.app,
        database_owner_url=urls.owner,
        secret_key="a-secret-key-for-tests-only-0123456789abcdef",
        scheduler_enabled=False,
        attack_source="bundled",
        max_evidence_mb=LIMIT_MB,
        evidence_min_free_gb=0.1,
        evidence_max_files_per_test=5,
    )
    engine = make_engine(urls.app)
    with live_server(settings) as base_url:
        scene = Scene(base_url, make_session_factory(engine), settings)
        await scene.populate()
        yield scene
    await engine.dispose()
    postgres_server.drop(urls.name)
