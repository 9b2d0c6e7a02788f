"""How much may be stored: per file, test, person and day, and never the last of the disk."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import now
from app.config import Settings
from app.errors import AppError, Conflict, NoSpace, TooLarge, TooMany
from app.models.evidence import Evidence, EvidenceObject
from app.storage import EvidenceStore

GIB = 1 << 30
MIB = 1 << 20


def max_file_bytes(settings: Settings) -> int:
    """The largest file in bytes."""
    return settings.max_evidence_mb * MIB


def require_free_space(settings: Settings, store: EvidenceStore, size: int) -> None:
    """Raise NoSpace when storing so many bytes would leave less than EVIDENCE_MIN_FREE_GB on the disk."""
    free = store.free_bytes()
    if free is not None and free - size < settings.evidence_min_free_gb * GIB:
        raise NoSpace("storage_low", "The disk is nearly full; evidence is not taken until there is room.")


def free_bytes(store: EvidenceStore) -> int | None:
    """Room left where the objects lie; None when the store does not tell or cannot be asked now."""
    try:
        return store.free_bytes()
    except AppError:
        return None


async def require_quota(session: AsyncSession, settings: Settings, *, test_id: UUID, user_id: UUID, size: int) -> None:
    """Raise when one more file of this size is over a quota of the test or of the person.

    Raises Conflict `too_many_files`, TooLarge `test_quota_exceeded`, TooMany `daily_quota_exceeded`.
    """
    files, test_bytes = (
        await session.execute(
            select(func.count(), func.coalesce(func.sum(EvidenceObject.size), 0))
            .select_from(Evidence)
            .join(EvidenceObject, EvidenceObject.id == Evidence.object_id)
            .where(Evidence.test_id == test_id, Evidence.carried_from_id.is_(None))
        )
    ).one()
    if files >= settings.evidence_max_files_per_test:
        raise Conflict("too_many_files", f"A test holds at most {settings.evidence_max_files_per_test} files.")
    if test_bytes + size > settings.evidence_max_gb_per_test * GIB:
        raise TooLarge("test_quota_exceeded", f"A test holds at most {settings.evidence_max_gb_per_test:g} GB.")
    day_bytes = await session.scalar(
        select(func.coalesce(func.sum(EvidenceObject.size), 0))
        .select_from(Evidence)
        .join(EvidenceObject, EvidenceObject.id == Evidence.object_id)
        .where(
            Evidence.uploaded_by_id == user_id,
            Evidence.carried_from_id.is_(None),
            Evidence.created_at > now() - timedelta(days=1),
        )
    )
    if (day_bytes or 0) + size > settings.evidence_max_gb_per_user_day * GIB:
        raise TooMany(
            "daily_quota_exceeded",
            f"You have stored {settings.evidence_max_gb_per_user_day:g} GB within a day; wait or ask an admin.",
            retry_after_seconds=3600,
        )
