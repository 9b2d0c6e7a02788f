"""Which result is current, after decisions in any order and annulments."""

from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.outcomes import Detection
from app.models.coverage import CurrentResult
from app.models.security_test import SecurityTest, TestRound
from app.services import coverage
from tests.builders.coverage import NOW, World


async def current(db: AsyncSession) -> dict[tuple[str, str | None], tuple[UUID, str]]:
    rows = await db.execute(
        select(CurrentResult.procedure_key, CurrentResult.platform, CurrentResult.test_id, CurrentResult.detection)
    )
    return {(procedure, platform): (test, detection) for procedure, platform, test, detection in rows}


async def annul(db: AsyncSession, test: SecurityTest) -> None:
    test.annulled_at, test.annul_reason = NOW, "wrong host"
    await coverage.forget_result(db, test)


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_newest_execution_is_current_whenever_it_was_decided(
    db: AsyncSession, world: World, order: tuple[int, ...]
) -> None:
    await world.technique("T0001")
    made = [await world.test("T0001", age_days=age) for age in (30, 20, 10)]
    for index in order:
        await coverage.record_decision(db, *made[index])
    assert await current(db) == {("custom:one", "Windows"): (made[2][0].id, "detected")}


async def test_of_two_results_of_one_moment_the_later_round_is_current(db: AsyncSession, world: World) -> None:
    await world.technique("T0001")
    made = [await world.test("T0001", age_days=10) for _ in range(2)]
    made.sort(key=lambda pair: pair[1].id)
    for pair in (made[1], made[0]):
        await coverage.record_decision(db, *pair)
    assert await current(db) == {("custom:one", "Windows"): (made[1][0].id, "detected")}


async def test_procedures_platforms_and_techniques_stand_beside_each_other(db: AsyncSession, world: World) -> None:
    await world.technique("T0001")
    await world.technique("T0002")
    places: list[tuple[str, str, str | None]] = [
        ("T0001", "a", "Windows"),
        ("T0001", "b", "Windows"),
        ("T0001", "a", "Linux"),
        ("T0001", "a", None),
        ("T0002", "a", None),
    ]
    for technique, procedure, platform in places:
        for age in (9, 8):
            pair = await world.test(technique, procedure=procedure, platform=platform, age_days=age)
            await coverage.record_decision(db, *pair)
    rows = await db.execute(
        select(CurrentResult.technique_id, CurrentResult.procedure_key, CurrentResult.platform).order_by(
            CurrentResult.id
        )
    )
    names = {identity: name for name, identity in world.techniques.items()}
    assert [(names[technique], procedure, platform) for technique, procedure, platform in rows] == places


@pytest.mark.parametrize("detection", [Detection.INCONCLUSIVE, None])
async def test_what_is_inconclusive_is_never_current(
    db: AsyncSession, world: World, detection: Detection | None
) -> None:
    await world.technique("T0001")
    test, round_ = await world.test("T0001", detection)
    await coverage.record_decision(db, test, round_)
    await coverage.forget_result(db, test)
    assert await current(db) == {}


async def test_a_result_without_a_time_is_never_current(db: AsyncSession, world: World) -> None:
    await world.technique("T0001")
    test, round_ = await world.test("T0001")
    round_.first_executed_at = None
    await coverage.record_decision(db, test, round_)
    assert await current(db) == {}


async def test_annulling_brings_the_one_before_back(db: AsyncSession, world: World) -> None:
    await world.technique("T0001")
    made: list[tuple[SecurityTest, TestRound]] = []
    for age, detection in ((30, Detection.PREVENTED), (20, Detection.NOT_DETECTED), (10, Detection.DETECTED)):
        made.append(await world.test("T0001", detection, age_days=age, platform=None))
        await coverage.record_decision(db, *made[-1])
    place = ("custom:one", None)
    await annul(db, made[1][0])
    assert await current(db) == {place: (made[2][0].id, "detected")}
    await annul(db, made[2][0])
    assert await current(db) == {place: (made[0][0].id, "prevented")}
    await annul(db, made[0][0])
    assert await current(db) == {}
