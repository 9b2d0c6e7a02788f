"""What a person sees about himself."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.domain.actor import Actor
from app.models.identity import UserAccount, UserSession
from app.services.authentication import own_id


@dataclass(frozen=True, slots=True)
class Profile:
    """A person with the session that speaks for him, if it is one."""

    actor: Actor
    user: UserAccount
    session: UserSession | None
    idle_minutes: int


async def read_profile(session: AsyncSession, actor: Actor, settings: Settings) -> Profile:
    """The person who asks."""
    user = await session.get_one(UserAccount, own_id(actor))
    opened = None if actor.session_id is None else await session.get_one(UserSession, actor.session_id)
    return Profile(actor, user, opened, settings.session_idle_minutes)
