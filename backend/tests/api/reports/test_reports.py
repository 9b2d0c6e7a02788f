"""Reports over HTTP: one frozen model, and JSON, table and print that agree."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import frozen_at
from app.config import Settings
from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.domain.states import State
from app.models.coverage import CurrentResult
from app.models.findings import Finding, FindingResult, FindingStep, RiskAcceptance
from app.services import coverage
from app.services.reports import results as results_service
from tests.builders.coverage import NOW, World, build_world
from tests.builders.users import auth_headers, build_user


@pytest.fixture
async def headers(db: AsyncSession, settings: Settings) -> dict[str, str]:
    # Red sees sealed tests elsewhere; reports hold none whoever asks.
    return await auth_headers(db, await build_user(db, role=Role.RED_TECH), settings)


@pytest.fixture
async def world(db: AsyncSession) -> World:
    world = await build_world(db)
    impact = await world.tactic("impact", 9)
    for attack_id in ("T0001", "T0001.001", "T0001.002"):
        await world.technique(attack_id)
    await world.technique("T0002", platforms=("Linux",), tactics=(world.tactic_id, impact))
    await world.decide("T0001.002", in_scope=False)
    await finish(world, "T0001.001", Detection.DETECTED)
    await finish(world, "T0001.001", Detection.NOT_DETECTED, procedure="b", age_days=40)
    await finish(world, "T0002", Detection.PARTIALLY_DETECTED, platform="Linux", expected="logged", age_days=100)
    await finish(world, "T0002", Detection.INCONCLUSIVE, platform="Linux", procedure="c")
    await world.test("T0001.001", state=State.IN_REVIEW, platform="Windows")
    sealed, _ = await world.test("T0002", state=State.BLUE_EVALUATING, procedure="canary")
    sealed.name, sealed.blind, sealed.number = "canary", True, None
    annulled, _ = await world.test("T0001.001", Detection.DETECTED, procedure="d")
    annulled.name, annulled.annulled_at, annulled.annul_reason = '=HYPERLINK("x")', NOW, "wrong host"
    await coverage.refresh_stats(db, world.techniques.values(), world.environment_id)
    return world


async def finish(world: World, attack_id: str, detection: Detection, **fields: Any) -> None:
    test, round_ = await world.test(attack_id, detection, **fields)
    await coverage.record_decision(world.session, test, round_)


async def get(client: AsyncClient, headers: dict[str, str], path: str, **params: Any) -> Response:
    with frozen_at(NOW):
        return await client.get(f"/api/v1/reports/{path}", params=params, headers=headers)


async def ask(client: AsyncClient, headers: dict[str, str], path: str, **params: Any) -> dict[str, Any]:
    response = await get(client, headers, path, **params)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def table(client: AsyncClient, headers: dict[str, str], path: str, **params: Any) -> list[dict[str, str]]:
    response = await get(client, headers, path, **params)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(response.text[1:])))


def pages(document: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", document))


async def test_the_coverage_report(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    body = await ask(client, headers, "coverage-summary")
    totals = body["totals"]
    assert {status: count for status, count in totals["by_status"].items() if count} == {
        "partial": 1,
        "validated": 1,
        "out_of_scope": 1,
    }
    assert (totals["techniques"], totals["leaves"], totals["units"], totals["counted"]) == (4, 3, 3, 2)
    assert (totals["proven"], totals["tests"]) == (2, 5)
    assert totals["results"] == {"current": 3, "met": 2, "sighted": 0, "missed": 1, "expired": 0}
    assert body["filters"] == []
    assert (body["attack_version"], body["as_of"]) == ("18.1", "2026-06-01T12:00:00Z")
    execution, impact = body["tactics"]
    assert (execution["shortname"], execution["tests"], execution["results"]["current"]) == ("execution", 5, 3)
    assert (impact["shortname"], impact["tests"], impact["by_status"]["validated"]) == ("impact", 2, 1)
    parent = body["techniques"][0]
    with frozen_at(NOW):
        told = (await client.get("/api/v1/scores/techniques/T0001", headers=headers)).json()
    assert (parent["score"], body["techniques"][2]["score"]) == (told["score"], None)
    assert (parent["attack_id"], parent["status"], parent["results"]["met"], parent["tests"]) == (
        "T0001",
        "partial",
        1,
        3,
    )


async def test_its_filters_and_its_tables(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    body = await ask(client, headers, "coverage-summary", tactic="TA0009", environment=str(world.environment_id))
    assert [tactic["shortname"] for tactic in body["tactics"]] == ["impact"]
    assert (body["totals"]["techniques"], body["totals"]["tests"]) == (1, 2)
    assert body["filters"] == [{"name": "Environment", "value": "Default"}, {"name": "Tactic", "value": "TA0009"}]
    body = await ask(client, headers, "coverage-summary", platform="Linux")
    assert ([t["attack_id"] for t in body["techniques"]], body["totals"]["results"]["current"]) == (["T0002"], 1)
    lines = await table(client, headers, "coverage-summary", format="csv")
    assert [(line["tactic"], line["validated"], line["tests"]) for line in lines] == [
        ("TA0002", "1", "5"),
        ("TA0009", "1", "2"),
        ("all", "1", "5"),
    ]
    lines = await table(client, headers, "coverage-csv", status="validated")
    assert [(line["attack_id"], line["tactics"], line["met"], line["why"]) for line in lines] == [
        ("T0002", "execution, impact", "1", "1 of 1 current result met the expectation (detected). 1 inconclusive.")
    ]
    assert len(await table(client, headers, "coverage-csv")) == 4


async def test_the_results(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    body = await ask(client, headers, "test-results", limit=2, offset=4)
    totals = body["totals"]
    assert (totals["tests"], totals["annulled"], body["total"]) == (5, 1, 6)
    assert (totals["by_state"]["validated"], totals["by_state"]["in_review"], totals["decided"]) == (4, 1, 4)
    assert totals["by_detection"] == {
        "prevented": 0,
        "detected": 1,
        "partially_detected": 1,
        "not_detected": 1,
        "inconclusive": 1,
    }
    assert (totals["met"], totals["below"], totals["validation_rate"]) == (2, 1, 1.0)
    assert totals["efficacy"] == pytest.approx(2 / 3)
    assert {item["technique"] for item in body["items"]} == {"T0001.001"}
    assert "canary" not in str(await ask(client, headers, "test-results", limit=200))
    body = await ask(client, headers, "test-results", **{"from": "2026-02-01", "to": "2026-04-22"})
    assert {item["executed_at"][:10] for item in body["items"]} == {"2026-04-22", "2026-02-21"}
    assert (body["since"], body["until"]) == ("2026-02-01T00:00:00Z", "2026-04-23T00:00:00Z")
    body = await ask(client, headers, "test-results", tactic="impact", detection="partially_detected")
    assert [(i["expected"], i["meets_expectation"]) for i in body["items"]] == [("logged", True)]
    body = await ask(client, headers, "test-results", state="rejected")
    assert (body["items"], body["totals"]["validation_rate"], body["totals"]["efficacy"]) == ([], None, None)


async def test_the_table_of_results_is_sent_batch_by_batch(
    client: AsyncClient, headers: dict[str, str], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results_service, "BATCH", 2)
    lines = await table(client, headers, "test-results", format="csv", limit=1)
    assert len(lines) == 6
    (struck,) = (line for line in lines if line["annulled"] == "true")
    assert (struck["name"], struck["meets_expectation"]) == ('\'=HYPERLINK("x")', "true")


async def finding(world: World, title: str, opened: float, **fields: Any) -> Finding:
    opened_at = NOW - timedelta(days=opened)
    row = Finding(
        title=title,
        opened_at=opened_at,
        status_since=opened_at,
        updated_at=opened_at,
        **{"cause": "no_rule", "severity": "high", "owner": "Detection engineering", **fields},
    )
    world.session.add(row)
    await world.session.flush()
    return row


async def test_the_remediation(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    gap = await finding(world, "No rule", 20, due_on=(NOW - timedelta(days=1)).date())
    missed = await world.session.scalar(select(CurrentResult).where(CurrentResult.detection == "not_detected"))
    assert missed is not None
    world.session.add_all(
        [
            FindingResult(test_id=missed.test_id, finding_id=gap.id, round_id=missed.round_id, added_at=NOW),
            FindingStep(finding_id=gap.id, no=1, title="Write it", created_by_id=world.user_id, updated_at=NOW),
            FindingStep(
                finding_id=gap.id, no=2, title="Drop it", status="dropped", created_by_id=world.user_id, updated_at=NOW
            ),
        ]
    )
    proven_at = NOW - timedelta(days=4)
    closed = {"status": "closed_proven", "proven_at": proven_at, "closed_at": NOW, "remediated_at": proven_at}
    await finding(world, "=Was fixed", 10, **closed, cause="parsing")
    risky = await finding(world, "Old box", 300, status="risk_accepted", cause="no_sensor", severity="low")
    other = await build_user(world.session, role=Role.BLUE_LEAD)
    world.session.add(
        RiskAcceptance(
            finding_id=risky.id,
            reason="It goes next year.",
            valid_from=NOW - timedelta(days=50),
            valid_until=NOW + timedelta(days=100),
            requested_by_id=world.user_id,
            confirmed_by_id=other.id,
        )
    )
    await world.session.flush()
    body = await ask(client, headers, "remediation", limit=1, offset=1)
    totals = body["totals"]
    assert (totals["findings"], totals["open"], totals["overdue"], body["total"]) == (3, 1, 1, 3)
    assert {cause: count for cause, count in totals["by_cause"].items() if count} == {"no_rule": 1}
    assert totals["proven"] == totals["claimed"] == {"n": 1, "mean_days": 6.0, "median_days": 6.0}
    assert totals["open_age"] == {"n": 1, "mean_days": 20.0, "median_days": 20.0}
    assert (totals["accepted"]["count"], totals["accepted"]["oldest_age_days"]) == (1, 50.0)
    (item,) = body["items"]
    assert (item["title"], item["overdue"], item["age_days"], item["results"]) == ("No rule", True, 20.0, 1)
    assert (item["steps"], item["steps_done"], item["techniques"]) == (1, 0, ["T0001.001"])
    for narrowed in (
        {"tactic": "execution"},
        {"technique": "t0001.001"},
        {"cause": "no_rule"},
        {"platform": "Windows"},
    ):
        found = await ask(client, headers, "remediation", **narrowed)
        assert [item["title"] for item in found["items"]] == ["No rule"], narrowed
    assert (await ask(client, headers, "remediation", tactic="impact"))["total"] == 0
    lines = await table(client, headers, "remediation", format="csv", **{"from": "2026-05-01"})
    assert [(line["title"], line["age_days"]) for line in lines] == [("'=Was fixed", "10.0"), ("No rule", "20.0")]


@pytest.mark.parametrize(
    ("path", "name"),
    [("coverage-summary", "coverage"), ("test-results", "test-results"), ("remediation", "remediation")],
)
async def test_the_print(client: AsyncClient, headers: dict[str, str], world: World, path: str, name: str) -> None:
    response = await get(client, headers, path, format="pdf")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/pdf")
    assert response.headers["content-disposition"] == f'attachment; filename="{name}.pdf"'
    assert (response.content[:5], pages(response.content)) == (b"%PDF-", 1)


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("coverage-summary", {"environment": "00000000-0000-0000-0000-000000000000"}, "unknown_environment"),
        ("coverage-summary", {"format": "xml"}, "invalid_input"),
        ("coverage-csv", {"tactic": "a\x00"}, "invalid_input"),
        ("test-results", {"from": "2026-02-02", "to": "2026-02-01"}, "invalid_period"),
        ("test-results", {"to": "9999-12-31"}, "invalid_period"),
        ("test-results", {"state": "done"}, "invalid_input"),
    ],
)
async def test_what_cannot_be_asked(
    client: AsyncClient, headers: dict[str, str], path: str, params: dict[str, Any], code: str
) -> None:
    response = await get(client, headers, path, **params)
    assert (response.status_code, response.json()["code"]) == (422, code)
