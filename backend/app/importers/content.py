"""What each content source has: where its archives are, and a pure parser that runs in the worker process."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol, cast

from app.importers.base import Problem, Source
from app.importers.limits import MAX_MEMBER_BYTES, NetworkLimits
from app.importers.records import ContentKind, Item

if TYPE_CHECKING:
    from app.importers.http import Downloader, NetworkRules

ContentWay = Literal["offline", "github", "api", "upload"]
WHOLE: Final = "all"
"""Name of the only part of a source that comes as one archive."""


@dataclass(frozen=True, slots=True)
class ParseContext:
    """What a parser may know beside the archive."""

    part: str
    release: str | None
    """Commit or version, as far as it is known."""


class ContentParser(Protocol):
    """Turns the members of one archive into items. No files, no network, no clock."""

    @property
    def version(self) -> int:
        """Part of every content hash: raising it makes the next import rewrite every row."""
        ...

    @property
    def kinds(self) -> tuple[ContentKind, ...]:
        """Kinds of record that it makes."""
        ...

    def wants(self, path: str) -> bool:
        """Whether a member has to be read. Paths have no top folder."""
        ...

    def parse(self, members: Iterable[tuple[str, bytes]], context: ParseContext) -> Iterator[Item | Problem]:
        """Yield an item or a problem for each upstream item, the one to keep first where two have one key."""
        ...


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One archive on disk for the worker: a tarball, a zip file, or a folder of files."""

    path: Path
    sha256: str
    part: str
    way: ContentWay
    origin: str
    """Where it came from, for people."""
    release: str | None = None
    """Commit or version; null when only the archive can tell."""
    etag: str | None = None
    max_member_bytes: int = MAX_MEMBER_BYTES
    """Of one file inside; sources whose files are larger say so."""


@dataclass(frozen=True, slots=True)
class KnownPart:
    """What an earlier run remembered of a part."""

    sha256: str | None = None
    release: str | None = None
    etag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRequest:
    """All that fetching a content source needs to know. Holds credentials: never log it."""

    work_dir: Path
    parts: tuple[str, ...]
    pinned: Literal["auto", "github", "offline", "api"] = "auto"
    upload: Path | None = None
    upload_name: str = ""
    content_dir: Path | None = None
    github_api_url: str = "https://api.github.com"
    d3fend_api_url: str = "https://d3fend.mitre.org"
    github_token: str | None = field(default=None, repr=False)
    allowed_hosts: frozenset[str] = frozenset()
    allow_private: bool = False
    proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None
    ca_file: Path | None = None
    limits: NetworkLimits = field(default_factory=NetworkLimits)
    known: Mapping[str, KnownPart] = field(default_factory=dict)
    """By part. Leave it empty when everything has to be read again."""

    def rules(self) -> "NetworkRules":
        """Who may be talked to."""
        # The parser's process loads this module too: it starts in half the time without an HTTP library.
        from app.importers.guard import HostGuard  # noqa: PLC0415
        from app.importers.http import NetworkRules  # noqa: PLC0415

        urls = (self.github_api_url, self.d3fend_api_url)
        guard = HostGuard.of(urls, self.allowed_hosts, allow_private=self.allow_private)
        return NetworkRules(guard, self.limits, self.proxy, self.no_proxy, self.ca_file)


PartFetch = Callable[[ContentRequest, "Downloader", str], ArchiveFile | None]
"""Gets a part by network; None when it is what `known` describes. Raises UpstreamFailed."""
PartFind = Callable[[ContentRequest, str], ArchiveFile]
"""Gets a part below CONTENT_DIR. Raises UpstreamFailed `offline_missing`."""


@dataclass(frozen=True, slots=True)
class PartDefinition:
    """One archive of a source."""

    name: str
    network: PartFetch
    offline: PartFind
    max_member_bytes: int = MAX_MEMBER_BYTES
    """Of one file inside an archive that somebody hands in."""


@dataclass(frozen=True, slots=True)
class ContentDefinition:
    """A source: the value `DEFINITION` in `app/importers/<folder>/source.py`."""

    source: Source
    parser: str
    """Module with the parser as `PARSER`; loaded in the worker only."""
    parser_version: int
    kinds: tuple[ContentKind, ...]
    parts: tuple[PartDefinition, ...]

    def part(self, name: str) -> PartDefinition:
        """The definition of a part."""
        return next(part for part in self.parts if part.name == name)


def load_parser(module: str) -> ContentParser:
    """The parser of a module among the importers: heavy libraries are loaded where they are used."""
    if not module.startswith("app.importers."):
        raise ValueError(module)
    return cast("ContentParser", import_module(module).PARSER)
