"""Things done at the same time leave one finding, and one retest."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.config import Settings
from app.database import SessionFactory
from tests.api.findings.conftest import Gaps
from tests.builders.cast import Cast, open_cast


@pytest.fixture
async def busy_cast(real_factory: SessionFactory, settings: Settings) -> AsyncIterator[Cast]:
    async with open_cast(real_factory, settings) as cast:
        yield cast


async def test_two_misses_confirmed_at_once_are_one_finding_and_two_ticks_draft_once(busy_cast: Cast) -> None:
    cast, gaps = busy_cast, Gaps(busy_cast)
    waiting = []
    for name in ("one", "two"):
        test = await cast.in_review([{"outcome": "none"}], miss_cause="no_rule", name=name, procedure=name)
        waiting.append(test)
        await cast.vote("red_lead", test, "red")
    await asyncio.gather(*(cast.vote("blue_lead", test, "blue") for test in waiting))
    [finding] = await gaps.all()
    assert finding["result_count"] == 2
    steps = [await gaps.step(finding, who="admin"), await gaps.step(finding, who="admin")]
    await asyncio.gather(
        *(gaps.set_step(step, "done", who=who) for step, who in zip(steps, ("admin", "other_admin"), strict=True))
    )
    found = await gaps.get(finding)
    assert found["status"] == "awaiting_retest"
    assert sorted(r["origin_id"] for r in found["retests"]) == sorted(test["id"] for test in waiting)
