"""What the database sums up is, to the last digit, what single results give."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from app.clock import frozen_at
from app.domain.outcomes import Detection
from app.domain.result_sums import Summed, since_epoch
from app.domain.score_units import sums_of
from app.domain.scores import score_all
from app.domain.states import State
from app.models.coverage import ResultSum
from app.models.knowledge import TechniqueAlias
from app.models.organisation import EnvironmentPlatform, Setting
from app.schemas.techniques import TechniqueSummary
from app.services import coverage
from app.services.knowledge.listing import TechniqueFilter, list_techniques, statuses_of
from app.services.scores import read_inputs, read_whole_inputs
from tests.builders.coverage import NOW, World, days_ago

PLATFORMS = ("Windows", "Linux", "macOS")
DETECTIONS = [detection for detection in Detection if detection is not Detection.INCONCLUSIVE]


async def fill(world: World, dice: Random, valid_days: int) -> None:
    """Results of every age, outcome, expectation and platform in two environments, and decisions about them."""
    for attack_id, platforms in (("T0001", PLATFORMS), ("T0001.001", PLATFORMS[:2]), ("T0002", ())):
        await world.technique(attack_id, platforms=platforms)
    gone = await world.technique("T0003", revoked=True)
    await world.technique("T0001.002")
    other = await world.environment("Cloud")
    world.session.add(EnvironmentPlatform(environment_id=other, platform="Linux", valid_from=days_ago(3)))
    world.session.add(
        TechniqueAlias(
            scheme="attack", external_id="T0003", technique_id=world.techniques["T0002"], kind="revoked_by",
            source="mitre_attack",
        )
    )  # fmt: skip
    world.session.add(Setting(key="result_valid_days", value={"value": valid_days}, valid_from=days_ago(2)))
    for number in range(60):
        pair = await world.test(
            dice.choice(sorted(set(world.techniques) - {"T0001.002"})),
            dice.choice(DETECTIONS),
            age_days=dice.choice((0, 10, 30, valid_days, valid_days + 90, dice.uniform(-1, 500))),
            procedure=f"custom:{number}",
            platform=dice.choice((None, "Plan 9", *PLATFORMS)),
            expected=dice.choice((None, None, "logged", "prevented")),
            environment_id=dice.choice((world.environment_id, other)),
        )
        await coverage.record_decision(world.session, *pair)
    await world.test("T0001.002", state=State.IN_REVIEW)
    await world.decide("T0001", expected="prevented")
    await world.decide("T0002", in_scope=False, environment_id=other)
    for environment in (world.environment_id, other):
        await coverage.refresh_stats(world.session, [*world.techniques.values(), gone], environment)


@pytest.mark.parametrize("valid_days", [10, 365])
async def test_sums_of_the_database_are_those_of_single_results(world: World, valid_days: int) -> None:
    await fill(world, Random(valid_days), valid_days)
    summed = await read_inputs(world.session, domain="enterprise", now=NOW)
    whole = await read_whole_inputs(world.session, domain="enterprise", now=NOW)
    assert isinstance(summed.results, Summed)
    by_hand = sums_of(whole)
    gone = str(world.techniques["T0003"])
    moved = str(world.techniques["T0002"])
    expected = {key: {*groups} for key, groups in by_hand.items() if key != gone}
    expected[moved] |= {*by_hand[gone]}
    assert {key: {*groups} for key, groups in summed.results.groups.items()} == expected
    assert score_all(summed).units == score_all(whole).units
    assert score_all(summed).organization == score_all(whole).organization
    heard = {
        key: [row._replace(detection="detected") if row.detection == "partially_detected" else row for row in rows]
        for key, rows in whole.rows.items()
    }
    assert (
        score_all(replace(summed, results=summed.results.alerted())).units
        == score_all(replace(whole, results=heard)).units
    )


@pytest.mark.parametrize("valid_days", [10, 365])
async def test_kept_sums_are_as_exact_as_time_passes(world: World, valid_days: int) -> None:
    with frozen_at(NOW):
        await fill(world, Random(valid_days), valid_days)
        await coverage.settle_results(world.session)
    kept = list(await world.session.scalars(select(ResultSum)))
    assert {row.as_of for row in kept} == {since_epoch(NOW.timestamp())}
    exact = []
    for days in (-1, 0, 1, 3, 19, 90, 365, 1000):
        moment = NOW + timedelta(days=days)
        summed = await read_inputs(world.session, domain="enterprise", now=moment)
        whole = await read_whole_inputs(world.session, domain="enterprise", now=moment)
        assert isinstance(summed.results, Summed)
        assert score_all(summed).units == score_all(whole).units
        by_hand = sums_of(whole)
        moved, gone = str(world.techniques["T0002"]), str(world.techniques["T0003"])
        expected = {key: {*groups} for key, groups in by_hand.items() if key != gone}
        expected[moved] |= {*by_hand[gone]}
        assert {key: {*groups} for key, groups in summed.results.groups.items()} == expected
        exact.append(sum(row.as_of <= since_epoch(moment.timestamp()) <= row.exact_until for row in kept))
    # All were read as they are kept at first, and less and less later; of the time before they say nothing.
    assert exact[0] == 0
    assert len(kept) == exact[1] > exact[2] > exact[-2] > 0
    with frozen_at(NOW + timedelta(days=19)):
        assert await coverage.sum_what_aged(world.session) > 0
        assert await coverage.sum_what_aged(world.session) == 0
        assert (await coverage.recompute_all(world.session)).sums.changed == 0


async def test_sums_that_were_changed_are_found_and_mended(world: World) -> None:
    with frozen_at(NOW):
        await fill(world, Random(3), 365)
        await coverage.settle_results(world.session)
        first = (await world.session.scalars(select(ResultSum).order_by(ResultSum.id))).first()
        assert first is not None
        first.missed_left += 1
        report = await coverage.recompute_all(world.session)
        assert (report.sums.added, report.sums.changed, report.sums.removed) == (0, 1, 0)
        assert (await coverage.recompute_all(world.session)).was_right


async def test_a_page_of_techniques_is_judged_as_all_techniques_are(world: World) -> None:
    await fill(world, Random(1), 365)
    await world.technique("M0001", domain="mobile")
    wanted = TechniqueFilter(active=None)
    with frozen_at(NOW):
        judged = await statuses_of(world.session, ("enterprise", "mobile"))
        pages = [
            await list_techniques(world.session, wanted, sort="-attack_id", limit=2, offset=offset)
            for offset in (0, 2, 4)
        ]
        listed, total = await list_techniques(
            world.session, TechniqueFilter(q="T0001", statuses=("in_progress",)), sort="name", limit=9, offset=0
        )
    assert ([item["attack_id"] for item in listed], total) == (["T0001.002"], 1)
    items = [item for page, count in pages for item in page if count == 6]
    assert [item["attack_id"] for item in items] == sorted([*world.techniques], reverse=True)
    names = ("status", "in_scope", "expected", "proven", "tests", "open_tests")
    assert {item["attack_id"]: tuple(item[name] for name in names) for item in items} == {
        **{status.attack_id: tuple(getattr(status, name) for name in names) for status in judged.values()},
        "T0003": (None, False, None, False, 0, 0),
    }
    for item in items:
        assert TechniqueSummary.model_validate(item).model_dump(mode="json") == item


async def test_sums_read_before_a_savepoint_is_undone_are_made_again(world: World) -> None:
    technique = str(await world.technique("T0001"))
    await coverage.record_decision(world.session, *await world.test("T0001"))
    savepoint = await world.session.begin_nested()
    before = await read_inputs(world.session, now=NOW)
    await savepoint.rollback()
    assert list((await world.session.scalars(select(ResultSum))).all()) == []
    after = await read_inputs(world.session, now=NOW)
    assert isinstance(after.results, Summed)
    assert before.results == after.results
    assert after.results.groups[technique][0].detected == 1
