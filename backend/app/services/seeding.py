"""What a first start puts in: the administrator."""

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.config import Settings
from app.domain.actor import SYSTEM
from app.domain.permissions import Role
from app.models.identity import UserAccount
from app.security import Passwords
from app.services import audit

SEEDING_LOCK = 7_105_511_984


async def ensure_first_admin(session: AsyncSession, settings: Settings, passwords: Passwords) -> UserAccount | None:
    """Create the administrator of the settings if nobody exists yet. Returns him, or None when there are people.

    Several processes may call it at once. The documented development password is exempt from the policy.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SEEDING_LOCK})
    if await session.scalar(select(func.count()).select_from(UserAccount)):
        return None
    admin = UserAccount(
        username=settings.admin_username,
        email=None,
        full_name="Administrator",
        role=Role.ADMIN,
        auditor=False,
        is_active=True,
        password_hash=await passwords.hash(settings.admin_password.get_secret_value()),
        must_change_password=settings.is_production,
        uses_default_password=settings.uses_default_admin_password,
        role_epoch=0,
        created_at=clock.now(),
    )
    session.add(admin)
    # The audit entry names the id, which is a column default.
    await session.flush()
    audit.record(
        session,
        SYSTEM,
        "user.created",
        subject_kind="user",
        subject_id=admin.id,
        subject_label=admin.username,
        after={"username": admin.username, "role": admin.role},
        details={"first_start": True, "default_password": admin.uses_default_password},
    )
    return admin
