"""Statuses on stored rows: expectations, scope, platforms, environments, expiry, lineage, roll-up."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.domain.coverage import Status
from app.domain.outcomes import Detection
from app.domain.states import State
from app.errors import Invalid
from app.models.knowledge import TechniqueAlias
from app.models.organisation import EnvironmentPlatform, Setting
from app.services import coverage
from tests.builders.coverage import NOW, World, days_ago


async def finish(world: World, attack_id: str, detection: Detection, **fields: object) -> None:
    """A validated test with its derived rows."""
    test, round_ = await world.test(attack_id, detection, **fields)  # type: ignore[arg-type]  # names are checked at run time
    await coverage.record_decision(world.session, test, round_)
    await coverage.refresh_stats(world.session, [test.technique_id], test.environment_id)


async def statuses(world: World, **fields: object) -> dict[str, str]:
    found = await coverage.statuses(world.session, now=NOW, **fields)  # type: ignore[arg-type]  # as above
    return {status.attack_id: status.status.value for status in found.values()}


async def one(world: World, attack_id: str, **fields: object) -> coverage.TechniqueStatus:
    found = await coverage.statuses(world.session, now=NOW, **fields)  # type: ignore[arg-type]  # as above
    return found[world.techniques[attack_id]]


async def test_a_result_gives_its_technique_a_colour(world: World) -> None:
    for attack_id in ("T0001", "T0002", "T0003", "T0004"):
        await world.technique(attack_id)
    await finish(world, "T0001", Detection.DETECTED)
    await finish(world, "T0002", Detection.PARTIALLY_DETECTED)
    await finish(world, "T0003", Detection.NOT_DETECTED)
    assert await statuses(world) == {
        "T0001": "validated",
        "T0002": "partial",
        "T0003": "not_covered",
        "T0004": "not_evaluated",
    }


async def test_expectations_follow_test_technique_parent_and_organisation(db: AsyncSession, world: World) -> None:
    for attack_id in ("T0001", "T0001.001", "T0001.002", "T0002", "T0003"):
        await world.technique(attack_id)
    await world.decide("T0001", expected="logged")
    await world.decide("T0001.002", expected="prevented")
    db.add(Setting(key="expected_outcome", value={"value": "prevented"}, valid_from=days_ago(2)))
    await finish(world, "T0001.001", Detection.PARTIALLY_DETECTED)
    await finish(world, "T0001.002", Detection.DETECTED)
    await finish(world, "T0002", Detection.DETECTED)
    await finish(world, "T0003", Detection.PARTIALLY_DETECTED, expected="logged")
    assert await statuses(world) == {
        "T0001": "partial",
        "T0001.001": "validated",
        "T0001.002": "partial",
        "T0002": "partial",
        "T0003": "validated",
    }
    subjects = [(world.techniques[name], world.environment_id) for name in ("T0001.001", "T0001.002", "T0002")]
    found = await coverage.expectations(db, subjects, NOW)
    assert [found[subject] for subject in subjects] == ["logged", "prevented", "prevented"]


async def test_the_newest_decision_in_force_counts_field_by_field(world: World) -> None:
    await world.technique("T0001")
    await world.decide("T0001", in_scope=False, expected="prevented", since=days_ago(30))
    assert await statuses(world) == {"T0001": "out_of_scope"}
    await world.decide("T0001", expected="logged", since=days_ago(20))
    found = await one(world, "T0001")
    assert (found.status, found.expected) == (Status.OUT_OF_SCOPE, "logged")
    await world.decide("T0001", in_scope=True, since=days_ago(10))
    assert await statuses(world) == {"T0001": "not_evaluated"}
    await world.decide("T0001", in_scope=False, since=days_ago(5), until=days_ago(1))
    assert await statuses(world) == {"T0001": "not_evaluated"}
    await world.decide("T0001", in_scope=False, since=days_ago(-5))
    assert await statuses(world) == {"T0001": "not_evaluated"}


async def test_old_results_are_counted_apart(db: AsyncSession, world: World) -> None:
    await world.technique("T0001")
    await finish(world, "T0001", Detection.DETECTED, age_days=366)
    found = await one(world, "T0001")
    assert (found.status, found.tally.expired, found.proven) == (Status.NOT_EVALUATED, 1, False)
    assert found.reasons == ("No current result.", "1 expired.")
    db.add(Setting(key="result_valid_days", value={"value": 400}, valid_from=days_ago(2)))
    await db.flush()
    assert await statuses(world) == {"T0001": "validated"}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.DRAFT, "not_evaluated"),
        (State.RED_EXECUTING, "in_progress"),
        (State.BLUE_EVALUATING, "in_progress"),
        (State.IN_REVIEW, "in_progress"),
        (State.REJECTED, "not_evaluated"),
    ],
)
async def test_only_tests_under_way_are_progress(world: World, state: State, status: str) -> None:
    await world.technique("T0001")
    test, _ = await world.test("T0001", state=state)
    await coverage.refresh_stats(world.session, [test.technique_id], test.environment_id)
    assert await statuses(world) == {"T0001": status}
    test.blind = True
    await coverage.refresh_stats(world.session, [test.technique_id], test.environment_id)
    assert await statuses(world) == {"T0001": "not_evaluated"}


async def test_inconclusive_tests_are_counted(world: World) -> None:
    await world.technique("T0001")
    await finish(world, "T0001", Detection.INCONCLUSIVE)
    found = await one(world, "T0001")
    assert (found.status, found.inconclusive, found.tests) == (Status.NOT_EVALUATED, 1, 1)
    assert (await one(world, "T0001", platforms=["Windows"])).inconclusive == 1
    assert (await one(world, "T0001", platforms=["Linux"])).inconclusive == 0


async def test_platforms_of_the_environment_decide_what_applies(db: AsyncSession, world: World) -> None:
    await world.technique("T0001", platforms=("Windows", "Linux"))
    await world.technique("T0002", platforms=("macOS",))
    await world.technique("T0003", platforms=("None",))
    assert set((await statuses(world)).values()) == {"not_evaluated"}
    for platform, since, until in (("Linux", 10, None), ("macOS", 20, 5), ("macOS", -5, None)):
        db.add(
            EnvironmentPlatform(
                environment_id=world.environment_id,
                platform=platform,
                valid_from=days_ago(since),
                valid_until=None if until is None else days_ago(until),
            )
        )
    await db.flush()
    assert await statuses(world) == {"T0001": "not_evaluated", "T0002": "not_applicable", "T0003": "not_evaluated"}


async def test_a_platform_filter_judges_by_its_results(world: World) -> None:
    await world.technique("T0001", platforms=("Windows", "Linux"))
    await world.technique("T0002", platforms=())
    await finish(world, "T0001", Detection.DETECTED, platform="Windows")
    await finish(world, "T0001", Detection.NOT_DETECTED, platform="Linux")
    await finish(world, "T0002", Detection.DETECTED, platform=None)
    assert await statuses(world) == {"T0001": "partial", "T0002": "validated"}
    assert await statuses(world, platforms=["Windows"]) == {"T0001": "validated", "T0002": "validated"}
    assert await statuses(world, platforms=["Linux"]) == {"T0001": "not_covered", "T0002": "validated"}
    assert await statuses(world, platforms=["Windows", "Linux"]) == {"T0001": "partial", "T0002": "validated"}
    assert await statuses(world, platforms=["macOS"]) == {"T0001": "not_applicable", "T0002": "validated"}


async def test_environments_are_judged_alone_and_together(world: World) -> None:
    plant = await world.environment("Plant")
    closed = await world.environment("Closed", active=False)
    await world.technique("T0001")
    await finish(world, "T0001", Detection.DETECTED)
    await finish(world, "T0001", Detection.NOT_DETECTED, environment_id=plant)
    await finish(world, "T0001", Detection.NOT_DETECTED, environment_id=closed, procedure="other")
    assert await statuses(world) == {"T0001": "partial"}
    assert await statuses(world, environment_id=world.environment_id) == {"T0001": "validated"}
    assert await statuses(world, environment_id=plant) == {"T0001": "not_covered"}
    await world.decide("T0001", in_scope=False, environment_id=plant)
    assert await statuses(world) == {"T0001": "validated"}
    assert await statuses(world, environment_id=plant) == {"T0001": "out_of_scope"}


async def test_a_parent_stands_as_its_units(world: World) -> None:
    for attack_id in ("T0001", "T0001.001", "T0001.002", "T0001.003", "T0001.004"):
        await world.technique(attack_id)
    await finish(world, "T0001.001", Detection.DETECTED)
    await finish(world, "T0001.002", Detection.DETECTED)
    await world.decide("T0001.003", in_scope=False)
    parent = await one(world, "T0001")
    assert (parent.status, parent.units, parent.units_validated) == (Status.PARTIAL, 3, 2)
    assert (parent.value, parent.tally.met, parent.tests, parent.unit_statuses) == (pytest.approx(2 / 3), 2, 2, ())
    await finish(world, "T0001.004", Detection.PREVENTED)
    assert (await one(world, "T0001")).status is Status.VALIDATED
    await world.test("T0001", state=State.DRAFT)
    await coverage.refresh_stats(world.session, [world.techniques["T0001"]], world.environment_id)
    assert (await one(world, "T0001")).units == 3
    await finish(world, "T0001", Detection.NOT_DETECTED)
    parent = await one(world, "T0001")
    assert (parent.status, parent.units, parent.unit_statuses) == (Status.PARTIAL, 4, (Status.NOT_COVERED,))
    assert parent.reasons == ("3 of 4 applicable units in scope are validated.",)


async def test_scope_of_a_parent_holds_for_subs_nobody_decided_on(world: World) -> None:
    for attack_id in ("T0001", "T0001.001", "T0001.002"):
        await world.technique(attack_id)
    await world.decide("T0001", in_scope=False)
    assert set((await statuses(world)).values()) == {"out_of_scope"}
    await world.decide("T0001.001", in_scope=True)
    assert await statuses(world) == {
        "T0001": "not_evaluated",
        "T0001.001": "not_evaluated",
        "T0001.002": "out_of_scope",
    }


def alias(world: World, old: str, new: str, kind: str) -> TechniqueAlias:
    return TechniqueAlias(
        scheme="attack", external_id=old, technique_id=world.techniques[new], kind=kind, source=f"{old}-{new}"
    )


async def test_results_follow_one_successor_and_wait_before_several(db: AsyncSession, world: World) -> None:
    for attack_id, revoked in (
        ("T0001", True),
        ("T0002", True),
        ("T0003", False),
        ("T0004", False),
        ("T0005", True),
    ):
        await world.technique(attack_id, revoked=revoked)
    db.add_all([alias(world, "T0001", "T0002", "revoked_by"), alias(world, "T0002", "T0003", "merge")])
    db.add_all([alias(world, "T0005", "T0003", "split"), alias(world, "T0005", "T0004", "split")])
    await finish(world, "T0001", Detection.DETECTED)
    await finish(world, "T0002", Detection.DETECTED)
    await finish(world, "T0005", Detection.NOT_DETECTED)
    found = await one(world, "T0003")
    assert (found.status, found.tally.met, found.tests) == (Status.VALIDATED, 2, 2)
    assert await statuses(world) == {"T0003": "validated", "T0004": "not_evaluated"}


async def test_domains_are_apart(world: World) -> None:
    await world.technique("T0001")
    await world.technique("T0801", domain="ics")
    assert await statuses(world) == {"T0001": "not_evaluated"}
    assert await statuses(world, domain="ics") == {"T0801": "not_evaluated"}


async def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(world: World, statements: list[str]) -> None:
    async def queries(**fields: object) -> int:
        before = len(statements)
        await statuses(world, **fields)
        return len(statements) - before

    few = await queries()
    for number in range(20):
        await world.technique(f"T{number:04d}")
        await finish(world, f"T{number:04d}", Detection.DETECTED)
    await coverage.settle_results(world.session)
    assert (few, await queries(), await queries(platforms=["Windows"])) == (7, 7, 7)


async def test_an_unknown_environment_is_refused(world: World) -> None:
    with pytest.raises(Invalid, match="no such environment"):
        await statuses(world, environment_id=UUID(int=0))
