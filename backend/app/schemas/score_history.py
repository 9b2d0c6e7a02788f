"""How a score went."""

from datetime import datetime
from uuid import UUID

from app.domain.coverage import Status
from app.schemas.base import OutputModel


class TechniqueScorePoint(OutputModel):
    """A technique's score as a snapshot told it."""

    snapshot_id: UUID
    taken_at: datetime
    attack_version: str | None
    formula: int
    """Version of the formulas behind the score: points of two versions are not to be held against each other."""
    attack_id: str
    """The id that it had then."""
    status: Status
    score: float | None
    """0–100, not rounded; null where it did not count."""
    proven: bool
    """A current result stood behind it."""
    results: int
    """Current results behind it."""
    met: int
