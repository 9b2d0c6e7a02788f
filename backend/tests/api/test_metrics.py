"""The figures of the dashboard over HTTP."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import frozen_at
from app.config import Settings
from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.domain.states import State
from app.models.security_test import SecurityTest, TestTransition, Vote
from app.services import coverage
from tests.builders.coverage import NOW, World, build_world
from tests.builders.users import auth_headers, build_user


@pytest.fixture
async def headers(db: AsyncSession, settings: Settings) -> dict[str, str]:
    return await auth_headers(db, await build_user(db, role=Role.VIEWER), settings)


@pytest.fixture
async def world(db: AsyncSession) -> World:
    world = await build_world(db)
    await world.tactic("impact", 9)
    for attack_id in ("T0001", "T0001.001", "T0001.002"):
        await world.technique(attack_id)
    return world


async def ask(client: AsyncClient, headers: dict[str, str], path: str, **params: Any) -> dict[str, Any]:
    with frozen_at(NOW):
        response = await client.get(f"/api/v1/metrics/{path}", params=params, headers=headers)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def finish(world: World, attack_id: str, detection: Detection, **fields: Any) -> SecurityTest:
    test, round_ = await world.test(attack_id, detection, **fields)
    await coverage.record_decision(world.session, test, round_)
    return test


async def test_the_summary(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    await finish(world, "T0001.001", Detection.DETECTED)
    await finish(world, "T0001.001", Detection.PARTIALLY_DETECTED, procedure="b", age_days=320)
    await finish(world, "T0001.002", Detection.NOT_DETECTED, age_days=400)
    await finish(world, "T0001.002", Detection.INCONCLUSIVE)
    await finish(world, "T0001", Detection.NOT_DETECTED)
    await world.test("T0001.001", state=State.IN_REVIEW)
    await coverage.refresh_stats(world.session, world.techniques.values(), world.environment_id)
    body = await ask(client, headers, "summary")
    statuses = body["techniques"].pop("by_status")
    assert {status: count for status, count in statuses.items() if count} == {
        "partial": 1,
        "not_covered": 1,
        "not_evaluated": 1,
    }
    assert body["techniques"] == {"total": 3, "leaves": 2, "units": 3, "proven": 1, "review_required": 0}
    states = body["tests"].pop("by_state")
    assert {state: count for state, count in states.items() if count} == {"in_review": 1, "validated": 5}
    assert body["tests"] == {"total": 6, "inconclusive": 1}
    assert body["results"] == {"current": 3, "met": 1, "sighted": 1, "missed": 1, "expired": 1, "expiring": 1}
    assert body["stale_validations"] == 1


async def test_the_tactics(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    await finish(world, "T0001.001", Detection.DETECTED)
    body = await ask(client, headers, "by-tactic")
    execution, impact = body["tactics"]
    assert (execution["shortname"], execution["techniques"], execution["leaves"]) == ("execution", 3, 2)
    assert (execution["units"], execution["proven"], execution["by_status"]["validated"]) == (2, 1, 1)
    assert (impact["shortname"], impact["techniques"], sum(impact["by_status"].values())) == ("impact", 0, 0)


async def test_the_pipeline(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    for age in (1, 2, 6):
        await world.test("T0001.001", state=State.DRAFT, age_days=age)
    archived, _ = await world.test("T0001.001", state=State.DRAFT, age_days=90)
    archived.archived_at, archived.archive_reason = NOW, "not needed"
    await finish(world, "T0001.001", Detection.DETECTED)
    await coverage.refresh_stats(world.session, world.techniques.values(), world.environment_id)
    body = await ask(client, headers, "pipeline")
    day = 24 * 3600
    assert [(stage["state"], stage["count"]) for stage in body["stages"]] == [
        ("draft", 3),
        ("red_executing", 0),
        ("blue_evaluating", 0),
        ("in_review", 0),
        ("validated", 1),
        ("rejected", 0),
    ]
    assert (body["stages"][0]["median_age_seconds"], body["stages"][0]["oldest_age_seconds"]) == (2 * day, 6 * day)
    assert body["stages"][0]["p90_age_seconds"] == pytest.approx(5.2 * day)
    assert body["stages"][1]["median_age_seconds"] is None
    assert (body["rejections"], body["sealed_included"]) == ([], False)


async def test_the_flow_of_a_part(
    client: AsyncClient, headers: dict[str, str], db: AsyncSession, world: World, settings: Settings
) -> None:
    plant = await world.environment("Plant")
    await world.technique("T0900", domain="ics")
    for attack_id, place, platform in (
        ("T0001.001", world.environment_id, "Windows"),
        ("T0001.002", plant, "Linux"),
        ("T0900", plant, "Windows"),
    ):
        test = await finish(world, attack_id, Detection.DETECTED, environment_id=place, platform=platform)
        await walk(world, test, "in_review", "validated")
        await walk(world, test, "draft", "red_executing", days=40)
    annulled = await finish(world, "T0001.001", Detection.DETECTED, procedure="custom:wrong")
    annulled.annulled_at, annulled.annul_reason = NOW, "Wrong host"
    await walk(world, annulled, "in_review", "validated")
    sealed, _ = await world.test("T0001.001", state=State.RED_EXECUTING)
    sealed.blind = True
    await db.flush()
    for place in (plant, world.environment_id):
        await coverage.refresh_stats(db, world.techniques.values(), place)
    for asked, number in (
        ({}, 3),
        ({"domain": "enterprise"}, 2),
        ({"environment": str(plant)}, 2),
        ({"environment": str(plant), "domain": "ics"}, 1),
        ({"platform": "linux"}, 1),
        ({"platform": ["Linux", "Windows"], "domain": "enterprise"}, 2),
        ({"platform": "macOS"}, 0),
    ):
        counts = {
            stage["state"]: stage["count"] for stage in (await ask(client, headers, "pipeline", **asked))["stages"]
        }
        assert (counts["validated"], counts["red_executing"]) == (number, 0), asked
        activity = await ask(client, headers, "team-activity", **asked)
        assert (activity["totals"]["validated"], activity["totals"]["started"]) == (number, 0), asked
        listed = await client.get("/api/v1/tests", params={**asked, "counted": True}, headers=headers)
        assert listed.json()["total"] == number, asked
    earlier = await ask(client, headers, "team-activity", **{"from": "2026-04-20", "to": "2026-04-24"})
    assert (earlier["totals"]["started"], earlier["totals"]["validated"], len(earlier["days"])) == (3, 0, 6)
    # The funnel of those who see sealed tests holds them.
    for role in Role:
        mine = await auth_headers(db, await build_user(db, role=role), settings)
        body = await ask(client, mine, "pipeline")
        sees = role in {Role.RED_TECH, Role.RED_LEAD, Role.ADMIN}
        assert (body["stages"][1]["count"], body["sealed_included"]) == (int(sees), sees), role
    for path, wanted in (
        ("pipeline", {"environment": "01890000-0000-7000-8000-000000000000"}),
        ("team-activity", {"environment": "01890000-0000-7000-8000-000000000000"}),
        ("team-activity", {"from": "2099-01-01"}),
        ("team-activity", {"from": "2020-01-01"}),
        ("team-activity", {"from": "2026-05-01T00:00:00"}),
        ("pipeline", {"domain": "nowhere"}),
    ):
        refused = await client.get(f"/api/v1/metrics/{path}", params=wanted, headers=headers)
        assert refused.status_code == 422, (path, wanted)


async def test_the_summary_of_platforms(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    await world.technique("T0002", platforms=("Linux", "Windows"))
    await finish(world, "T0002", Detection.DETECTED, platform="Linux", age_days=330)
    await finish(world, "T0002", Detection.NOT_DETECTED, platform="Windows", age_days=330)
    await finish(world, "T0001.001", Detection.DETECTED, age_days=330)
    await world.decide("T0001.001", in_scope=False)
    await coverage.refresh_stats(world.session, world.techniques.values(), world.environment_id)
    for asked, (tests, current, met, expiring) in (
        ({}, (3, 2, 1, 2)),
        ({"platform": "Linux"}, (1, 1, 1, 1)),
        ({"platform": "windows"}, (2, 1, 0, 1)),
        ({"platform": "macOS"}, (0, 0, 0, 0)),
    ):
        body = await ask(client, headers, "summary", **asked)
        results = body["results"]
        told = (body["tests"]["total"], results["current"], results["met"], results["expiring"])
        assert told == (tests, current, met, expiring), asked
        tactics = (await ask(client, headers, "by-tactic", **asked))["tactics"]
        proven = body["techniques"]["proven"]
        assert (sum(tactic["proven"] for tactic in tactics), tactics[0]["proven"]) == (proven, proven), asked


async def walk(world: World, test: SecurityTest, *states: str, days: float = 2) -> None:
    for before, after in pairwise(states):
        world.session.add(
            TestTransition(
                test_id=test.id,
                round_no=1,
                event="moved",
                from_state=before,
                to_state=after,
                actor_label="someone",
                at=NOW - timedelta(days=days),
            )
        )
    await world.session.flush()


async def vote(db: AsyncSession, round_id: object, side: str, decision: str, **fields: Any) -> None:
    voter = await build_user(db, role=f"{side}_lead")
    notes = "no proof" if decision == "reject" else ""
    db.add(
        Vote(
            round_id=round_id,
            side=side,
            user_id=voter.id,
            role=voter.role,
            decision=decision,
            notes=notes,
            created_at=NOW - timedelta(days=1),
            **fields,
        )
    )
    await db.flush()


async def test_the_activity(client: AsyncClient, headers: dict[str, str], db: AsyncSession, world: World) -> None:
    rejected, first = await world.test("T0001.001", Detection.DETECTED, state=State.REJECTED)
    undecided, second = await world.test("T0001.001", state=State.IN_REVIEW)
    way = ("draft", "red_executing", "blue_evaluating", "red_executing", "blue_evaluating", "in_review")
    await walk(world, rejected, *way, "rejected")
    await walk(world, undecided, *way, days=31)
    await walk(world, undecided, "in_review", "in_review")
    await vote(db, first.id, "red", "approve")
    await vote(db, first.id, "blue", "reject", reason_code="insufficient_proof")
    await vote(db, second.id, "blue", "reject")
    body = await ask(client, headers, "team-activity")
    assert body["totals"] == {
        "started": 1,
        "red_submitted": 2,
        "returned": 1,
        "blue_submitted": 1,
        "validated": 0,
        "rejected": 1,
        "reopened": 0,
    }
    days = {day["day"]: day["red_submitted"] for day in body["days"] if day["red_submitted"]}
    assert (len(body["days"]), days) == (31, {"2026-05-30": 2})
    assert body["red_votes"] == {"cast": 1, "approved": 1, "rejected": 0}
    # How the vote of the undecided round went is told to nobody.
    assert body["blue_votes"] == {"cast": 2, "approved": 0, "rejected": 1}
    rejections = (await ask(client, headers, "pipeline"))["rejections"]
    assert rejections == [{"side": "blue", "reason_code": "insufficient_proof", "count": 1}]


@pytest.mark.parametrize("path", ["summary", "by-tactic", "pipeline", "team-activity"])
async def test_nobody_reads_them_unsigned(client: AsyncClient, path: str) -> None:
    assert (await client.get(f"/api/v1/metrics/{path}")).status_code == 401


@pytest.mark.parametrize("path", ["summary", "by-tactic", "pipeline", "team-activity"])
async def test_an_empty_database_has_figures(client: AsyncClient, headers: dict[str, str], path: str) -> None:
    assert (await ask(client, headers, path))["as_of"] == NOW.isoformat().replace("+00:00", "Z")
