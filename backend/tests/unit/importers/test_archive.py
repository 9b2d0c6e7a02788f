"""Reading archives that nobody vouches for."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from app.errors import AppError
from app.importers.archive import iter_members, read_bounded
from app.importers.limits import ArchiveLimits

SMALL = ArchiveLimits(max_members=4, max_member_bytes=100, max_total_bytes=150)


def tar_of(path: Path, *members: tarfile.TarInfo | tuple[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return path


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


def code_of(path: Path) -> str:
    with pytest.raises(AppError) as refused:
        list(iter_members(path, SMALL))
    return refused.value.code


def test_members_come_without_the_top_folder(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a", ("repo-1/a.yml", b"one"), ("repo-1/x/b.yml", b"two"), ("pax", b""))

    assert list(iter_members(path, SMALL)) == [("a.yml", b"one"), ("x/b.yml", b"two")]


def test_links_are_passed_over(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a", link("repo/a", "/etc/passwd"), link("repo/b", "a", tarfile.LNKTYPE), ("repo/c", b"3"))

    assert list(iter_members(path, SMALL)) == [("c", b"3")]


@pytest.mark.parametrize("name", ["/etc/passwd", "repo/../../etc/passwd", "..", "repo\\..\\x"])
def test_names_that_leave_the_archive_make_it_unusable(tmp_path: Path, name: str) -> None:
    assert code_of(tar_of(tmp_path / "a", (name, b"x"))) == "unsafe_archive"


@pytest.mark.parametrize(
    "sizes",
    [[101], [80, 80], [1, 1, 1, 1, 1]],
    ids=["one member", "all members", "number of members"],
)
def test_caps(tmp_path: Path, sizes: list[int]) -> None:
    members = [(f"repo/{number}", b"x" * size) for number, size in enumerate(sizes)]

    assert code_of(tar_of(tmp_path / "a", *members)) == "archive_too_large"


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_truncated_tar(tmp_path: Path, keep: float) -> None:
    whole = tar_of(tmp_path / "a", ("repo/a", bytes(range(100)))).read_bytes()
    (tmp_path / "b").write_bytes(whole[: int(len(whole) * keep)])

    assert code_of(tmp_path / "b") in {"truncated_archive", "damaged_archive"}


def test_something_else_than_an_archive(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"<html>not found</html>" * 100)

    assert code_of(tmp_path / "a") == "damaged_archive"


def test_plain_and_gzipped_files_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"hello")
    (tmp_path / "packed").write_bytes(gzip.compress(b"hello"))

    assert read_bounded(tmp_path / "plain", 5) == read_bounded(tmp_path / "packed", 5) == b"hello"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (gzip.compress(b"x" * 1000)[:-9], "truncated_archive"),
        (gzip.compress(b"x" * 1000)[:15] + b"\xff" * 20, "damaged_archive"),
        (gzip.compress(b"x" * 1001), "file_too_large"),
        (b"x" * 1001, "file_too_large"),
    ],
    ids=["truncated", "damaged", "gzip bomb", "plain"],
)
def test_unusable_files(tmp_path: Path, data: bytes, code: str) -> None:
    (tmp_path / "a").write_bytes(data)

    with pytest.raises(AppError) as refused:
        read_bounded(tmp_path / "a", 1000)

    assert refused.value.code == code
