"""Evidence as files: the embedded default, one host or a shared mount."""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from app.errors import AppError, NoSpace, Unavailable
from app.storage.links import LinkSigner, app_link
from app.storage.port import Delivery, ObjectFacts, StoredObject, is_key, object_missing, require_key, require_sha256
from app.storage.threads import StoreThreads, in_blocks

BLOCK_BYTES = 1 << 20
SHARD_LENGTH = 2


class FilesystemStore:
    """Objects under `root/objects/<first two of key>/<key>`; unfinished ones under `root/incoming`.

    Folders are 0700 and files 0600. An object appears whole or not at all: it is written aside, flushed to disk,
    renamed, and the folder is flushed too.
    """

    kind = "files"

    def __init__(self, root: Path, signer: LinkSigner) -> None:
        self._objects = root / "objects"
        self._incoming = root / "incoming"
        self._signer = signer
        self._threads = StoreThreads()

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, expected_sha256: str | None = None) -> StoredObject:
        """See `EvidenceStore.put`."""
        require_key(key)
        incoming = await self._threads.run(_IncomingFile, self._incoming)
        try:
            async for block in in_blocks(chunks, BLOCK_BYTES):
                await self._threads.run(incoming.write, block)
            require_sha256(incoming.sha256, expected_sha256)
            await self._threads.run(incoming.publish, self._path(key))
        except BaseException:
            await self._threads.run(incoming.discard)
            raise
        return StoredObject(key, incoming.size, incoming.sha256)

    async def open(self, key: str, *, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """See `EvidenceStore.open`."""
        path = self._path(require_key(key))
        with _storage_errors(key):
            file = await self._threads.run(path.open, "rb", 0)
        try:
            await self._threads.run(file.seek, start)
            left = length
            while left is None or left > 0:
                with _storage_errors(key):
                    block = await self._threads.run(file.read, BLOCK_BYTES if left is None else min(left, BLOCK_BYTES))
                if not block:
                    return
                left = None if left is None else left - len(block)
                yield block
        finally:
            file.close()

    async def head(self, key: str) -> ObjectFacts:
        """See `EvidenceStore.head`."""
        path = self._path(require_key(key))
        with _storage_errors(key):
            return _facts(key, await self._threads.run(path.stat))

    async def delete(self, key: str) -> None:
        """See `EvidenceStore.delete`."""
        path = self._path(require_key(key))
        with _storage_errors(key):
            await self._threads.run(path.unlink, missing_ok=True)

    async def list_objects(self) -> AsyncIterator[ObjectFacts]:
        """See `EvidenceStore.list_objects`."""
        with _storage_errors("objects"):
            shards = await self._threads.run(_subfolders, self._objects)
        for shard in shards:
            with _storage_errors(shard.name):
                found = await self._threads.run(_objects_in, shard)
            for facts in found:
                yield facts

    async def discard_unfinished(self, before: datetime) -> int:
        """See `EvidenceStore.discard_unfinished`."""
        with _storage_errors("incoming"):
            return await self._threads.run(_discard_older, self._incoming, before.timestamp())

    async def presign(self, key: str, delivery: Delivery) -> str:
        """A path of this application; see `EvidenceStore.presign`."""
        return app_link(self._signer, key, delivery)

    def free_bytes(self) -> int | None:
        """See `EvidenceStore.free_bytes`."""
        with _storage_errors("objects"):
            return shutil.disk_usage(self._objects).free

    async def prepare(self) -> None:
        """Make the folders, private to this user."""
        for folder in (self._objects, self._incoming):
            with _storage_errors(folder.name):
                await self._threads.run(_make_private, folder)

    async def check(self) -> None:
        """Write and remove a small file."""
        probe = await self._threads.run(_IncomingFile, self._incoming)
        await self._threads.run(probe.discard)

    async def close(self) -> None:
        """See `EvidenceStore.close`."""
        self._threads.close()

    def _path(self, key: str) -> Path:
        return self._objects / key[:SHARD_LENGTH] / key


class _IncomingFile:
    """One file being written. Blocking: every call belongs in a thread."""

    def __init__(self, folder: Path) -> None:
        self.size = 0
        self._hash = hashlib.sha256()
        self._path = folder / f"{secrets.token_hex(16)}.part"
        with _storage_errors("incoming"):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._file = os.fdopen(descriptor, "wb", buffering=0)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def write(self, block: bytes) -> None:
        view = memoryview(block)
        with _storage_errors("incoming"):
            while view:
                view = view[self._file.write(view) :]
        self._hash.update(block)
        self.size += len(block)

    def publish(self, path: Path) -> None:
        with _storage_errors(path.name):
            os.fsync(self._file.fileno())
            self._file.close()
            is_new_shard = not path.parent.exists()
            _make_private(path.parent)
            self._path.rename(path)
            _flush_folder(path.parent)
            if is_new_shard:
                _flush_folder(path.parent.parent)

    def discard(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


@contextmanager
def _storage_errors(key: str) -> Iterator[None]:
    """Turn the file system's errors into the port's."""
    try:
        yield
    except FileNotFoundError as error:
        raise object_missing(key) from error
    except OSError as error:
        raise _as_app_error(error) from error


def _as_app_error(error: OSError) -> AppError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return NoSpace("storage_full", "The evidence store has no room for this file.")
    return Unavailable("storage_unavailable", f"The evidence store cannot be used: {error.strerror}.")


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _flush_folder(folder: Path) -> None:
    """A rename survives a power cut only when its folder was flushed too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _facts(key: str, status: os.stat_result) -> ObjectFacts:
    return ObjectFacts(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _subfolders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())


def _objects_in(shard: Path) -> list[ObjectFacts]:
    with os.scandir(shard) as entries:
        return [
            _facts(entry.name, entry.stat(follow_symlinks=False))
            for entry in entries
            if entry.is_file(follow_symlinks=False) and is_key(entry.name) and entry.name.startswith(shard.name)
        ]


def _discard_older(folder: Path, before: float) -> int:
    old = [path for path in folder.glob("*.part") if path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
