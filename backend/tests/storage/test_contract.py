"""One contract, both stores."""

import asyncio
import hashlib
from contextlib import suppress
from datetime import timedelta

import pytest

from app import clock
from app.errors import Invalid, NotFound
from app.storage import EvidenceStore, StoredObject, new_key
from tests.storage.content import (
    chunks,
    endless,
    failing,
    keys_of,
    megabytes,
    peak_growth_mb,
    read,
    sha256_of_megabytes,
)

HELLO_SHA256 = hashlib.sha256(b"hello").hexdigest()
ODD_KEYS = [
    "",
    ".",
    "..",
    "../../x",
    "/etc/passwd",
    "a/b",
    "%2e%2e/x",
    "a" * 900,
    "A" * 40,
    "0" * 39,
    "0" * 41,
    "0" * 39 + "\n",
    "0" * 40 + "\x00",
    "é" * 40,
    "٠" * 40,
    "0" * 38 + " 0",
]


async def test_put_answers_size_and_hash_of_what_is_then_read(store: EvidenceStore) -> None:
    key = new_key()
    assert await store.put(key, chunks(b"he", b"", b"llo")) == StoredObject(key, 5, HELLO_SHA256)
    assert await read(store, key) == b"hello"
    facts = await store.head(key)
    assert (facts.key, facts.size) == (key, 5)
    assert abs(clock.now() - facts.modified_at) < timedelta(minutes=1)


async def test_an_empty_object_is_an_object(store: EvidenceStore) -> None:
    key = new_key()
    assert await store.put(key, chunks()) == StoredObject(key, 0, hashlib.sha256(b"").hexdigest())
    assert await read(store, key) == b""
    assert (await store.head(key)).size == 0


async def test_the_stated_hash_is_checked_and_a_wrong_one_keeps_nothing(store: EvidenceStore) -> None:
    key = new_key()
    await store.put(key, chunks(b"hello"), expected_sha256=HELLO_SHA256.upper())
    other = new_key()
    with pytest.raises(Invalid) as refusal:
        await store.put(other, chunks(b"hellO"), expected_sha256=HELLO_SHA256)
    assert refusal.value.code == "sha256_mismatch"
    assert await keys_of(store) == {key}


async def test_a_wrong_hash_of_many_parts_keeps_nothing(store: EvidenceStore) -> None:
    with pytest.raises(Invalid):
        await store.put(new_key(), megabytes(9), expected_sha256=HELLO_SHA256)
    assert await keys_of(store) == set()
    assert await store.discard_unfinished(clock.now() + timedelta(hours=1)) == 0


@pytest.mark.parametrize("sent_mb", [0, 1, 9, 17])
async def test_a_source_that_fails_keeps_nothing(store: EvidenceStore, sent_mb: int) -> None:
    with pytest.raises(ConnectionResetError):
        await store.put(new_key(), failing(*[b"x" * (1 << 20)] * sent_mb))
    assert await keys_of(store) == set()
    assert await store.discard_unfinished(clock.now() + timedelta(hours=1)) == 0


@pytest.mark.parametrize("sent_mb", [1, 17])
async def test_a_cancelled_put_keeps_nothing(store: EvidenceStore, sent_mb: int) -> None:
    task = asyncio.create_task(store.put(new_key(), endless(*[b"x" * (1 << 20)] * sent_mb)))
    await asyncio.sleep(0.2)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert await keys_of(store) == set()
    assert await store.discard_unfinished(clock.now() + timedelta(hours=1)) == 0


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [
        (0, None, b"0123456789"),
        (0, 3, b"012"),
        (3, 4, b"3456"),
        (8, None, b"89"),
        (8, 50, b"89"),
        (9, 1, b"9"),
        (3, 0, b""),
        (10, None, b""),
        (500, 5, b""),
    ],
)
async def test_ranges(store: EvidenceStore, start: int, length: int | None, expected: bytes) -> None:
    key = new_key()
    await store.put(key, chunks(b"0123456789"))
    assert await read(store, key, start=start, length=length) == expected


async def test_a_range_across_parts(store: EvidenceStore) -> None:
    key = new_key()
    await store.put(key, chunks(b"a" * (8 << 20), b"b" * (8 << 20), b"c" * 5))
    assert await read(store, key, start=(8 << 20) - 2, length=4) == b"aabb"
    assert await read(store, key, start=(16 << 20) - 1) == b"bccccc"


async def test_what_is_missing_is_not_found(store: EvidenceStore) -> None:
    for attempt in (store.head(new_key()), read(store, new_key()), read(store, new_key(), start=1, length=2)):
        with pytest.raises(NotFound) as refusal:
            await attempt
        assert refusal.value.code == "object_missing"


async def test_deleting_twice_is_deleting_once(store: EvidenceStore) -> None:
    key, kept = new_key(), new_key()
    await store.put(key, chunks(b"x"))
    await store.put(kept, chunks(b"y"))
    await store.delete(key)
    await store.delete(key)
    assert await keys_of(store) == {kept}


@pytest.mark.parametrize("key", ODD_KEYS)
async def test_keys_that_are_not_ours_reach_no_store(store: EvidenceStore, key: str) -> None:
    for attempt in (store.put(key, chunks(b"x")), store.head(key), store.delete(key), read(store, key)):
        with pytest.raises(Invalid) as refusal:
            await attempt
        assert refusal.value.code == "invalid_key"
    assert await keys_of(store) == set()


async def test_listing_many(store: EvidenceStore) -> None:
    keys = {new_key() for _ in range(30)}
    await asyncio.gather(*[store.put(key, chunks(key.encode())) for key in keys])
    listed = {facts.key: facts.size async for facts in store.list_objects()}
    assert listed == dict.fromkeys(keys, 40)


async def test_keys_are_never_alike() -> None:
    assert len({new_key() for _ in range(1000)}) == 1000


async def test_300_mb_come_back_byte_for_byte_and_memory_stays_flat(store: EvidenceStore) -> None:
    key = new_key()
    await store.put(new_key(), megabytes(20))  # the first use loads code; that is not what is measured
    with peak_growth_mb() as growth:
        stored = await store.put(key, megabytes(300))
        digest = hashlib.sha256()
        async for block in store.open(key):
            digest.update(block)
    assert (stored.size, stored.sha256) == (300 << 20, sha256_of_megabytes(300))
    assert digest.hexdigest() == stored.sha256
    assert growth[0] < 50


async def test_a_prepared_store_is_ready(store: EvidenceStore) -> None:
    await store.prepare()
    await store.check()
