"""Misses by cause, and quick wins."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import frozen_at
from app.config import Settings
from app.domain.findings import DEFAULT_OWNERS
from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.domain.states import State
from app.models.threat_profile import ThreatProfileEntry
from app.services import coverage
from tests.builders.coverage import NOW, World, build_world, days_ago
from tests.builders.users import auth_headers, build_user

URL = "/api/v1/metrics"
MISS, LOGGED, SEEN = Detection.NOT_DETECTED, Detection.PARTIALLY_DETECTED, Detection.DETECTED


@pytest.fixture
async def headers(db: AsyncSession, settings: Settings) -> dict[str, str]:
    return await auth_headers(db, await build_user(db, role=Role.VIEWER), settings)


@pytest.fixture
async def world(db: AsyncSession) -> World:
    """Two log lines without an alert, one miss of the same cause, one unexplained, and results that are no gap."""
    world = await build_world(db)
    for attack_id in ("T0001", "T0002", "T0003", "T0004", "T0005"):
        await world.technique(attack_id)
    for attack_id, detection, cause, further, age in (
        ("T0001", LOGGED, "no_rule", ["parsing"], 9),
        ("T0002", LOGGED, "no_rule", [], 5),
        ("T0002", SEEN, None, [], 5),
        ("T0003", MISS, "no_rule", [], 200),
        ("T0003", MISS, None, [], 400),
        ("T0004", MISS, None, [], 3),
        ("T0005", MISS, "other", [], 3),
    ):
        procedure = f"custom:{attack_id}{detection}{age}"
        test, round_ = await world.test(attack_id, detection, procedure=procedure, age_days=age)
        round_.miss_cause, round_.further_causes = cause, further
        await coverage.record_decision(db, test, round_)
    await world.decide("T0005", in_scope=False)
    await coverage.refresh_stats(db, world.techniques.values(), world.environment_id)
    return world


async def ask(client: AsyncClient, headers: dict[str, str], path: str, **params: Any) -> Any:
    with frozen_at(NOW):
        response = await client.get(URL + path, params=params, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


async def test_misses_by_cause(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    body = await ask(client, headers, "/misses-by-cause")
    assert body["results"] == 4
    names = ("cause", "owner", "results", "missed", "sighted", "further", "techniques")
    assert [tuple(item[name] for name in names) for item in body["items"]] == [
        ("no_rule", DEFAULT_OWNERS["no_rule"], 3, 1, 2, 0, ["T0001", "T0002", "T0003"]),
        (None, None, 1, 1, 0, 0, ["T0004"]),
        ("parsing", DEFAULT_OWNERS["parsing"], 0, 0, 0, 1, []),
    ]
    assert body["items"][0]["oldest_executed_at"] == days_ago(200).isoformat().replace("+00:00", "Z")


async def test_each_cause_leads_to_the_tests_it_counts(
    client: AsyncClient, headers: dict[str, str], world: World, db: AsyncSession, settings: Settings
) -> None:
    await world.technique("T0900", domain="ics")
    plant = await world.environment("Plant")
    shut = await world.environment("Shut", active=False)
    for attack_id, place in (("T0900", world.environment_id), ("T0002", plant), ("T0002", shut)):
        test, round_ = await world.test(attack_id, LOGGED, environment_id=place)
        round_.miss_cause, round_.further_causes = "no_rule", ["late"]
        await coverage.record_decision(db, test, round_)
        await coverage.refresh_stats(db, world.techniques.values(), place)
    for state, handed_over in ((State.BLUE_EVALUATING, NOW), (State.IN_REVIEW, NOW), (State.RED_EXECUTING, None)):
        sealed, round_ = await world.test("T0001", state=state, procedure=f"custom:{state}")
        sealed.blind, sealed.handed_over_at, round_.miss_cause = True, handed_over, "no_rule"
    await db.flush()
    everywhere = {"no_rule": (4, 1, 3, 0), "unstated": (1, 1, 0, 0), "parsing": (0, 0, 0, 1), "late": (0, 0, 0, 1)}
    for role in Role:
        mine = await auth_headers(db, await build_user(db, role=role), settings)
        assert await counted(client, mine) == everywhere
        for cause, (results, *_) in everywhere.items():
            assert await count_tests(client, mine, domain="enterprise", miss_cause=cause) == results, (role, cause)
    for asked, numbers in (
        ({"domain": "enterprise"}, everywhere),
        ({"domain": "enterprise", "environment": str(plant)}, {"no_rule": (1, 0, 1, 0), "late": (0, 0, 0, 1)}),
        ({"domain": "ics"}, {"no_rule": (1, 0, 1, 0), "late": (0, 0, 0, 1)}),
    ):
        assert await counted(client, headers, **asked) == numbers
        for cause, (_, missed, sighted, further) in numbers.items():
            seen = {"detection": ["partially_detected", "detected"]}
            assert await count_tests(client, headers, miss_cause=cause, detection="not_detected", **asked) == missed
            assert await count_tests(client, headers, miss_cause=cause, **seen, **asked) == sighted
            if cause != "unstated":
                assert await count_tests(client, headers, further_cause=cause, **asked) == further
    assert await count_tests(client, headers, miss_cause="no_rule") == 5
    assert await count_tests(client, headers, miss_cause=["unstated", "no_rule"], further_cause="parsing") == 1
    with frozen_at(NOW):
        table = await client.get("/api/v1/tests", params={"miss_cause": "unstated", "format": "csv"}, headers=headers)
        refused = await client.get("/api/v1/tests", params={"miss_cause": "bad luck"}, headers=headers)
    assert [line.split(",")[4] for line in table.text.splitlines()[1:]] == ['"T0004"']
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "miss_cause.0")


async def test_each_result_leads_to_the_tests_it_counts(
    client: AsyncClient, headers: dict[str, str], world: World, db: AsyncSession
) -> None:
    plant = await world.environment("Plant")
    for place, age in ((world.environment_id, 330), (plant, 364)):
        test, round_ = await world.test("T0004", SEEN, procedure="custom:old", age_days=age, environment_id=place)
        await coverage.record_decision(db, test, round_)
        await coverage.refresh_stats(db, world.techniques.values(), place)
    annulled, _ = await world.test("T0001", SEEN, procedure="custom:taken-back")
    sealed, _ = await world.test("T0001", state=State.RED_EXECUTING, procedure="custom:blind")
    annulled.annulled_at, annulled.annul_reason, sealed.blind = NOW, "Wrong host", True
    await db.flush()
    await coverage.refresh_stats(db, world.techniques.values(), world.environment_id)
    for asked in ({}, {"environment": str(world.environment_id)}, {"environment": str(plant)}):
        told = await ask(client, headers, "/summary", **asked)
        for standing in ("met", "sighted", "missed", "expired", "expiring"):
            listed = await count_tests(client, headers, domain="enterprise", result=standing, **asked)
            assert listed == told["results"][standing], (standing, asked)
        current = {"result": ["met", "sighted", "missed"]}
        assert await count_tests(client, headers, **current, **asked) == told["results"]["current"]
        assert await count_tests(client, headers, counted=True, **asked) == told["tests"]["total"]
        states = {"state": "validated", "counted": True, "domain": "enterprise"}
        assert await count_tests(client, headers, **states, **asked) == told["tests"]["by_state"]["validated"]
    assert await count_tests(client, headers, result="expiring") == 2
    assert await count_tests(client, headers, result=["missed", "met"], technique="T0004", miss_cause="unstated") == 1
    assert await count_tests(client, headers, domain="ics", result="met") == 0


async def test_tests_by_when_they_ran(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    day, moment = days_ago(9).date(), days_ago(9).isoformat()
    for asked, number in (
        ({"executed_from": str(day), "executed_to": str(day)}, 1),
        ({"executed_from": moment}, 5),
        ({"executed_to": moment}, 2),
        ({"executed_from": str(day), "detection": "detected"}, 1),
    ):
        assert await count_tests(client, headers, **asked) == number, asked
    for name, value in (
        ("executed_from", "2026-01-01T00:00:00"),
        ("executed_to", "1700000000"),
        ("executed_to", "9999-12-31"),
        ("result", "lucky"),
        ("environment", "01890000-0000-7000-8000-000000000000"),
    ):
        wanted = {name: value, **({"result": "met"} if name == "environment" else {})}
        refused = await client.get("/api/v1/tests", params=wanted, headers=headers)
        assert refused.status_code == 422, (name, value)
        assert refused.json()["errors"][0]["field"].split(".")[0] == name
    for path in ("/metrics/operational", "/reports/test-results", "/reports/remediation"):
        for value in ("2026-01-01T00:00:00", "1700000000"):
            refused = await client.get(f"/api/v1{path}", params={"from": value}, headers=headers)
            assert refused.status_code == 422, (path, value)


async def counted(client: AsyncClient, headers: dict[str, str], **params: Any) -> dict[str, tuple[int, ...]]:
    """Results, missed, sighted and further of each cause."""
    told = (await ask(client, headers, "/misses-by-cause", **params))["items"]
    names = ("results", "missed", "sighted", "further")
    return {item["cause"] or "unstated": tuple(item[name] for name in names) for item in told}


async def count_tests(client: AsyncClient, headers: dict[str, str], **params: Any) -> int:
    with frozen_at(NOW):
        response = await client.get("/api/v1/tests", params={**params, "limit": 200}, headers=headers)
    assert response.status_code == 200, response.text
    assert response.json()["total"] == len(response.json()["items"])
    return int(response.json()["total"])


async def test_quick_wins(client: AsyncClient, headers: dict[str, str], world: World, db: AsyncSession) -> None:
    body = await ask(client, headers, "/quick-wins")
    assert (body["total"], [item["attack_id"] for item in body["items"]]) == (2, ["T0001", "T0002"])
    first = body["items"][0]
    # Tests, freshness and platforms go from half to full: 65 of 85, no countermeasure being mapped.
    assert (first["score"], first["score_alerted"]) == (pytest.approx(32.5 * 100 / 85), pytest.approx(6500 / 85))
    assert (first["gain"], first["results"], first["priority"]) == (pytest.approx(3250 / 85), 1, None)
    assert [(test["platform"], test["expected"], test["cause"]) for test in first["tests"]] == [
        ("Windows", "detected", "no_rule")
    ]
    db.add(
        ThreatProfileEntry(
            technique_id=world.techniques["T0002"], priority=2, reason="A hunch.", valid_from=days_ago(1)
        )
    )
    body = await ask(client, headers, "/quick-wins", limit=1)
    assert (body["total"], [(item["attack_id"], item["priority"]) for item in body["items"]]) == (2, [("T0002", 2)])
