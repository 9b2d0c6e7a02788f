"""Freshness summed by the database is what the pure curve says."""

import pytest

from app.domain.coverage import decay
from app.domain.outcomes import Detection, value
from app.models.organisation import Setting
from app.services import coverage
from app.services.coverage.facts import read_facts
from app.services.coverage.freshness import freshness
from app.services.coverage.status import judge
from tests.builders.coverage import NOW, World, days_ago

RESULTS = [
    (Detection.PREVENTED, 1),
    (Detection.DETECTED, 30),
    (Detection.DETECTED, 31),
    (Detection.PARTIALLY_DETECTED, 200),
    (Detection.NOT_DETECTED, 2),
    (Detection.DETECTED, 364),
    (Detection.DETECTED, 400),
]


@pytest.mark.parametrize("valid_days", [10, 365, 500])
async def test_both_ways_agree(world: World, valid_days: int) -> None:
    technique = await world.technique("T0001")
    world.session.add(Setting(key="result_valid_days", value={"value": valid_days}, valid_from=days_ago(2)))
    for number, (detection, age) in enumerate(RESULTS):
        pair = await world.test("T0001", detection, age_days=age, procedure=f"custom:{number}")
        await coverage.record_decision(world.session, *pair)
    facts = await read_facts(
        world.session, environment_id=None, domain="enterprise", platforms=(), now=NOW, summed=True
    )
    found = freshness(facts, judge(facts))
    earned = [
        value(detection, "detected") * decay(days_ago(age), now=NOW, valid_days=valid_days)
        for detection, age in RESULTS
        if age <= valid_days
    ]
    assert found == {str(technique): pytest.approx(100 * sum(earned) / len(earned))}
