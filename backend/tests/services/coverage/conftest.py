"""An organisation for each test."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.builders.coverage import World, build_world


@pytest.fixture
async def world(db: AsyncSession) -> World:
    return await build_world(db)
