"""Bounds on what an upstream can make us do. The defaults fit the largest known content many times over."""

from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024

MAX_JSON_DEPTH: Final = 100
MAX_BUNDLE_BYTES: Final = 512 * MIB
"""Of a bundle after decompression; Enterprise is 45 MB."""
MAX_MEMBER_BYTES: Final = 16 * MIB
"""Of one file of an archive."""
MAX_OBJECT_BYTES: Final = 2 * MIB
MAX_OBJECTS: Final = 500_000
MAX_PROBLEMS: Final = 1_000
"""Problems that are kept with their text; all are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkLimits:
    """Bounds of one download."""

    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    """Longest silence in the middle of an answer."""
    total_seconds: float = 900.0
    """Of one download with all its retries."""
    max_bytes: int = 256 * MIB
    attempts: int = 4
    backoff_seconds: float = 0.5
    """Before the second attempt; doubles with each further one."""
    max_retry_after_seconds: float = 30.0
    """A server that asks for more patience is left alone, and its wish is passed on."""
    max_redirects: int = 5
    taxii_max_pages: int = 2_000
    taxii_page_size: int = 5_000
    taxii_page_bytes: int = 64 * MIB
    taxii_total_bytes: int = 512 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """Bounds of one archive."""

    max_members: int = 200_000
    max_member_bytes: int = MAX_MEMBER_BYTES
    max_total_bytes: int = 2048 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLimits:
    """Bounds of one parser process."""

    address_space_bytes: int = 2048 * MIB
    cpu_seconds: int = 300
    file_bytes: int = 1024 * MIB
    open_files: int = 64
    wall_seconds: float = 600.0
