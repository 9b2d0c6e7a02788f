"""The one environment that every installation has."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.ids import new_id
from app.models.organisation import Environment

NAME = "Organisation"


async def ensure_default_environment(session: AsyncSession) -> None:
    """Create the default environment if it is missing. Several processes may call it at once."""
    await session.execute(insert(Environment).values(id=new_id(), name=NAME, is_default=True).on_conflict_do_nothing())
