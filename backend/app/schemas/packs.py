"""Bodies of content packs."""

from typing import Literal
from uuid import UUID

from app.schemas.base import OutputModel
from app.schemas.content import RunStatus


class PackPart(OutputModel):
    """One file of a pack."""

    source: str
    part: str
    file: str
    size: int
    sha256: str
    release: str | None
    """Version, release or commit; null where only the file itself can tell."""
    origin: str
    held_release: str | None
    """What we hold of the same part."""
    same: bool
    """It is byte for byte what was imported last."""


class PackRun(OutputModel):
    """The run of one source of the pack."""

    id: UUID
    source: str
    status: RunStatus


class PackOut(OutputModel):
    """A pack whose files are what its manifest says."""

    name: str
    """What has to be typed to accept a pack that no trusted key signed."""
    made_at: str
    trust: Literal["trusted", "unknown_key", "unsigned"]
    key: str | None
    """The public key that signed it."""
    files: list[PackPart]
    runs: list[PackRun]
    """Empty when the pack was only looked at."""
