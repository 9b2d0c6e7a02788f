"""What only the file store promises."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from app import clock
from app.errors import Unavailable
from app.storage import new_key
from app.storage.filesystem import FilesystemStore
from tests.storage.content import chunks, failing, keys_of, read


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_objects_are_private_files_in_private_shards(files: FilesystemStore, tmp_path: Path) -> None:
    key = new_key()
    await files.put(key, chunks(b"x"))
    path = tmp_path / "evidence" / "objects" / key[:2] / key
    assert path.read_bytes() == b"x"
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    for folder in (path.parent, path.parent.parent, tmp_path / "evidence" / "incoming"):
        assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert list((tmp_path / "evidence" / "incoming").iterdir()) == []


async def test_a_store_made_again_on_the_folder_has_the_objects(files: FilesystemStore, tmp_path: Path) -> None:
    key = new_key()
    await files.put(key, chunks(b"kept"))
    again = FilesystemStore(tmp_path / "evidence", files._signer)
    await again.prepare()
    assert await read(again, key) == b"kept"
    await again.close()


async def test_strangers_in_the_folder_are_passed_over(files: FilesystemStore, tmp_path: Path) -> None:
    key = new_key()
    await files.put(key, chunks(b"x"))
    shard = tmp_path / "evidence" / "objects" / key[:2]
    (shard / "README").write_text("by hand")
    (shard / new_key()).symlink_to("/etc/hostname")
    (tmp_path / "evidence" / "objects" / "lost+found").mkdir()
    assert await keys_of(files) == {key}


async def test_leftovers_of_dead_uploads_go_by_age(files: FilesystemStore, tmp_path: Path) -> None:
    incoming = tmp_path / "evidence" / "incoming"
    old, new = incoming / "old.part", incoming / "new.part"
    for path in (old, new):
        path.write_bytes(b"half")
    long_ago = (clock.now() - timedelta(hours=25)).timestamp()
    os.utime(old, (long_ago, long_ago))
    assert await files.discard_unfinished(clock.now() - timedelta(hours=24)) == 1
    assert list(incoming.iterdir()) == [new]


async def test_a_broken_store_says_so(files: FilesystemStore, tmp_path: Path) -> None:
    incoming = tmp_path / "evidence" / "incoming"
    incoming.rmdir()
    incoming.write_text("in the way")
    for attempt in (files.put(new_key(), chunks(b"x")), files.check()):
        with pytest.raises(Unavailable) as refusal:
            await attempt
        assert refusal.value.code == "storage_unavailable"


async def test_nothing_of_a_failed_put_stays_on_disk(files: FilesystemStore, tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        await files.put(new_key(), failing(b"x" * (3 << 20)))
    assert files_under(tmp_path) == []


async def test_free_space_is_known(files: FilesystemStore, tmp_path: Path) -> None:
    status = os.statvfs(tmp_path)
    free = files.free_bytes()
    assert free is not None
    assert abs(free - status.f_bavail * status.f_frsize) < 1 << 30
