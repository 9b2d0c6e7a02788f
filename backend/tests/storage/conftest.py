"""The two stores under test. The S3 one talks to a real server that the fixture starts and ends."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.config import Settings
from app.storage import EvidenceStore, LinkSigner
from app.storage.filesystem import FilesystemStore
from app.storage.s3 import S3Options, S3Store
from tests.support.swift import SwiftServer, running_swift

BUCKET = "evidence"


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SwiftServer]:
    with running_swift(tmp_path_factory.mktemp("swift")) as server:
        yield server


@pytest.fixture(scope="session")
def s3_options(swift: SwiftServer) -> S3Options:
    return S3Options(
        endpoint=swift.endpoint,
        access_key=swift.access_key,
        secret_key=swift.secret_key,
        bucket=BUCKET,
        create_bucket=True,
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a store alone; the store needs no database."""
    return Settings(_env_file=None, aegis_data_dir=tmp_path / "aegis", secret_key="a secret of the tests " * 3)


@pytest.fixture
def signer() -> LinkSigner:
    return LinkSigner([b"k" * 32])


@pytest.fixture
async def files(tmp_path: Path, signer: LinkSigner) -> AsyncIterator[FilesystemStore]:
    store = FilesystemStore(tmp_path / "evidence", signer)
    await store.prepare()
    yield store
    await store.close()


@pytest.fixture
async def s3(s3_options: S3Options) -> AsyncIterator[S3Store]:
    store = S3Store(s3_options)
    await store.prepare()
    yield store
    async for facts in store.list_objects():
        await store.delete(facts.key)
    await store.close()


@pytest.fixture(params=["files", pytest.param("s3", marks=pytest.mark.s3)])
def store(request: pytest.FixtureRequest) -> EvidenceStore:
    made: EvidenceStore = request.getfixturevalue(request.param)
    return made
