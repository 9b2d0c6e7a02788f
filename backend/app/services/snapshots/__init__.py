"""Coverage as it stood at a moment: taking, reading and comparing snapshots."""

from app.services.snapshots.compare import Compared, Side, compare_moments
from app.services.snapshots.queries import SnapshotFilter, get_snapshot, list_snapshots, techniques_of
from app.services.snapshots.take import take_snapshot

__all__ = [
    "Compared",
    "Side",
    "SnapshotFilter",
    "compare_moments",
    "get_snapshot",
    "list_snapshots",
    "take_snapshot",
    "techniques_of",
]
