"""Reading compressed files without trusting them: nothing is unpacked to disk, everything is bounded."""

import gzip
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

from app.errors import Invalid, TooLarge
from app.importers.limits import MIB, ArchiveLimits

GZIP_MAGIC: Final = b"\x1f\x8b"
ZIP_MAGIC: Final = b"PK\x03\x04"
READ_CHUNK: Final = MIB
TOO_LARGE: Final = "A member of the archive, or all of them together, are too large."


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """Read a plain or gzipped file of at most `max_bytes`, measured after decompression.

    Raises TooLarge `file_too_large` and Invalid `truncated_archive` or `damaged_archive`.
    """
    with path.open("rb") as raw:
        if raw.read(2) != GZIP_MAGIC:
            raw.seek(0)
            return _read_stream(raw, max_bytes)
        raw.seek(0)
        try:
            with gzip.GzipFile(fileobj=raw, mode="rb") as stream:
                return _read_stream(stream, max_bytes)
        except EOFError as error:
            raise Invalid("truncated_archive", "The compressed file ends before its data does.") from error
        except (OSError, zlib.error) as error:
            raise Invalid("damaged_archive", "The compressed file is damaged.") from error


Wanted = Callable[[str], bool]


def iter_archive(path: Path, limits: ArchiveLimits, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """Yield the wanted members of a folder, a zip file or a tarball, as `iter_members` does.

    Raises as `iter_members`.
    """
    if path.is_dir():
        yield from _folder_members(path, limits, wanted)
        return
    with path.open("rb") as stream:
        zipped = stream.read(4) == ZIP_MAGIC
    yield from _zip_members(path, limits, wanted) if zipped else iter_members(path, limits, wanted)


def iter_members(path: Path, limits: ArchiveLimits, wanted: Wanted = lambda _name: True) -> Iterator[tuple[str, bytes]]:
    """Yield (name without the top folder, content) of the wanted regular files of a gzipped or plain tar, in order.

    Links and special files are passed over; a name that is absolute or climbs makes the archive unusable.
    Raises TooLarge `archive_too_large` and Invalid `unsafe_archive`, `truncated_archive` or `damaged_archive`.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb")) if packed else raw
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                yield from _members(archive, limits, wanted)
            # The checksum stands at the very end: only who reads that far knows that nothing is missing.
            trailing = 0
            while chunk := stream.read(READ_CHUNK):
                trailing += len(chunk)
                if trailing > limits.max_total_bytes:
                    raise TooLarge("archive_too_large", "The archive holds too much behind its end.")
    except EOFError as error:
        raise Invalid("truncated_archive", "The archive ends before its data does.") from error
    except tarfile.ReadError as error:
        code = "truncated_archive" if "unexpected end" in str(error) else "damaged_archive"
        raise Invalid(code, "The archive cannot be read to its end.") from error
    except (tarfile.TarError, OSError, zlib.error) as error:
        raise Invalid("damaged_archive", "The archive is damaged.") from error


def _members(archive: tarfile.TarFile, limits: ArchiveLimits, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    total = 0
    for count, member in enumerate(archive, start=1):
        if count > limits.max_members:
            raise TooLarge("archive_too_large", f"The archive has more than {limits.max_members} members.")
        name = _safe_name(member.name)
        if not member.isreg():
            continue
        total += member.size
        if total > limits.max_total_bytes:
            raise TooLarge("archive_too_large", TOO_LARGE)
        if name is None or not wanted(name):
            continue
        if member.size > limits.max_member_bytes:
            raise TooLarge("archive_too_large", TOO_LARGE)
        stream = archive.extractfile(member)
        if stream is None:
            continue
        data = stream.read(limits.max_member_bytes + 1)
        if len(data) != member.size:
            raise Invalid("truncated_archive", "The archive ends in the middle of a member.")
        yield name, data


def _zip_members(path: Path, limits: ArchiveLimits, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > limits.max_members:
                raise TooLarge("archive_too_large", f"The archive has more than {limits.max_members} members.")
            for entry in entries:
                name = _safe_name(entry.filename)
                if entry.is_dir() or name is None or not wanted(name) or _is_link(entry):
                    continue
                with archive.open(entry) as stream:
                    data = stream.read(limits.max_member_bytes + 1)
                total += len(data)
                if len(data) > limits.max_member_bytes or total > limits.max_total_bytes:
                    raise TooLarge("archive_too_large", TOO_LARGE)
                yield name, data
    except EOFError as error:
        raise Invalid("truncated_archive", "The archive ends before its data does.") from error
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError) as error:
        raise Invalid("damaged_archive", "The archive is damaged, encrypted or packed in an unknown way.") from error


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return (entry.external_attr >> 16) & 0o170000 not in {0, 0o100000}


def _folder_members(folder: Path, limits: ArchiveLimits, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """Files that we fetched one by one; their names are below the folder itself."""
    total = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file() or not wanted(name):
            continue
        data = read_bounded(path, limits.max_member_bytes)
        total += len(data)
        if total > limits.max_total_bytes:
            raise TooLarge("archive_too_large", TOO_LARGE)
        yield name, data


def _safe_name(name: str) -> str | None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\x00" in name:
        raise Invalid("unsafe_archive", "The archive names a file outside of itself.")
    rest = path.parts[1:]
    return "/".join(rest) if rest else None


def _read_stream(stream: IO[bytes] | gzip.GzipFile, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := stream.read(READ_CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge("file_too_large", f"The file holds more than {max_bytes // MIB} MiB.")
        chunks.append(chunk)
    return b"".join(chunks)
