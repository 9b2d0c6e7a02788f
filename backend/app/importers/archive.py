"""Reading compressed files without trusting them: nothing is unpacked to disk, everything is bounded."""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

from app.errors import Invalid, TooLarge
from app.importers.limits import MIB, ArchiveLimits

GZIP_MAGIC: Final = b"\x1f\x8b"
READ_CHUNK: Final = MIB


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


def iter_members(path: Path, limits: ArchiveLimits) -> Iterator[tuple[str, bytes]]:
    """Yield (name without the top folder, content) of the regular files of a gzipped or plain tar, in order.

    Links and special files are passed over; a name that is absolute or climbs makes the archive unusable.
    Raises TooLarge `archive_too_large` and Invalid `unsafe_archive`, `truncated_archive` or `damaged_archive`.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb")) if packed else raw
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                yield from _members(archive, limits)
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


def _members(archive: tarfile.TarFile, limits: ArchiveLimits) -> Iterator[tuple[str, bytes]]:
    total = 0
    for count, member in enumerate(archive, start=1):
        if count > limits.max_members:
            raise TooLarge("archive_too_large", f"The archive has more than {limits.max_members} members.")
        name = _safe_name(member.name)
        if not member.isreg():
            continue
        total += member.size
        if member.size > limits.max_member_bytes or total > limits.max_total_bytes:
            raise TooLarge("archive_too_large", "A member of the archive, or all of them together, are too large.")
        stream = archive.extractfile(member)
        if stream is None or name is None:
            continue
        data = stream.read(limits.max_member_bytes + 1)
        if len(data) != member.size:
            raise Invalid("truncated_archive", "The archive ends in the middle of a member.")
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
