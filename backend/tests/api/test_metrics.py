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


async def finish(world: World, attack_id: str, detection: Detection, **fields: Any) -> None:
    test, round_ = await world.test(attack_id, detection, **fields)
    await coverage.record_decision(world.session, test, round_)


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
    assert body["stages"][1]["median_age_seconds"] is None
    assert body["rejections"] == []


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
