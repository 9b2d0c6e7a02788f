"""What every importer speaks: sources, requests for content, fetched files, problems."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from app.importers.attack.records import Domain
from app.importers.limits import NetworkLimits

Way = Literal["offline", "taxii", "github", "api", "bundled"]
BundleForm = Literal["stix", "lookup"]
HASH_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A publisher of content. Whatever way the content took, the publisher owns its rows."""

    name: str
    title: str
    url: str
    licence: str
    ways: tuple[Way, ...]
    """In the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An item that was left out, with the reason."""

    path: str
    """`domain/type/id`, or what is nearest to it."""
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class LeftWay:
    """A way that did not give the content of a domain, and why the next one was taken."""

    way: Way
    domain: Domain | None
    """Null when the way failed for all domains asked for."""
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseDate:
    """When a release of ATT&CK was published, as the publisher's index says."""

    version: str
    modified: str


@dataclass(frozen=True, slots=True)
class BundleFile:
    """One bundle on disk, plain or gzipped, that the parser worker can read."""

    path: Path
    """A file; for form `lookup` the data folder of the bundled package."""
    sha256: str
    domain: Domain | None
    """Null for an upload: the parser finds out."""
    way: Way
    origin: str
    """Where it came from, for people: an address without credentials, or a file name."""
    release: str | None = None
    """As the tag, file name or package says; what stands in the bundle goes first."""
    release_dates: tuple[ReleaseDate, ...] = ()
    """Known releases of the domain, for a bundle that does not say which it is."""
    etag: str | None = None
    """Remember it under `origin` for the next request."""
    taxii_added_last: str | None = None
    """When the TAXII server says it last added an object."""
    form: BundleForm = "stix"
    summary: bool = False
    """Texts are cut short and references missing: a full source replaces it, it never replaces one."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a request. The files live in the folder that the request named; its owner removes them."""

    bundles: tuple[BundleFile, ...]
    unchanged: tuple[Domain, ...] = ()
    """Domains whose content is what `known` described: nothing to read."""
    missing: Mapping[Domain, str] = field(default_factory=dict)
    """Domains that no way could give, with the reason: the run is partial."""
    left: tuple[LeftWay, ...] = ()
    ways: Mapping[Domain, Way] = field(default_factory=dict)
    """Which way gave, or confirmed, each domain."""

    @property
    def not_modified(self) -> bool:
        """Whether everything asked for is known already."""
        return not self.bundles and not self.missing and bool(self.unchanged)


@dataclass(frozen=True, slots=True)
class KnownContent:
    """What an earlier run remembered of a domain, for conditional requests."""

    sha256: str | None = None
    etags: Mapping[str, str] = field(default_factory=dict)
    """ETag by address."""
    taxii_added_last: str | None = None
    """As `BundleFile` had it; the TAXII server is asked whether it added anything since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """All that fetching ATT&CK needs to know. Holds credentials: never log it."""

    work_dir: Path
    """An existing folder for downloads; its owner removes it."""
    domains: tuple[Domain, ...] = ("enterprise",)
    pinned: Literal["auto", "taxii", "github", "offline", "bundled"] = "auto"
    upload: Path | None = None
    """A file that somebody handed in; nothing else is looked at then."""
    upload_name: str = ""
    """Its name as sent: it may tell the release."""
    content_dir: Path | None = None
    taxii_url: str = "https://attack-taxii.mitre.org/taxii2/"
    taxii_username: str | None = None
    taxii_password: str | None = field(default=None, repr=False)
    github_api_url: str = "https://api.github.com"
    github_raw_url: str = "https://raw.githubusercontent.com"
    github_token: str | None = field(default=None, repr=False)
    release: str | None = None
    """A certain release from GitHub's tags; null for the newest."""
    allowed_hosts: frozenset[str] = frozenset()
    """UPSTREAM_HOSTS; the hosts of the addresses above are allowed by being given."""
    allow_private: bool = False
    proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None
    ca_file: Path | None = None
    limits: NetworkLimits = field(default_factory=NetworkLimits)
    known: Mapping[Domain, KnownContent] = field(default_factory=dict)
    """Leave it empty when everything has to be read again, as after a change of the parser."""
    bundled_allowed: bool = True
    """False once full content is stored: the summary package could only take away."""


def sha256_of_files(paths: Sequence[Path]) -> str:
    """Hash the contents of files, one after the other, without holding them in memory."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as stream:
            while chunk := stream.read(HASH_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()
