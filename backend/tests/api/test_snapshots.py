"""Snapshots over HTTP: taken, kept as they were, compared across a release, and explained."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import frozen_at
from app.config import Settings
from app.database import SessionFactory
from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.domain.scoring import FORMULA
from app.domain.states import State
from app.jobs.base import JobContext
from app.jobs.registry import JOBS
from app.models.knowledge import Technique, TechniqueAlias
from app.services import coverage
from app.services.content.runner import ImportRunner
from app.storage import make_store
from tests.builders.coverage import NOW, World, build_world
from tests.builders.users import auth_headers, build_user

LATER = NOW + timedelta(days=40)


@pytest.fixture
async def headers(db: AsyncSession, settings: Settings) -> dict[str, str]:
    return await auth_headers(db, await build_user(db, role=Role.BLUE_LEAD, username="lead"), settings)


@pytest.fixture
async def world(db: AsyncSession) -> World:
    world = await build_world(db)
    for attack_id in ("T0001", "T0001.001", "T0001.002", "T0002"):
        await world.technique(attack_id)
    await finish(world, "T0001.001", Detection.DETECTED)
    await finish(world, "T0002", Detection.NOT_DETECTED)
    sealed, _ = await world.test("T0001.002", state=State.BLUE_EVALUATING, procedure="canary")
    sealed.name, sealed.blind, sealed.number = "canary", True, None
    await refresh(world)
    return world


async def finish(world: World, attack_id: str, detection: Detection, **fields: Any) -> Any:
    test, round_ = await world.test(attack_id, detection, **fields)
    await coverage.record_decision(world.session, test, round_)
    return test


async def refresh(world: World) -> None:
    await coverage.refresh_stats(world.session, world.techniques.values(), world.environment_id)
    await world.session.commit()


async def take(client: AsyncClient, headers: dict[str, str], name: str, moment: Any = NOW) -> dict[str, Any]:
    with frozen_at(moment):
        response = await client.post("/api/v1/snapshots", json={"name": name}, headers=headers)
    assert response.status_code == 201, response.text
    assert response.headers["location"] == f"/api/v1/snapshots/{response.json()['id']}"
    return dict(response.json())


async def ask(client: AsyncClient, headers: dict[str, str], path: str = "", **params: Any) -> Response:
    with frozen_at(LATER):
        return await client.get(f"/api/v1/snapshots{path}", params=params, headers=headers)


async def compare(client: AsyncClient, headers: dict[str, str], **params: Any) -> dict[str, Any]:
    response = await ask(client, headers, "/compare", **params)
    assert response.status_code == 200, response.text
    return dict(response.json())


def exact(movement: dict[str, Any]) -> dict[str, float]:
    """The shown shares by cause; on the way their sums are held against the difference."""
    told = {name: Decimal(str(movement[name]["score"])) for name in ("base", "head")}
    assert told["head"] - told["base"] == Decimal(str(movement["difference"]))
    shares = movement["attribution"]
    assert sum(Decimal(str(share["points"])) for share in shares) == Decimal(str(movement["difference"]))
    assert sum(Decimal(str(share["shown"])) for share in shares) == Decimal(str(movement["shown"]))
    return {share["cause"]: share["shown"] for share in shares}


async def test_a_snapshot_is_kept_as_it_was(
    client: AsyncClient, headers: dict[str, str], db: AsyncSession, settings: Settings, world: World
) -> None:
    taken = await take(client, headers, "Before")
    with frozen_at(NOW):
        live = (await client.get("/api/v1/scores/organization", headers=headers)).json()
    for name in ("in_scope", "tested"):
        assert taken["organization"][name]["score"] == live[name]["score"]
    assert (taken["organization"]["profile"], taken["out_of_scope"], taken["formula"]) == (None, 0, FORMULA)
    assert (taken["created_by"], taken["trigger"], taken["attack_version"]) == ("lead", "manual", "18.1")
    assert {k: v for k, v in taken["by_status"].items() if v} == {"validated": 1, "not_covered": 1, "not_evaluated": 1}
    await db.execute(update(Technique).where(Technique.attack_id == "T0002").values(name="Renamed", attack_id="T0009"))
    await finish(world, "T0002", Detection.PREVENTED, procedure="later", age_days=-1)
    await refresh(world)
    detail = (await ask(client, headers, f"/{taken['id']}")).json()
    assert detail["organization"] == taken["organization"]
    assert [(t["attack_id"], t["status"], t["results"], t["parent"]) for t in detail["technique_list"]] == [
        ("T0001", "partial", 1, None),
        ("T0001.001", "validated", 1, "T0001"),
        ("T0001.002", "not_evaluated", 0, "T0001"),
        ("T0002", "not_covered", 1, None),
    ]
    assert [(t["attack_id"], t["n"], t["results"]) for t in detail["tactics"]] == [("TA0002", 3, 2)]
    again = await take(client, headers, "After", LATER)
    viewer = await auth_headers(db, await build_user(db, role=Role.VIEWER), settings)
    history = (await client.get("/api/v1/techniques/T0009/score-history", headers=viewer)).json()
    assert [(p["snapshot_id"], p["attack_id"], p["status"], p["results"], p["met"]) for p in history["items"]] == [
        (again["id"], "T0009", "partial", 2, 1),
        (taken["id"], "T0002", "not_covered", 1, 0),
    ]
    (then,) = (t for t in detail["technique_list"] if t["attack_id"] == "T0002")
    assert (history["total"], history["items"][1]["score"]) == (2, then["score"])
    # The sealed test is in no number, and nothing of it is told.
    sealed = (
        await client.get("/api/v1/techniques/T0001.002/score-history", params={"limit": 1}, headers=viewer)
    ).json()
    assert (sealed["total"], [(p["status"], p["results"]) for p in sealed["items"]]) == (2, [("not_evaluated", 0)])
    assert (await client.get("/api/v1/techniques/T4444/score-history", headers=viewer)).status_code == 404
    with pytest.raises(DBAPIError, match="append-only"):
        await db.execute(text("UPDATE coverage_snapshot SET name = 'nicer'"))


async def test_two_moments_and_why_the_score_moved(
    client: AsyncClient, headers: dict[str, str], db: AsyncSession, world: World
) -> None:
    base = await take(client, headers, "Base")
    assert (await compare(client, headers, base=base["id"], head=base["id"]))["changes"]["unchanged"] == 4
    await finish(world, "T0002", Detection.DETECTED, procedure="again", age_days=-20)
    await world.decide("T0001.002", in_scope=False, since=NOW + timedelta(days=2))
    await refresh(world)
    head = await take(client, headers, "Head", LATER)
    by_id = await compare(client, headers, base=base["id"], head=head["id"], include_unchanged=True)
    assert (by_id["base"]["name"], by_id["head"]["kind"], by_id["domain"]) == ("Base", "snapshot", "enterprise")
    shares = exact(by_id["figures"]["in_scope"])
    assert set(shares) == {"scope", "test_results", "time"}
    assert (shares["scope"] > 0, shares["test_results"] > 0, shares["time"] < 0) == (True, True, True)
    assert by_id["changes"] == {"improved": 2, "worsened": 0, "new": 0, "gone": 0, "unchanged": 2}
    (execution,) = by_id["tactics"]
    assert (execution["attack_id"], exact(execution)) == ("TA0002", shares)
    by_date = await compare(client, headers, base="2026-06-01", head="now", include_unchanged=True)
    assert (by_date["base"]["id"], by_date["head"]["kind"]) == (base["id"], "now")
    assert by_date["figures"] == by_id["figures"]
    assert by_date["techniques"] == by_id["techniques"]
    by_time = await compare(client, headers, base="2026-06-01T14:00:00+02:00", head="2026-12-01")
    assert (by_time["base"]["id"], by_time["head"]["id"]) == (base["id"], head["id"])
    (second,) = (t for t in by_id["techniques"] if t["attack_id"] == "T0002")
    assert (second["change"], second["base"]["status"], second["head"]["status"]) == (
        "improved",
        "not_covered",
        "partial",
    )
    table = (await ask(client, headers, "/compare", base=base["id"], format="csv")).text
    assert table.startswith('\ufeff"attack_id","was"')


async def test_one_environment_by_itself(
    client: AsyncClient, headers: dict[str, str], db: AsyncSession, world: World
) -> None:
    cloud = await world.environment("Cloud")
    await finish(world, "T0001.001", Detection.NOT_DETECTED, environment_id=cloud)
    await coverage.refresh_stats(db, world.techniques.values(), cloud)
    await refresh(world)
    base = await take(client, headers, "Base")
    await finish(world, "T0001.001", Detection.DETECTED, procedure="again", age_days=-20, environment_id=cloud)
    await world.decide("T0002", in_scope=False, since=NOW + timedelta(days=2))
    await coverage.refresh_stats(db, world.techniques.values(), cloud)
    asked = {"base": base["id"], "head": "now", "include_unchanged": True}
    there = await compare(client, headers, **asked, environment=str(cloud))
    here = await compare(client, headers, **asked, environment=str(world.environment_id))
    both = await compare(client, headers, **asked)
    assert [found["environment"] for found in (there, here, both)] == [str(cloud), str(world.environment_id), None]
    # Scope was decided for the first environment; the new result stands in the other one, where all still counts.
    causes = [set(exact(found["figures"]["in_scope"])) for found in (there, here, both)]
    assert causes == [{"test_results"}, {"scope", "time"}, {"test_results", "time"}]
    (sub,) = (t for t in there["techniques"] if t["attack_id"] == "T0001.001")
    assert (sub["base"], sub["head"]["status"]) == (
        {"status": "not_covered", "score": 0, "proven": True, "results": 1},
        "partial",
    )
    assert there["by_status"]["head"]["out_of_scope"] == 0
    assert here["by_status"]["head"]["out_of_scope"] == 1
    nobody = "00000000-0000-0000-0000-000000000000"
    refused = await ask(client, headers, "/compare", base=base["id"], environment=nobody)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_environment")


async def test_an_annulment_and_a_release_have_their_shares(
    client: AsyncClient, headers: dict[str, str], db: AsyncSession, world: World
) -> None:
    struck = await finish(world, "T0001.001", Detection.DETECTED, procedure="wrong host", age_days=3)
    await refresh(world)
    base = await take(client, headers, "Base")
    struck.annulled_at, struck.annul_reason = NOW + timedelta(days=1), "wrong host"
    await coverage.forget_result(db, struck)
    successor = await world.technique("T0777")
    gone = await db.get_one(Technique, world.techniques["T0002"])
    gone.revoked = True
    db.add(
        TechniqueAlias(
            scheme="attack",
            external_id="T0002",
            technique_id=successor,
            kind="revoked_by",
            source="mitre_attack",
        )
    )
    await db.execute(update(Technique).values(attack_version="19.0"))
    await refresh(world)
    found = await compare(client, headers, base=base["id"], head="now", include_unchanged=True)
    assert (found["base"]["attack_version"], found["head"]["attack_version"]) == ("18.1", "19.0")
    (moved,) = (t for t in found["techniques"] if t["attack_id"] == "T0777")
    assert (moved["was"], moved["base"]["status"], moved["head"]["status"]) == (
        ["T0002"],
        "not_covered",
        "not_covered",
    )
    assert found["changes"]["gone"] == found["changes"]["new"] == 0
    shares = exact(found["figures"]["in_scope"])
    assert set(shares) <= {"annulments", "time"}


async def test_the_list_and_what_cannot_be_asked(
    client: AsyncClient, headers: dict[str, str], db: AsyncSession, settings: Settings, world: World
) -> None:
    first = await take(client, headers, "First")
    second = await take(client, headers, "Second", LATER)
    body = (await ask(client, headers)).json()
    assert ([item["id"] for item in body["items"]], body["total"]) == ([second["id"], first["id"]], 2)
    body = (await ask(client, headers, sort="taken_at", **{"from": "2026-07-01"}, domain="enterprise")).json()
    assert [item["name"] for item in body["items"]] == ["Second"]
    for params, status, code in (
        ({"base": "yesterday"}, 422, "invalid_moment"),
        ({"base": "2026-06-01T12:00:00"}, 422, "invalid_moment"),
        ({"base": "2020-01-01"}, 404, "snapshot_not_found"),
        ({"base": "00000000-0000-0000-0000-000000000000"}, 404, "snapshot_not_found"),
        ({"head": "now"}, 422, "invalid_input"),
    ):
        refused = await ask(client, headers, "/compare", **params)
        assert (refused.status_code, refused.json()["code"]) == (status, code), params
    with frozen_at(NOW):
        mobile = await client.post("/api/v1/snapshots", json={"domain": "mobile"}, headers=headers)
    assert mobile.json()["name"] == f"Snapshot of {NOW:%Y-%m-%d}"
    refused = await ask(client, headers, "/compare", base=first["id"], head=mobile.json()["id"])
    assert (refused.status_code, refused.json()["code"]) == (422, "different_domains")
    technician = await auth_headers(db, await build_user(db, role=Role.BLUE_TECH), settings)
    assert (await ask(client, technician)).status_code == 403


async def test_the_job_takes_one_of_each_domain(
    session_factory: SessionFactory, settings: Settings, db: AsyncSession, world: World
) -> None:
    both = settings.model_copy(update={"attack_domains": ["enterprise", "ics"]})
    store = make_store(both)
    context = JobContext(session_factory, both, store, ImportRunner(session_factory, both))
    job = JOBS["coverage_snapshot"]
    assert job.interval(both) == timedelta(days=7)
    assert await job.run(context) == {"snapshots": 1}
    await store.close()
    rows = await db.execute(text("SELECT trigger, domain, created_by_id FROM coverage_snapshot"))
    assert [tuple(row) for row in rows] == [("schedule", "enterprise", None)]
