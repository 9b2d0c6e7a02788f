"""Operational metrics over HTTP: the worked example of docs/METRICS.md, figure by figure."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import frozen_at
from app.config import Settings
from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.domain.states import State
from app.models.findings import Finding, FindingResult, RiskAcceptance
from app.models.knowledge import DetectionRule
from app.models.security_test import (
    Execution,
    LedgerTime,
    Observation,
    RuleResult,
    SecurityTest,
    TestRound,
    TestTransition,
    Vote,
)
from app.services import coverage
from tests.builders.coverage import NOW, World, build_world, days_ago
from tests.builders.users import auth_headers, build_user

DAY = 86400


@pytest.fixture
async def headers(db: AsyncSession, settings: Settings) -> dict[str, str]:
    return await auth_headers(db, await build_user(db, role=Role.VIEWER), settings)


class Example:
    """The world of the example; each test gets an execution and what blue saw of it."""

    def __init__(self, world: World) -> None:
        self.world, self.db = world, world.session

    async def ran(
        self,
        attack_id: str,
        detection: Detection,
        *,
        age: float,
        result: str = "succeeded",
        seen: str = "none",
        after: int | None = None,
        severity: str | None = None,
        **fields: Any,
    ) -> tuple[SecurityTest, TestRound]:
        test, round_ = await self.world.test(attack_id, detection, age_days=age, **fields)
        round_.expected_at_decision, round_.actionable_severity = "detected", "low"
        round_.silent_block = seen == "blocked"
        at = days_ago(age)
        seen_at = None if after is None else at + timedelta(seconds=after)
        self.db.add(Execution(round_id=round_.id, no=1, started_at=at, result=result))
        self.db.add(Observation(round_id=round_.id, no=1, outcome=seen, observed_at=seen_at, severity=severity))
        await coverage.record_decision(self.db, test, round_)
        return test, round_

    def claim(self, round_: TestRound, kind: str, after: int, source: str = "manual", recorded: int = 0) -> None:
        assert round_.first_executed_at is not None
        self.db.add(
            LedgerTime(
                round_id=round_.id,
                kind=kind,
                at=round_.first_executed_at + timedelta(seconds=after),
                source=source,
                recorded_by_id=self.world.user_id,
                recorded_at=NOW + timedelta(seconds=recorded),
            )
        )

    def lived(self, test: SecurityTest, *steps: tuple[float, str, State]) -> None:
        for hours, event, state in steps:
            self.db.add(
                TestTransition(
                    test_id=test.id,
                    round_no=1,
                    event=event,
                    to_state=state,
                    actor_label="x",
                    at=days_ago(12) + timedelta(hours=hours),
                )
            )

    def finding(self, test: SecurityTest, round_: TestRound, *, age: float, **fields: Any) -> Finding:
        finding = Finding(
            title="Gap",
            cause="no_rule",
            severity="high",
            status_since=NOW,
            opened_at=days_ago(age),
            updated_at=NOW,
            **({"status": "open"} | fields),
        )
        self.db.add(finding)
        return finding

    async def shown_by(self, finding: Finding, test: SecurityTest, round_: TestRound) -> None:
        await self.db.flush()
        self.db.add(FindingResult(test_id=test.id, finding_id=finding.id, round_id=round_.id, added_at=NOW))
        await self.db.flush()


@pytest.fixture
async def example(db: AsyncSession) -> World:
    world = await build_world(db)
    await world.tactic("impact", 9)
    for attack_id in ("T0001", "T0002", "T0003", "T0004"):
        await world.technique(attack_id)
    it = Example(world)
    blind, blind_round = await it.ran("T0001", Detection.DETECTED, age=10, seen="alerted", after=60, procedure="a")
    blind.blind, blind.revealed_at = True, NOW
    _, blocked = await it.ran(
        "T0001", Detection.PREVENTED, age=10, result="blocked", seen="blocked", after=30, procedure="b"
    )
    await it.ran("T0001", Detection.DETECTED, age=5, seen="alerted", after=180, procedure="c")
    missed, missed_round = await it.ran("T0002", Detection.NOT_DETECTED, age=40)
    weak, weak_round = await it.ran(
        "T0003", Detection.PARTIALLY_DETECTED, age=40, seen="alerted", after=120, severity="informational"
    )
    await it.ran("T0004", Detection.DETECTED, age=400, seen="alerted", after=1)
    await it.ran("T0002", Detection.INCONCLUSIVE, age=3, result="failed", procedure="x")
    gone, _ = await it.ran("T0001", Detection.NOT_DETECTED, age=2, procedure="y")
    gone.annulled_at, gone.annul_reason = days_ago(1), "Wrong host."
    await coverage.forget_result(db, gone)
    sealed, _ = await world.test("T0002", state=State.RED_EXECUTING, age_days=1)
    sealed.blind = True
    _, rejected_round = await world.test("T0002", state=State.REJECTED, age_days=4)
    db.add(
        Vote(
            round_id=rejected_round.id,
            side="red",
            user_id=world.user_id,
            role="red_lead",
            decision="reject",
            reason_code="wrong_times",
            notes="No.",
        )
    )
    for kind, after, source, recorded in (
        ("observed", 60, "siem", 0),
        ("triaged", 5000, "manual", 0),
        ("triaged", 360, "ticket", 9),
        ("contained", 660, "manual", 0),
    ):
        it.claim(blind_round, kind, after, source, recorded)
    rule = DetectionRule(source="custom", upstream_id="custom:1", name="Rule", updated_at=NOW)
    db.add(rule)
    await db.flush()
    for round_, fired, attributed, noise in (
        (blind_round, True, True, 3),
        (blocked, True, False, 6),
        (missed_round, False, False, None),
    ):
        db.add(
            RuleResult(
                round_id=round_.id,
                rule_id=rule.id,
                fired=fired,
                attributed=attributed,
                noise_count=noise,
                recorded_by_id=world.user_id,
                recorded_at=NOW,
            )
        )
    it.lived(
        blind,
        (0, "created", State.DRAFT),
        (1, "started", State.RED_EXECUTING),
        (2, "red_submitted", State.BLUE_EVALUATING),
        (3, "returned", State.RED_EXECUTING),
        (3.5, "red_submitted", State.BLUE_EVALUATING),
        (5, "blue_submitted", State.IN_REVIEW),
        (5.5, "archived", State.IN_REVIEW),
        (6, "unarchived", State.IN_REVIEW),
        (7, "validated", State.VALIDATED),
    )
    closed = it.finding(
        missed,
        missed_round,
        age=40,
        status="closed_proven",
        remediated_at=days_ago(35),
        proven_at=days_ago(30),
        closed_at=days_ago(29),
    )
    await it.shown_by(closed, missed, missed_round)
    opened = it.finding(weak, weak_round, age=100, status="risk_accepted")
    await it.shown_by(opened, weak, weak_round)
    lead = await build_user(db, role=Role.BLUE_LEAD)
    db.add(
        RiskAcceptance(
            finding_id=opened.id,
            reason="Soon gone.",
            valid_from=days_ago(20),
            valid_until=days_ago(-100),
            requested_by_id=world.user_id,
            confirmed_by_id=lead.id,
        )
    )
    await db.flush()
    return world


async def ask(client: AsyncClient, headers: dict[str, str], *, expect: int = 200, **params: Any) -> dict[str, Any]:
    with frozen_at(NOW):
        response = await client.get("/api/v1/metrics/operational", params=params, headers=headers)
    assert response.status_code == expect, response.text
    return dict(response.json())


def rate(numerator: int, denominator: int) -> dict[str, Any]:
    return {
        "value": numerator / denominator if denominator else None,
        "numerator": numerator,
        "denominator": denominator,
    }


def spread(count: int, *times: float) -> dict[str, Any]:
    mean, median, p90 = times or (None, None, None)
    return {"count": count, "mean_seconds": mean, "median_seconds": median, "p90_seconds": p90}


async def test_every_figure_of_the_example(client: AsyncClient, headers: dict[str, str], example: World) -> None:
    body = await ask(client, headers)
    assert body["mttd"]["all"] == {
        "executions": 5,
        "detected": 2,
        "share": 0.4,
        "mean_seconds": 120,
        "median_seconds": 120,
        "p90_seconds": 168,
        "silent_blocks": 1,
    }
    assert {k: (v["detected"], v["executions"]) for k, v in body["mttd"].items() if k != "clock_skew"} == {
        "all": (2, 5),
        "blind": (1, 1),
        "announced": (1, 4),
    }
    assert body["time_to_acknowledge"] == {"blind": spread(1, 300, 300, 300), "announced": spread(0)} | {
        "all": spread(1, 300, 300, 300)
    }
    assert body["time_to_contain"]["blind"] == body["mttr_respond"] == spread(1, 600, 600, 600)
    assert body["mttr"] == spread(1, 10 * DAY, 10 * DAY, 10 * DAY)
    for span, proven in (
        ({"proven_from": body["since"], "proven_to": body["until"]}, 1),
        ({"proven_to": body["since"]}, 0),
        ({"proven_from": body["until"]}, 0),
    ):
        with frozen_at(NOW):
            behind = await client.get("/api/v1/findings", params=span, headers=headers)
        assert behind.json()["total"] == proven, span
    assert body["mttr_claimed"] == spread(1, 5 * DAY, 5 * DAY, 5 * DAY)
    assert body["open_findings"]["count"] == 1
    assert body["open_findings"]["ages"] == {"up_to_30": 0, "up_to_90": 0, "up_to_180": 1, "older": 0}
    assert body["open_findings"]["oldest_age_seconds"] == 100 * DAY
    statuses = {status: n for status, n in body["open_findings"]["by_status"].items() if n}
    assert statuses == {"closed_proven": 1, "risk_accepted": 1}
    assert (body["accepted_risks"]["count"], body["accepted_risks"]["oldest_age_seconds"]) == (1, 20 * DAY)
    shares = {
        "detection_efficacy": rate(3, 5),
        "prevention_rate": rate(1, 5),
        "alert_rate": rate(2, 5),
        "telemetry_only_rate": rate(1, 5),
        "silent_block_rate": rate(1, 5),
        "alert_fidelity": rate(1, 10),
        "validation_rate": rate(6, 7),
        "first_pass_yield": rate(6, 7),
        "manual_times": rate(1, 3),
    }
    assert {name: body[name] for name in shares} == shares
    assert body["rejections"] == [{"side": "red", "reason_code": "wrong_times", "count": 1}]
    velocity = body["coverage_velocity"]
    assert (velocity["entered"], velocity["left"], velocity["net"], velocity["days"]) == (1, 1, 0, 90)
    assert velocity["entered_per_30_days"] == pytest.approx(1 / 3)
    assert {(s["state"], s["side"]): (s["rounds"], s["mean_seconds"]) for s in body["time_in_state"]} == {
        ("draft", None): (1, 3600),
        ("red_executing", "red"): (1, 5400),
        ("blue_evaluating", "blue"): (1, 9000),
        ("in_review", "leads"): (1, 5400),
    }
    red, blue, _ = body["team_breakdown"]["by_side"]
    assert (red["returned_seconds"], red["rejected"], blue["rejected"]) == (1800, 1, 0)
    [place] = body["team_breakdown"]["by_environment"]
    assert place["mttd"] == body["mttd"]["all"]
    assert place["detection_efficacy"] == body["detection_efficacy"]
    months = {m["month"]: m for m in body["trend"]}
    assert list(months) == ["2026-03", "2026-04", "2026-05", "2026-06"]
    told = ("executions", "detected", "results", "met", "missed", "findings_proven", "mttr_mean_seconds")
    assert [months["2026-05"][name] for name in told] == [3, 2, 3, 3, 0, 1, 10 * DAY]
    assert [months["2026-04"][name] for name in told] == [2, 0, 2, 0, 1, 0, None]


async def test_filters_leave_nulls_where_nothing_was_measured(
    client: AsyncClient, headers: dict[str, str], example: World, statements: list[str]
) -> None:
    period: dict[str, Any] = {"from": "2026-03-03T12:00:00Z", "to": "2026-06-01"}
    full = await ask(client, headers, **period)
    assert full == await ask(client, headers)
    statements.clear()
    assert (await ask(client, headers, tactic="execution"))["mttd"] == full["mttd"]
    with_rows = len(statements)
    statements.clear()
    empty = await ask(client, headers, tactic="impact")
    assert len(statements) == with_rows
    for nothing in (
        empty,
        await ask(client, headers, platform="Linux"),
        await ask(client, headers, environment=str(await example.environment("Other"))),
        await ask(client, headers, domain="mobile"),
    ):
        assert (nothing["mttd"]["all"]["executions"], nothing["mttd"]["all"]["mean_seconds"]) == (0, None)
        assert nothing["mttr"] == nothing["mttr_respond"] == spread(0)
        assert nothing["detection_efficacy"] == nothing["alert_fidelity"] == nothing["validation_rate"] == rate(0, 0)
        assert (nothing["open_findings"]["count"], nothing["coverage_velocity"]["net"]) == (0, 0)
    period = {"from": "2026-05-25"}
    week = await ask(client, headers, **period)
    assert (week["mttd"]["all"]["executions"], week["mttr"]["count"]) == (1, 0)
    refused: list[dict[str, Any]] = [
        {"from": "2026-06-02"},
        {"from": "2020-01-01"},
        {"tactic": "nowhere"},
        {"environment": str(example.user_id)},
        {"from": "yesterday"},
        {"to": "9999-12-31"},
        {"to": "0001-01-01"},
    ]
    for wrong in refused:
        await ask(client, headers, expect=422, **wrong)
