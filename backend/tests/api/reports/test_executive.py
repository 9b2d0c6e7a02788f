"""The executive's page over HTTP, and that it prints on one page whatever stands on it."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from app.clock import frozen_at
from app.config import Settings
from app.domain.attribution import Cause, Share
from app.domain.compliance import ControlClass, gauge_of
from app.domain.coverage import Status
from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.domain.scores import score_all
from app.models.findings import Finding, FindingResult, RiskAcceptance
from app.models.security_test import LedgerTime
from app.models.snapshots import CoverageSnapshot
from app.reports.executive import (
    ActorStanding,
    Candour,
    ExecutiveReport,
    FrameworkGauge,
    Gap,
    Headline,
    Speed,
    TrendPoint,
    executive_document,
)
from app.reports.pdf import pdf_document
from app.reports.remediation import AcceptedRisks
from app.services import coverage
from tests.builders.coverage import NOW, World, build_world
from tests.builders.users import auth_headers, build_user
from tests.domain.test_comparison import in_march

LATER = NOW + timedelta(days=100)


@pytest.fixture
async def headers(db: AsyncSession, settings: Settings) -> dict[str, str]:
    return await auth_headers(db, await build_user(db, role=Role.RED_LEAD), settings)


@pytest.fixture
async def world(db: AsyncSession) -> World:
    world = await build_world(db)
    for attack_id in ("T0001", "T0001.001", "T0001.002", "T0002"):
        await world.technique(attack_id)
    for attack_id, detection in (("T0001.001", Detection.DETECTED), ("T0002", Detection.NOT_DETECTED)):
        test, round_ = await world.test(attack_id, detection)
        await coverage.record_decision(db, test, round_)
    await coverage.refresh_stats(db, world.techniques.values(), world.environment_id)
    return world


async def ask(
    client: AsyncClient, headers: dict[str, str], moment: Any = LATER, *, expect: int = 200, **params: Any
) -> dict[str, Any]:
    with frozen_at(moment):
        response = await client.get("/api/v1/metrics/executive", params=params, headers=headers)
    assert response.status_code == expect, response.text
    return dict(response.json())


async def send(client: AsyncClient, headers: dict[str, str], call: str, body: Any, moment: Any) -> Any:
    method, path = call.split()
    with frozen_at(moment):
        response = await client.request(method, f"/api/v1{path}", json=body, headers=headers)
    assert response.status_code in {200, 201}, response.text
    return response.json()


async def test_the_page(
    client: AsyncClient, headers: dict[str, str], db: AsyncSession, settings: Settings, world: World
) -> None:
    fresh = await ask(client, headers, NOW)
    assert [(figure["name"], figure["shown"]) for figure in fresh["figures"]] == [("in_scope", None), ("tested", None)]
    assert (fresh["base_as_of"], fresh["actors"], len(fresh["trend"]), fresh["tests"]) == (None, [], 1, 2)
    assert "There is no earlier snapshot to hold this against." in fresh["risk"]
    await send(client, headers, "POST /snapshots", {"name": "Spring"}, NOW)
    techniques = ["T0001", "T0001.001", "T0002"]
    made = await send(client, headers, "POST /threat-actors", {"name": "Copper Heron", "techniques": techniques}, NOW)
    entry = {"actor": made["id"], "priority": 3, "reason": "Named in an advisory."}
    await send(client, headers, "PUT /threat-profile", {"items": [entry]}, NOW + timedelta(days=2))
    test, round_ = await world.test("T0002", Detection.PREVENTED, procedure="again", age_days=-95)
    await coverage.record_decision(db, test, round_)
    await coverage.refresh_stats(db, world.techniques.values(), world.environment_id)
    body = await ask(client, headers)
    assert [figure["name"] for figure in body["figures"]] == ["profile", "in_scope", "tested"]
    profile, in_scope, _ = body["figures"]
    assert (profile["shown"], profile["results"], in_scope["n"], in_scope["proven"]) == (None, 3, 3, 2)
    assert body["base_as_of"] == NOW.isoformat().replace("+00:00", "Z")
    assert {share["cause"] for share in in_scope["attribution"]} == {"test_results", "time"}
    assert in_scope["before"] == pytest.approx(body["trend"][0]["in_scope"])
    (heron,) = body["actors"]
    assert (heron["name"], heron["techniques"], heron["tested"], heron["validated"]) == ("Copper Heron", 2, 2, 1)
    assert [(gap["attack_id"], gap["status"], gap["actors"]) for gap in body["gaps"]] == [
        ("T0002", "partial", ["Copper Heron"])
    ]
    assert [speed["executions"] for speed in body["speed"]] == [0, 0, 0, 0]
    assert body["risk"][0] == (
        "Of 3 techniques in scope the defence is proven to hold for 1, is proven to miss 0, and is untested for 1."
    )
    with frozen_at(LATER):
        printed = await client.get("/api/v1/reports/executive", params={"format": "pdf"}, headers=headers)
        table = await client.get("/api/v1/reports/executive", params={"format": "csv"}, headers=headers)
    assert pages(printed.content) == 1
    assert table.text.startswith(
        '\ufeff"figure","value","on","of","as_of","since","domain","environment"\r\n"score_profile",'
    )
    lines = {line["figure"]: line for line in csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff")))}
    assert {(line["domain"], line["environment"]) for line in lines.values()} == {("enterprise", "all")}
    assert (lines["score_in_scope"]["since"], lines["change_in_scope"]["since"][:10]) == ("", f"{NOW:%Y-%m-%d}")
    assert lines["mttd_mean_seconds"]["since"] < lines["mttd_mean_seconds"]["as_of"]
    viewer = await auth_headers(db, await build_user(db, role=Role.VIEWER), settings)
    for path in ("metrics", "reports"):
        assert (await client.get(f"/api/v1/{path}/executive", headers=viewer)).status_code == 403


async def test_what_may_flatter_the_figures_is_counted(
    client: AsyncClient, headers: dict[str, str], db: AsyncSession, world: World
) -> None:
    nothing = {"out_of_scope": 0, "lowered_expectations": 0, "entered_later": 0, "manual_times": None}
    before = await ask(client, headers, NOW)
    assert (before["candour"], before["accepted"]["count"]) == (nothing, 0)
    await world.decide("T0001.001", expected="logged")
    await world.decide("T0001.002", expected="prevented")
    await world.decide("T0002", in_scope=False)
    asked_less, late = await world.test("T0002", expected="logged", age_days=1)
    late.entered_later = True
    await world.test("T0002", expected="prevented", age_days=1)
    for no, source in enumerate(("manual", "siem"), 1):
        claim = {"kind": "observed", "item_no": no, "at": NOW, "source": source, "recorded_at": NOW}
        db.add(LedgerTime(round_id=late.id, recorded_by_id=world.user_id, **claim))
    await db.flush()
    # Past the seconds for which an answer is kept: nothing here writes to the trail.
    told = (await ask(client, headers, NOW + timedelta(minutes=1)))["candour"]
    assert told == {"out_of_scope": 1, "lowered_expectations": 2, "entered_later": 1, "manual_times": 0.5}
    asked_less.blind = True
    await db.flush()
    sealed = (await ask(client, headers, NOW + timedelta(minutes=2)))["candour"]
    assert (sealed["lowered_expectations"], sealed["entered_later"]) == (1, 0)


async def test_one_environment_by_itself(
    client: AsyncClient, headers: dict[str, str], db: AsyncSession, world: World
) -> None:
    plant = await world.environment("Plant")
    missed, round_ = await world.test("T0001.002", Detection.NOT_DETECTED, environment_id=plant)
    await coverage.record_decision(db, missed, round_)
    await coverage.refresh_stats(db, world.techniques.values(), plant)
    await world.decide("T0002", in_scope=False, environment_id=plant)
    await world.decide("T0001.002", expected="logged", environment_id=plant)
    _, round_late = await world.test("T0002", Detection.DETECTED, age_days=1)
    round_late.entered_later = True
    for told_by, source in ((round_, "manual"), (round_late, "siem")):
        claim = {"kind": "observed", "item_no": 1, "at": NOW, "source": source, "recorded_at": NOW}
        db.add(LedgerTime(round_id=told_by.id, recorded_by_id=world.user_id, **claim))
    for place, shown in (("Plant", round_), ("Default", round_late)):
        gap = Finding(title=place, opened_at=NOW, status_since=NOW, updated_at=NOW, cause="no_rule", severity="high")
        db.add(gap)
        await db.flush()
        db.add(FindingResult(test_id=shown.test_id, finding_id=gap.id, round_id=shown.id, added_at=NOW))
        terms = {"valid_from": NOW, "valid_until": LATER + timedelta(days=1), "requested_by_id": world.user_id}
        other = (await build_user(db, role=Role.BLUE_LEAD)).id
        # What is accepted for Default says nothing of the Plant.
        where = world.environment_id
        db.add(RiskAcceptance(finding_id=gap.id, environment_id=where, reason="Soon.", confirmed_by_id=other, **terms))
    await send(client, headers, "POST /snapshots", {"name": "Spring"}, NOW)
    young = await world.environment("Young")

    places: list[dict[str, Any]] = [{}, {"environment": str(plant)}, {"environment": str(world.environment_id)}]
    everywhere, there, here = [await ask(client, headers, **place) for place in places]
    assert [told["environment"] for told in (everywhere, there, here)] == [None, "Plant", "Default"]
    assert [told["tests"] for told in (everywhere, there, here)] == [4, 1, 3]
    assert [told["open_findings"] for told in (everywhere, there, here)] == [2, 1, 1]
    table = await client.get(
        "/api/v1/reports/executive", params={"format": "csv", "environment": str(plant)}, headers=headers
    )
    assert {line.split(",")[-1] for line in table.text.splitlines()[1:]} == {'"Plant"'}
    assert [told["accepted"]["count"] for told in (everywhere, there, here)] == [2, 0, 1]
    assert [told["candour"]["lowered_expectations"] for told in (everywhere, there, here)] == [1, 1, 0]
    # Of everything a unit is out of scope where it is so everywhere.
    assert [told["candour"]["out_of_scope"] for told in (everywhere, there, here)] == [0, 1, 0]
    with frozen_at(LATER):
        compared = await client.get(
            "/api/v1/snapshots/compare",
            params={"base": there["base_id"], "head": "now", "environment": str(plant)},
            headers=headers,
        )
    movement = compared.json()["figures"]["in_scope"]
    in_scope = there["figures"][0]
    assert (in_scope["n"], in_scope["proven"], in_scope["results"]) == (2, 1, 1)
    assert (in_scope["before"], in_scope["score"]) == (movement["base"]["score"], movement["head"]["score"])
    first, last = there["trend"]
    assert (first["in_scope"], first["results"], last["in_scope"]) == (in_scope["before"], 1, in_scope["score"])
    assert first["in_scope"] != everywhere["trend"][0]["in_scope"]
    quarter = [(await ask(client, headers, NOW, **place))["candour"] for place in places]
    assert [(told["manual_times"], told["entered_later"]) for told in quarter] == [(0.5, 1), (1.0, 0), (0.0, 1)]

    # A snapshot of before environments were told of is judged by what it keeps, to the same figures.
    kept = await db.scalar(select(CoverageSnapshot).options(undefer(CoverageSnapshot.inputs)))
    assert kept is not None
    names = {column.name for column in CoverageSnapshot.__table__.columns} - {"id", "name"}
    old = {name: getattr(kept, name) for name in names}
    old["figures"] = {name: told for name, told in kept.figures.items() if name != "environments"}
    db.add(CoverageSnapshot(name="Old", **old))
    await db.flush()
    again = (await ask(client, headers, LATER, environment=str(plant)))["trend"]
    assert [{**point, "snapshot_id": None} for point in again[:2]] == [{**first, "snapshot_id": None}] * 2

    told = await ask(client, headers, LATER, environment=str(young))
    assert (told["tests"], len(told["trend"]), told["figures"][0]["shown"]) == (0, 1, None)
    assert "The snapshot of 2026-06-01 has no such score to hold this against." in told["risk"]
    problem = await ask(client, headers, LATER, expect=422, environment="00000000-0000-0000-0000-000000000000")
    assert (problem["code"], problem["errors"][0]["field"]) == ("unknown_environment", "environment")
    with frozen_at(LATER):
        printed = await client.get(
            "/api/v1/reports/executive", params={"format": "pdf", "environment": str(plant)}, headers=headers
        )
    assert pages(printed.content) == 1


def pages(document: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", document))


def test_the_fullest_page_is_still_one() -> None:
    name = "A very long name that goes on and on, <b>with</b> signs & \u202eletters of Кириллица " * 3
    shares = [Share(cause, -12.3, -12.3) for cause in Cause]
    gap = Gap("T1059.001", name, "not_evaluated", None, ("One", "Two"))
    report = ExecutiveReport(
        as_of=NOW,
        domain="enterprise",
        environment_id=None,
        environment=name,
        attack_version="18.1",
        base_as_of=NOW,
        base_id=None,
        figures=[
            Headline(n, 55.5, 593, 300, 5000, 44.4, 11.1, 11.1, shares) for n in ("profile", "in_scope", "tested")
        ],
        by_status={status.value: 99 for status in Status},
        tests=9999,
        trend=[TrendPoint(NOW + timedelta(days=7 * week), None, week, week / 2, None, week) for week in range(104)],
        actors=[ActorStanding(None, "G0001", name, 3, None, 100, 50, 25, [gap] * 5)] * 5,  # type: ignore[arg-type]
        gaps=[gap] * 8,
        speed=[Speed(NOW, NOW, 1000, 999, 1e6, 1e6, 100, 1e7)] * 4,
        open_findings=500,
        overdue_findings=100,
        accepted=AcceptedRisks(10, 100.0, 300.0, NOW),
        candour=Candour(76, 12, 30, 0.5),
        compliance=[
            FrameworkGauge(None, "f", name, "rev5", {c.value: 50 for c in ControlClass}, 200, 0.25, "16.1")  # type: ignore[arg-type]
        ]
        * 8,
        risk=[name] * 8,
        trail=None,
    )
    document = executive_document(report)
    assert [label for label, _ in document.filters] == ["Domain", "Environment", "ATT&CK"]
    assert pages(pdf_document(document)) == 1


def test_the_class_of_a_control() -> None:
    scores = score_all(in_march())
    gauge = gauge_of(scores, [["T1"], ["T2"], ["T1", "T2"], [], ["unknown"]])
    assert {name.value: count for name, count in gauge.classes.items()} == {
        "supported": 1,
        "thin": 0,
        "contradicted": 2,
        "no_evidence": 0,
        "not_mapped": 2,
    }
    assert (gauge.mapped, gauge.share) == (3, 1 / 3)
