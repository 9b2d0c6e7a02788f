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
