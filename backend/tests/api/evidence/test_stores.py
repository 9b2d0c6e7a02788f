"""The same evidence with the bytes in S3, through the application, and when there is no room."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest

from app import clock
from app.config import Settings
from app.database import make_engine, make_session_factory
from app.storage import make_store
from tests.api.evidence.scene import Scene, head, refused, tail
from tests.storage.content import keys_of
from tests.support.databases import TestServer
from tests.support.live import live_server
from tests.support.swift import SwiftServer, running_swift


async def scene_with(
    postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory, **settings: object
) -> AsyncIterator[Scene]:
    urls = postgres_server.clone()
    made = Settings(
        _env_file=None,
        aegis_data_dir=tmp_path_factory.mktemp("live"),
        database_url=urls.app,
        database_owner_url=urls.owner,
        secret_key="a-secret-key-for-tests-only-0123456789abcdef",
        scheduler_enabled=False,
        attack_source="bundled",
        **settings,
    )
    engine = make_engine(urls.app)
    with live_server(made) as base_url:
        scene = Scene(base_url, make_session_factory(engine), made)
        await scene.populate()
        yield scene
    await engine.dispose()
    postgres_server.drop(urls.name)


@pytest.fixture(scope="module")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftServer]:
    with running_swift(tmp_path_factory.mktemp("swift")) as server:
        yield server


@pytest.fixture(scope="module")
async def s3_scene(
    swift: SwiftServer, postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    async for scene in scene_with(
        postgres_server,
        tmp_path_factory,
        minio_endpoint=swift.endpoint,
        minio_access_key=swift.access_key,
        minio_secret_key=swift.secret_key,
    ):
        yield scene


@pytest.mark.s3
async def test_evidence_in_s3_is_fetched_from_there_and_verified(s3_scene: Scene) -> None:
    test_id = await s3_scene.test()
    content = b"<html>" + bytes(20 << 20)
    evidence = (await s3_scene.upload(test_id, content, filename="dump.html")).json()
    path = f"/tests/{test_id}/evidence/{evidence['id']}"
    url = (await s3_scene.get(f"{path}/download")).json()["url"]
    assert url.startswith(f"{s3_scene.settings.minio_endpoint}/evidence/")
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)
    assert answer.content == content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert 'filename="dump.html.danger"' in answer.headers["content-disposition"]
    assert (await s3_scene.post(f"{path}/verify")).json()["intact"] is True
    store = make_store(s3_scene.settings)
    (key,) = await keys_of(store)
    await store.delete(key)
    await store.close()
    other = (await s3_scene.upload(test_id, b"fine")).json()
    assert (await s3_scene.post(f"/tests/{test_id}/evidence/{other['id']}/verify")).json()["intact"] is True


@pytest.mark.s3
async def test_a_refused_upload_leaves_nothing_in_s3(s3_scene: Scene) -> None:
    store = make_store(s3_scene.settings)
    before = await keys_of(store)
    test_id = await s3_scene.test()
    answer = await s3_scene.upload(test_id, bytes(20 << 20), data={"sensitivity": "cosmic"})
    assert refused(answer) == (422, "invalid_input")
    assert await keys_of(store) == before
    await store.close()


@pytest.mark.s3
async def test_s3_goes_in_the_middle_of_an_upload_and_comes_back(s3_scene: Scene, swift: SwiftServer) -> None:
    store = make_store(s3_scene.settings)
    before = await keys_of(store)
    test_id = await s3_scene.test()
    kept = (await s3_scene.upload(test_id, b"kept")).json()
    path = f"/tests/{test_id}/evidence/{kept['id']}"
    gone = (503, "storage_unavailable")

    async def interrupted() -> AsyncIterator[bytes]:
        yield head() + bytes(20 << 20)
        await asyncio.sleep(1)  # for the first part to go on to the store
        await asyncio.to_thread(swift.stop)
        yield bytes(20 << 20)
        yield tail()

    try:
        answer = await s3_scene.stream(test_id, interrupted())
        assert refused(answer) == gone
        assert answer.json()["detail"].startswith("The evidence store gives no usable answer (")
        assert refused(await s3_scene.upload(test_id, b"lost")) == gone
        for read in ("download", "preview"):
            assert refused(await s3_scene.get(f"{path}/{read}")) == gone
        assert refused(await s3_scene.post(f"{path}/verify")) == gone
        ready = await s3_scene.fetch("/ready")
        assert (ready.status_code, ready.json()["failing"]) == (503, ["storage"])
        assert (await s3_scene.get(f"/tests/{test_id}")).json()["state"] == "red_executing"
        assert [kind for kind, _ in await s3_scene.custody(kept["id"])] == ["received"], "no link, no fetch, no verdict"
    finally:
        await asyncio.to_thread(swift.start)
    assert (await s3_scene.post(f"{path}/verify")).json()["intact"] is True
    again = (await s3_scene.upload(test_id, b"again")).json()
    listed = (await s3_scene.get(f"/tests/{test_id}/evidence")).json()["items"]
    assert [item["id"] for item in listed] == [kept["id"], again["id"]]
    assert await s3_scene.audit_actions(test_id) == ["evidence.uploaded"] * 2
    assert (await s3_scene.fetch("/ready")).status_code == 200
    # If the first part had arrived, it is what the sweep finds, once.
    soon = clock.now() + timedelta(minutes=1)
    assert await store.discard_unfinished(soon) in {0, 1}
    assert await store.discard_unfinished(soon) == 0
    assert len(await keys_of(store) - before) == 2
    await store.close()


async def test_delivery_by_proxy_uses_links_of_ours(
    postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async for scene in scene_with(postgres_server, tmp_path_factory, evidence_delivery="proxy"):
        test_id = await scene.test()
        evidence = (await scene.upload(test_id)).json()
        url = (await scene.get(f"/tests/{test_id}/evidence/{evidence['id']}/download")).json()["url"]
        assert url.startswith("/api/v1/evidence-files?link=")
        assert (await scene.fetch(url)).content == b"proof"


async def test_no_upload_while_the_disk_is_nearly_full(
    postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async for scene in scene_with(postgres_server, tmp_path_factory, evidence_min_free_gb=1e9):
        assert refused(await scene.upload(await scene.test())) == (507, "storage_low")
        assert scene.stored_files() == []
