"""What a source is asked for, and what it comes back with: the seam between the pipeline and each source's folder."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.config import Settings
from app.services.content.staging import Staged


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherRequest:
    """One run's wish."""

    settings: Settings
    work_dir: Path
    """An empty folder that is removed after the run."""
    parts: tuple[str, ...]
    state: Mapping[str, Mapping[str, Any]]
    """What the source's row remembers of each part."""
    held: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the publisher's row remembers, where the source is a further way to its content."""
    way: str | None = None
    """A way that somebody chose; null for the setting's order."""
    upload: Path | None = None
    upload_name: str = ""
    release: str | None = None
    """What the uploader says the file is."""
    fresh: bool = False
    """Read everything again even when nothing seems to have changed."""
    known_hashes: Callable[[], Awaitable[Path]] | None = None
    """Writes lines `key TAB hash` of stored items: records may be left out where the hash is the same. Asked for only
    once something has to be read: most runs find that nothing has."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Parsed content that lies ready, and the story of how it was got."""

    staged: Staged | None
    """Null when everything is as it was."""
    unchanged: tuple[str, ...] = ()
    """Parts that are byte for byte what an earlier run brought."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Parts that could not be had, and why: the run is partial."""
    origins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    way: str | None = None
    notes: tuple[Mapping[str, Any], ...] = ()
    """Ways that were left, and why."""
