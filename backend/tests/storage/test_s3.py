"""What only the S3 store promises, against a real server."""

import asyncio
import base64
import hashlib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from botocore.exceptions import ClientError

from app import clock
from app.config import Settings
from app.errors import AppError, NotFound, Unavailable, UpstreamFailed
from app.storage import Delivery, make_store, new_key
from app.storage.s3 import S3Options, S3Store
from tests.storage.content import chunks, keys_of, read

pytestmark = pytest.mark.s3

PATIENCE = 20
"""Seconds, on a busy machine too; a store that is waited for without an end takes for ever."""

DELIVERY = Delivery(
    filename="Übung ✓.html", content_type="application/octet-stream", expires_seconds=60, subject="e", person="u"
)


@contextmanager
def silent_server() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def refused_endpoint() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


async def fetch(url: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient(verify=False) as client:
        return await client.get(url, headers=headers)


async def refusal_of(store: S3Store) -> AppError:
    with pytest.raises(AppError) as refusal:
        await store.put(new_key(), chunks(b"x"))
    await store.close()
    return refusal.value


async def test_a_link_pins_name_and_type(s3: S3Store) -> None:
    key = new_key()
    await s3.put(key, chunks(b"<script>1</script>"))
    answer = await fetch(await s3.presign(key, DELIVERY))
    assert (answer.status_code, answer.content) == (200, b"<script>1</script>")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"_bung _.html\"; filename*=UTF-8''%C3%9Cbung%20%E2%9C%93.html"
    )


async def test_a_link_serves_ranges(s3: S3Store) -> None:
    key = new_key()
    await s3.put(key, chunks(b"0123456789"))
    answer = await fetch(await s3.presign(key, DELIVERY), headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.content) == (206, b"234")


async def test_tampered_and_expired_links_are_refused(s3: S3Store) -> None:
    key, other = new_key(), new_key()
    await s3.put(key, chunks(b"mine"))
    await s3.put(other, chunks(b"not mine"))
    url = await s3.presign(key, DELIVERY)
    for changed in (
        url.replace(key, other),
        url.replace("attachment", "inline"),
        url.replace("octet-stream", "html"),
        url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.partition("?")[0],
    ):
        assert changed != url
        assert (await fetch(changed)).status_code in {400, 403}
    brief = await s3.presign(key, replace(DELIVERY, expires_seconds=1))
    await asyncio.sleep(2.1)
    assert (await fetch(brief)).status_code == 403


async def test_links_name_the_public_endpoint(s3_options: S3Options) -> None:
    store = S3Store(replace(s3_options, public_endpoint="https://aegis.example:8443"))
    key = new_key()
    url = await store.presign(key, DELIVERY)
    assert url.startswith(f"https://aegis.example:8443/evidence/{key}?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
    await store.close()


async def test_the_server_refuses_bytes_that_do_not_match_their_hash(s3: S3Store) -> None:
    checksum = base64.b64encode(hashlib.sha256(b"hello").digest()).decode()
    with pytest.raises(ClientError, match="BadDigest"):
        s3._client().put_object(Bucket="evidence", Key=new_key(), Body=b"hellO", ChecksumSHA256=checksum)
    assert await keys_of(s3) == set()


async def test_foreign_objects_in_the_bucket_are_passed_over(s3: S3Store) -> None:
    client = s3._client()
    client.put_object(Bucket="evidence", Key="backup/2026.tar", Body=b"x")
    key = new_key()
    await s3.put(key, chunks(b"y"))
    assert await keys_of(s3) == {key}
    client.delete_object(Bucket="evidence", Key="backup/2026.tar")


async def test_dead_multipart_uploads_are_aborted_by_age(s3: S3Store) -> None:
    client, key = s3._client(), new_key()
    client.create_multipart_upload(Bucket="evidence", Key=key)
    assert await s3.discard_unfinished(clock.now() - timedelta(hours=24)) == 0
    assert await s3.discard_unfinished(clock.now() + timedelta(hours=1)) == 1
    assert client.list_multipart_uploads(Bucket="evidence").get("Uploads", []) == []


async def test_wrong_keys_are_told_and_not_echoed(s3_options: S3Options) -> None:
    refusal = await refusal_of(S3Store(replace(s3_options, secret_key="wrong")))
    assert isinstance(refusal, UpstreamFailed)
    assert refusal.code == "storage_refused"
    assert "SignatureDoesNotMatch" in refusal.message
    assert "wrong" not in refusal.message


async def test_a_missing_bucket_is_not_made_in_production(s3_options: S3Options) -> None:
    store = S3Store(replace(s3_options, bucket="not-there", create_bucket=False))
    with pytest.raises(NotFound):
        await store.prepare()
    with pytest.raises(NotFound):
        await store.check()
    await store.close()


async def test_a_store_that_is_down_is_told_at_once(s3_options: S3Options) -> None:
    began = time.monotonic()
    refusal = await refusal_of(S3Store(replace(s3_options, endpoint=refused_endpoint())))
    assert isinstance(refusal, Unavailable)
    assert refusal.code == "storage_unavailable"
    assert time.monotonic() - began < PATIENCE


async def test_a_store_that_hangs_is_given_up(s3_options: S3Options) -> None:
    with silent_server() as endpoint:
        began = time.monotonic()
        store = S3Store(replace(s3_options, endpoint=endpoint, connect_seconds=0.5, read_seconds=0.5))
        with pytest.raises(Unavailable):
            await store.check()
        assert time.monotonic() - began < PATIENCE
        refusal = await refusal_of(store)
    assert refusal.code == "storage_unavailable"
    assert time.monotonic() - began < 2 * PATIENCE


async def test_settings_lead_to_a_working_store(settings: Settings, s3_options: S3Options) -> None:
    secret = type(settings.minio_secret_key)
    store = make_store(
        settings.model_copy(
            update={
                "minio_endpoint": s3_options.endpoint.removeprefix("http://"),
                "minio_access_key": secret(s3_options.access_key),
                "minio_secret_key": secret(s3_options.secret_key),
                "minio_bucket": "by-settings",
            }
        )
    )
    await store.prepare()
    key = new_key()
    await store.put(key, chunks(b"x"))
    assert await read(store, key) == b"x"
    assert store.free_bytes() is None
    await store.close()
