"""Runs a source's parser in this process, over an archive or over files that a test wrote."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.importers.archive import iter_archive
from app.importers.base import Problem
from app.importers.content import ParseContext, load_parser
from app.importers.content_worker import content_hash_of
from app.importers.limits import ArchiveLimits
from app.importers.records import Item

COMMIT = "c" * 40


@dataclass(frozen=True)
class Parsed:
    """What came of it, the first of two items with one key only, as the worker keeps them."""

    items: tuple[Item, ...]
    problems: tuple[Problem, ...]
    duplicates: tuple[str, ...]
    version: int

    @property
    def records(self) -> list[Any]:
        return [item.record for item in self.items]

    def of(self, kind: str) -> list[Any]:
        return [record for record in self.records if record.kind == kind]

    def one(self, key: str) -> Any:
        [found] = [record for record in self.records if record.key == key]
        return found

    @property
    def codes(self) -> dict[str, str]:
        return {problem.path: problem.code for problem in self.problems}

    @property
    def hashes(self) -> dict[str, str]:
        return {item.record.key: content_hash_of(item.upstream, self.version) for item in self.items}


def parse_files(module: str, files: Mapping[str, str | bytes], part: str = "all") -> Parsed:
    """Parse files by path, in the order in which they are given."""
    parser = load_parser(module)
    members = [
        (path, text if isinstance(text, bytes) else text.encode()) for path, text in files.items() if parser.wants(path)
    ]
    return _sorted(parser.parse(members, ParseContext(part, COMMIT)), parser.version)


def parse_path(module: str, path: Path, part: str = "all") -> Parsed:
    """Parse an archive, or a folder of files."""
    parser = load_parser(module)
    members = iter_archive(path, ArchiveLimits(max_member_bytes=256 * 1024 * 1024), parser.wants)
    return _sorted(parser.parse(members, ParseContext(part, COMMIT)), parser.version)


def _sorted(found: Any, version: int) -> Parsed:
    items: dict[tuple[str, str], Item] = {}
    problems: list[Problem] = []
    duplicates: list[str] = []
    for entry in found:
        if isinstance(entry, Problem):
            problems.append(entry)
        elif (key := (entry.record.kind, entry.record.key)) in items:
            duplicates.append(entry.record.key)
        else:
            items[key] = entry
    return Parsed(tuple(items.values()), tuple(problems), tuple(duplicates), version)


def increment(old: Parsed, new: Parsed) -> dict[str, int]:
    """How many items a later state adds, changes and drops."""
    before, after = old.hashes, new.hashes
    return {
        "added": len(after.keys() - before.keys()),
        "removed": len(before.keys() - after.keys()),
        "updated": sum(before[key] != after[key] for key in before.keys() & after.keys()),
    }
