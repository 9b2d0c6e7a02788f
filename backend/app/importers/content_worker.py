"""One archive through a source's parser, inside the parser process: hash, check and write every item."""

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import orjson

from app.errors import Invalid
from app.importers.archive import iter_archive
from app.importers.base import Problem
from app.importers.content import ArchiveFile, ContentParser, ParseContext
from app.importers.github_archive import commit_of_archive
from app.importers.limits import MAX_OBJECT_BYTES, MAX_OBJECTS, MAX_PROBLEMS, ArchiveLimits
from app.importers.reading import UNREADABLE
from app.importers.records import DERIVED_CONTENT_KINDS, Item
from app.importers.worker_protocol import ArchiveSummary

CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
RECORD: Final = orjson.OPT_NON_STR_KEYS
MAX_KEY: Final = 500
PROGRESS_EVERY: Final = 200

Write = Callable[[str, str, str, str, bytes], None]


class _Unusable(Exception):
    """An item that cannot be written."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def parse_archive(
    parser: ContentParser, archive: ArchiveFile, write: Write, on_progress: Callable[[int], None]
) -> ArchiveSummary:
    """Write each item of an archive and count it. Of two items with one key the first stays.

    Raises Invalid `no_content`, or the code of the first problem, when there is not one usable item, and what
    `iter_archive` raises.
    """
    release = archive.release or (None if archive.path.is_dir() else commit_of_archive(archive.path))
    context = ParseContext(archive.part, release)
    limits = ArchiveLimits(max_member_bytes=archive.max_member_bytes)
    members = iter_archive(archive.path, limits, parser.wants)
    records: Counter[str] = Counter()
    problems: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    skipped = unread = 0
    for number, found in enumerate(parser.parse(members, context)):
        if not number % PROGRESS_EVERY:
            on_progress(number)
        if number > MAX_OBJECTS:
            raise Invalid("too_many_objects", f"The archive holds more than {MAX_OBJECTS} items.")
        problem = found if isinstance(found, Problem) else _write(parser, archive.part, found, seen, write)
        if problem is None and isinstance(found, Item):
            records[found.record.kind] += found.record.kind not in DERIVED_CONTENT_KINDS
        elif problem is not None:
            skipped += 1
            unread += problem.code in UNREADABLE
            if len(problems) < MAX_PROBLEMS:
                problems.append(_bounded(problem))
    if not any(records.values()):
        if problems:
            first = problems[0]
            raise Invalid(first.code, f"Nothing in the archive can be used. {first.path}: {first.message}")
        raise Invalid("no_content", "The archive holds nothing that this source publishes.")
    return ArchiveSummary(
        part=archive.part,
        release=release,
        records=dict(+records),
        skipped=skipped,
        problems=tuple(problems),
        unread=unread,
        way=archive.way,
        origin=archive.origin,
        sha256=archive.sha256,
        etag=archive.etag,
    )


def _write(parser: ContentParser, part: str, item: Item, seen: set[tuple[str, str]], write: Write) -> Problem | None:
    record = item.record
    try:
        if (record.kind, record.key) in seen:
            return Problem(item.path, "duplicate_key", f"Another item has the key {record.key[:120]}.")
        _refuse_key(record.key)
        content_hash = content_hash_of(item.upstream, parser.version)
        data = _checked(_encoded(record, RECORD))
    except _Unusable as error:
        return Problem(item.path, error.code, error.message)
    seen.add((record.kind, record.key))
    write(record.kind, record.key, part, content_hash, data)
    return None


def _checked(data: bytes) -> bytes:
    if len(data) > MAX_OBJECT_BYTES:
        raise _Unusable("too_large", f"The item is larger than {MAX_OBJECT_BYTES} bytes.")
    if b"\\u0000" in data and _holds_nul(orjson.loads(data)):
        raise _Unusable("invalid_text", "The item holds a NUL character.")
    return data


def content_hash_of(upstream: object, version: int) -> str:
    """SHA-256 of an upstream item in canonical JSON and of the parser's version: comments and layout do not count."""
    return hashlib.sha256(b"%d\n" % version + _encoded(upstream, CANONICAL)).hexdigest()


def _encoded(value: object, option: int) -> bytes:
    try:
        return orjson.dumps(value, default=_as_text, option=option)
    except (TypeError, RecursionError) as error:
        raise _Unusable("invalid_value", "The item holds a value that JSON cannot hold.") from error


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int | float):
        return str(value)
    raise TypeError


def _refuse_key(key: str) -> None:
    if not key or len(key) > MAX_KEY or not key.isprintable():
        raise _Unusable("invalid_id", "The item's id is empty, too long or not printable.")


def _bounded(problem: Problem) -> Problem:
    def clean(text: str) -> str:
        return text.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")

    return Problem(clean(problem.path)[:300], problem.code, clean(problem.message)[:500])


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))
