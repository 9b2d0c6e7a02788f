"""The rows kept in each transaction are those that a recomputation finds."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.outcomes import Detection
from app.domain.states import OPEN_STATES, State
from app.models.coverage import CurrentResult, TechniqueStats
from app.models.security_test import SecurityTest, TestRound
from app.services import audit, coverage
from tests.builders.coverage import NOW, World, days_ago

NOTHING = (0, 0, 0)
FORWARD = {
    State.DRAFT: [State.RED_EXECUTING],
    State.RED_EXECUTING: [State.BLUE_EVALUATING],
    State.BLUE_EVALUATING: [State.RED_EXECUTING, State.IN_REVIEW],
    State.IN_REVIEW: [State.VALIDATED, State.REJECTED],
    State.REJECTED: [State.DRAFT],
}


class Life:
    """Walks tests through random steps as the workflow does, and keeps the derived rows with them."""

    def __init__(self, world: World, environments: list[object], seed: int) -> None:
        self.world, self.dice = world, random.Random(seed)
        self.environments = environments
        self.tests: list[tuple[SecurityTest, TestRound]] = []

    async def step(self) -> None:
        """One random thing that people do."""
        if len(self.tests) < 5 or self.dice.random() < 0.15:
            await self.create()
            return
        index = self.dice.randrange(len(self.tests))
        test, round_ = self.tests[index]
        if test.annulled_at:
            return
        if test.state == State.VALIDATED:
            if self.dice.random() < 0.4:
                await self.annul(test)
            return
        if self.dice.random() < 0.1:
            test.archived_at, test.archive_reason = (None, None) if test.archived_at else (NOW, "not needed")
        elif not test.archived_at:
            self.tests[index] = (test, await self.move(test, round_))
        await self.refresh(test)

    async def create(self) -> None:
        self.tests.append(
            await self.world.test(
                self.dice.choice(sorted(self.world.techniques)),
                state=State.DRAFT,
                procedure=self.dice.choice(["a", "b"]),
                platform=self.dice.choice(["Windows", "Linux", None]),
                environment_id=self.dice.choice(self.environments),  # type: ignore[arg-type]  # they are UUIDs
            )
        )
        await self.refresh(self.tests[-1][0])

    async def move(self, test: SecurityTest, round_: TestRound) -> TestRound:
        state = self.dice.choice(FORWARD[State(test.state)])
        if state is State.DRAFT:
            test.current_round += 1
            round_ = TestRound(test_id=test.id, no=test.current_round, opened_by_id=self.world.user_id)
            self.world.session.add(round_)
        test.state = state
        if state is State.BLUE_EVALUATING:
            round_.first_executed_at = days_ago(self.dice.randrange(900))
        if state in {State.VALIDATED, State.REJECTED}:
            round_.detection = self.dice.choice(list(Detection))
            round_.verdict, round_.decided_at = str(state), NOW
        await self.world.session.flush()
        if state is State.VALIDATED:
            await coverage.record_decision(self.world.session, test, round_)
        return round_

    async def annul(self, test: SecurityTest) -> None:
        test.annulled_at, test.annul_reason = NOW, "wrong host"
        await coverage.forget_result(self.world.session, test)
        await self.refresh(test)

    async def refresh(self, test: SecurityTest) -> None:
        await coverage.refresh_stats(self.world.session, [test.technique_id], test.environment_id)
        await coverage.settle_results(self.world.session)


@pytest.mark.parametrize("seed", range(3))
async def test_hundreds_of_steps_leave_what_a_recomputation_finds(db: AsyncSession, world: World, seed: int) -> None:
    for attack_id in ("T0001", "T0001.001", "T0002"):
        await world.technique(attack_id)
    life = Life(world, [world.environment_id, await world.environment("Plant")], seed)
    for _ in range(300):
        await life.step()
    assert {State(test.state) for test, _ in life.tests} >= {State.VALIDATED, State.REJECTED, *OPEN_STATES}
    report = await coverage.recompute_all(db)
    assert (report.results.added, report.results.changed, report.results.removed) == NOTHING
    assert (report.stats.added, report.stats.changed, report.stats.removed) == NOTHING
    assert (report.sums.added, report.sums.changed, report.sums.removed) == NOTHING
    assert report.sums.total > 0
    assert report.results.total == len((await db.scalars(select(CurrentResult.id))).all())
    assert report.was_right


async def test_a_recomputation_mends_what_is_wrong(db: AsyncSession, world: World) -> None:
    await world.technique("T0001")
    for procedure in ("a", "b", "c"):
        pair = await world.test("T0001", procedure=procedure)
        await coverage.record_decision(db, *pair)
    await coverage.refresh_stats(db, [world.techniques["T0001"]], world.environment_id)
    right = (await db.execute(select(CurrentResult.round_id, CurrentResult.detection))).all()

    await db.execute(delete(CurrentResult).where(CurrentResult.procedure_key == "a"))
    await db.execute(update(CurrentResult).where(CurrentResult.procedure_key == "b").values(detection="prevented"))
    await db.execute(update(TechniqueStats).values(tests=7, draft=4))
    report = await coverage.recompute_all(db)
    assert (report.results.total, report.results.added, report.results.changed, report.results.removed) == (3, 1, 1, 0)
    assert (report.stats.total, report.stats.added, report.stats.changed, report.stats.removed) == (1, 0, 1, 0)
    assert not report.was_right
    assert set((await db.execute(select(CurrentResult.round_id, CurrentResult.detection))).all()) == set(right)
    assert (await db.execute(select(TechniqueStats.tests, TechniqueStats.validated))).one() == (3, 3)
    assert (await coverage.recompute_all(db)).was_right


async def test_a_recomputation_removes_what_no_test_proves(db: AsyncSession, world: World) -> None:
    await world.technique("T0001")
    test, round_ = await world.test("T0001")
    await coverage.record_decision(db, test, round_)
    await coverage.refresh_stats(db, [test.technique_id], test.environment_id)
    test.annulled_at, test.annul_reason = NOW, "wrong host"
    report = await coverage.recompute_all(db)
    assert (report.results.total, report.results.removed) == (0, 1)
    assert (report.stats.total, report.stats.removed) == (0, 1)


async def test_moving_tests_to_another_technique_moves_their_results(db: AsyncSession, world: World) -> None:
    old, new = await world.technique("T0001"), await world.technique("T0002")
    test, round_ = await world.test("T0001")
    await coverage.record_decision(db, test, round_)
    await coverage.refresh_stats(db, [old], test.environment_id)
    test.technique_id = new
    await coverage.recompute_techniques(db, {old, new})
    assert (await db.scalars(select(CurrentResult.technique_id))).all() == [new]
    rows = await db.execute(select(TechniqueStats.technique_id, TechniqueStats.validated))
    assert dict(rows.all()) == {old: 0, new: 1}
    assert (await coverage.recompute_all(db)).was_right


async def test_statistics_tell_states_and_the_last_execution(db: AsyncSession, world: World) -> None:
    technique = await world.technique("T0001")
    for state in State:
        await world.test("T0001", state=state, age_days=3)
    await world.test("T0001", Detection.INCONCLUSIVE, age_days=1)
    archived, _ = await world.test("T0001", state=State.DRAFT)
    archived.archived_at, archived.archive_reason = NOW, "not needed"
    sealed, _ = await world.test("T0001", state=State.RED_EXECUTING)
    sealed.blind = True
    await coverage.refresh_stats(db, [technique], world.environment_id)
    stats = await db.get_one(TechniqueStats, (technique, world.environment_id))
    assert (stats.tests, stats.draft, stats.red_executing, stats.blue_evaluating) == (7, 1, 1, 1)
    assert (stats.in_review, stats.rejected, stats.validated, stats.inconclusive) == (1, 1, 2, 1)
    assert stats.last_executed_at == NOW - timedelta(days=1)


async def test_what_waits_is_counted_once_at_the_commit_before_the_trail(
    db: AsyncSession, world: World, statements: list[str]
) -> None:
    technique = await world.technique("T0001")
    await world.test("T0001")
    audit.record(db, None, "thing.changed", subject_kind="thing")
    for environment in (None, world.environment_id):
        coverage.recount_at_commit(db, [technique], environment)
    assert (await db.scalars(select(TechniqueStats.tests))).all() == []
    statements.clear()
    await db.commit()
    counts = [statement for statement in statements if "technique_stats" in statement]
    assert len(counts) == 4, "missing ones, the queue, the locks, the counts"
    assert "technique_stats" in statements[-3]
    assert all("audit_head" in statement for statement in statements[-2:])
    assert (await db.scalars(select(TechniqueStats.tests))).all() == [1]


async def test_what_waits_goes_with_a_rollback(db: AsyncSession, world: World) -> None:
    technique = await world.technique("T0001")
    await db.commit()
    assert (await db.scalars(select(TechniqueStats.tests))).all() == []
    coverage.recount_at_commit(db, [technique])
    await db.rollback()
    await db.commit()
    assert (await db.scalars(select(TechniqueStats.tests))).all() == []
