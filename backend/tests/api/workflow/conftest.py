"""The cast of the workflow's tests."""

from collections.abc import AsyncIterator

import pytest

from app.config import Settings
from app.database import SessionFactory
from tests.builders.cast import Cast, open_cast


@pytest.fixture
async def cast(session_factory: SessionFactory, settings: Settings) -> AsyncIterator[Cast]:
    """Everybody on one shared connection: quick, one request at a time."""
    async with open_cast(session_factory, settings) as cast:
        yield cast


@pytest.fixture
async def busy_cast(real_factory: SessionFactory, settings: Settings) -> AsyncIterator[Cast]:
    """Everybody on connections of their own: for things done at the same time."""
    async with open_cast(real_factory, settings) as cast:
        yield cast
