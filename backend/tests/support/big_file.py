"""A file of 300 MB, written once for a test, with its hash."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1 << 20
BIG_BYTES = 300 * MEGABYTE


@dataclass(frozen=True, slots=True)
class BigFile:
    """Where it lies and what it hashes to."""

    path: Path
    sha256: str


def big_file(folder: Path, name: str = "memory.dmp") -> BigFile:
    """Write it; every megabyte differs from the others."""
    digest = hashlib.sha256()
    path = folder / name
    with path.open("wb") as file:
        for number in range(BIG_BYTES // MEGABYTE):
            block = number.to_bytes(4, "big") * (MEGABYTE // 4)
            digest.update(block)
            file.write(block)
    return BigFile(path, digest.hexdigest())
