"""Two transactions at once lose nothing.

Tests are locked without their key: a lock on the key would block the foreign keys of derived rows.
"""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from app.database import SessionFactory, session_scope
from app.domain.outcomes import Detection
from app.models.coverage import CurrentResult, TechniqueStats
from app.models.security_test import SecurityTest, TestRound
from app.services import coverage
from tests.builders.coverage import NOW, build_world


async def prepare(factory: SessionFactory, *ages: float) -> list[tuple[UUID, UUID]]:
    async with session_scope(factory) as session:
        world = await build_world(session)
        await world.technique("T0001")
        made = [await world.test("T0001", Detection.DETECTED, age_days=age) for age in ages]
        return [(test.id, round_.id) for test, round_ in made]


async def decide(factory: SessionFactory, ids: tuple[UUID, UUID]) -> None:
    async with session_scope(factory) as session:
        test = await session.get_one(SecurityTest, ids[0], with_for_update={"key_share": True})
        round_ = await session.get_one(TestRound, ids[1])
        await coverage.record_decision(session, test, round_)
        coverage.recount_at_commit(session, [test.technique_id], test.environment_id)
        await asyncio.sleep(0.05)


async def annul(factory: SessionFactory, ids: tuple[UUID, UUID]) -> None:
    async with session_scope(factory) as session:
        test = await session.get_one(SecurityTest, ids[0], with_for_update={"key_share": True})
        test.annulled_at, test.annul_reason = NOW, "wrong host"
        await coverage.forget_result(session, test)
        coverage.recount_at_commit(session, [test.technique_id], test.environment_id)
        await asyncio.sleep(0.05)


async def assert_right(factory: SessionFactory) -> list[UUID]:
    async with session_scope(factory) as session:
        current = list((await session.scalars(select(CurrentResult.test_id))).all())
        assert (await coverage.recompute_all(session)).was_right
        return current


@pytest.mark.parametrize("turn", range(3))
async def test_decisions_at_once_leave_the_newest(real_factory: SessionFactory, turn: int) -> None:
    ids = await prepare(real_factory, 9, 1, 5, 3)
    await asyncio.gather(*(decide(real_factory, pair) for pair in ids))
    assert await assert_right(real_factory) == [ids[1][0]]
    async with real_factory() as session:
        assert (await session.scalars(select(TechniqueStats.validated))).all() == [4]


@pytest.mark.parametrize("turn", range(3))
async def test_annulling_beside_a_decision_leaves_what_is_true(real_factory: SessionFactory, turn: int) -> None:
    ids = await prepare(real_factory, 9, 1, 5)
    await decide(real_factory, ids[0])
    await decide(real_factory, ids[1])
    await asyncio.gather(annul(real_factory, ids[1]), decide(real_factory, ids[2]))
    assert await assert_right(real_factory) == [ids[2][0]]


async def test_two_annulments_at_once_leave_nothing_of_either(real_factory: SessionFactory) -> None:
    ids = await prepare(real_factory, 9, 1)
    for pair in ids:
        await decide(real_factory, pair)
    await asyncio.gather(*(annul(real_factory, pair) for pair in ids))
    assert await assert_right(real_factory) == []
