"""What the application and its parser process say to each other."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from app.importers.attack.records import Domain
from app.importers.attack.release import ReleaseOrigin
from app.importers.base import BundleFile, Problem, ReleaseDate, Way
from app.importers.content import ArchiveFile
from app.importers.limits import WorkerLimits

EXIT_OK: Final = 0
EXIT_FAILED: Final = 3
EXIT_OUT_OF_MEMORY: Final = 4


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """What the process is to read, where to write and what bounds it has."""

    parent_pid: int
    bundles: tuple[BundleFile, ...]
    out_dir: Path
    limits: WorkerLimits = field(default_factory=WorkerLimits)
    known_hashes: Path | None = None
    """Lines `key TAB hash` of what is stored, in the encoding of the output."""
    archives: tuple[ArchiveFile, ...] = ()
    """Content of another source than ATT&CK, read by `parser`; there are no bundles then."""
    parser: str | None = None
    """Module of that parser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleSummary:
    """What one bundle held. `objects` = all records + `skipped` + all without a record."""

    domain: Domain
    release: str | None
    """Null when neither bundle, name nor index tells: ask whoever handed it in."""
    release_origin: ReleaseOrigin
    objects: int
    records: dict[str, int]
    """By kind; derived kinds are not among them."""
    skipped: int
    without_record: dict[str, int]
    """Envelope objects by STIX type (identity, marking, matrix, collection). They are no part of `read`."""
    problems: tuple[Problem, ...]
    """Of the skipped ones, the first thousand."""
    summary: bool
    way: Way
    origin: str
    sha256: str

    @property
    def read(self) -> int:
        """Objects that the report counts: records and skipped ones."""
        return sum(self.records.values()) + self.skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSummary:
    """What one archive held."""

    part: str
    release: str | None
    """Commit or version."""
    records: dict[str, int]
    """By kind."""
    skipped: int
    problems: tuple[Problem, ...]
    """Of the skipped ones, the first thousand."""
    unread: int
    """Of the skipped ones, files that could not be read at all."""
    way: str
    origin: str
    sha256: str
    etag: str | None

    @property
    def read(self) -> int:
        """Items that the report counts."""
        return sum(self.records.values()) + self.skipped


def job_to_json(job: WorkerJob) -> bytes:
    """Encode a job for the process's standard input."""
    return orjson.dumps(job, default=str)


def job_from_json(data: bytes) -> WorkerJob:
    """Decode what `job_to_json` made."""
    raw = orjson.loads(data)
    bundles = tuple(_bundle(entry) for entry in raw["bundles"])
    known = Path(raw["known_hashes"]) if raw["known_hashes"] else None
    archives = tuple(ArchiveFile(**{**entry, "path": Path(entry["path"])}) for entry in raw["archives"])
    limits = WorkerLimits(**raw["limits"])
    return WorkerJob(raw["parent_pid"], bundles, Path(raw["out_dir"]), limits, known, archives, raw["parser"])


def summary_from_json(raw: dict[str, Any]) -> BundleSummary:
    """Decode a summary that the process printed."""
    problems = tuple(Problem(**entry) for entry in raw["problems"])
    return BundleSummary(**{**raw, "problems": problems})


def archive_summary_from_json(raw: dict[str, Any]) -> ArchiveSummary:
    """Decode a summary of an archive that the process printed."""
    return ArchiveSummary(**{**raw, "problems": tuple(Problem(**entry) for entry in raw["problems"])})


def _bundle(raw: dict[str, Any]) -> BundleFile:
    dates = tuple(ReleaseDate(**entry) for entry in raw["release_dates"])
    return BundleFile(**{**raw, "path": Path(raw["path"]), "release_dates": dates})
