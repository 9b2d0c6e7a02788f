"""Current results that something changed under."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import frozen_at
from app.config import Settings
from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.models.knowledge import DetectionRule, Technique, TestTemplate
from app.models.organisation import RuleDeployment, SecurityTool
from app.models.security_test import Observation, RuleResult, SecurityTest, TestRound
from app.services import coverage
from tests.builders.coverage import NOW, World, build_world, days_ago
from tests.builders.users import auth_headers, build_user

URL = "/api/v1/tests"
REASONS = ("template", "technique", "tool", "rule")


@pytest.fixture
async def headers(db: AsyncSession, settings: Settings) -> dict[str, str]:
    return await auth_headers(db, await build_user(db, role=Role.VIEWER), settings)


async def shown_by(world: World, attack_id: str, age_days: float = 10) -> tuple[SecurityTest, TestRound]:
    test, round_ = await world.test(attack_id, Detection.DETECTED, age_days=age_days)
    await coverage.record_decision(world.session, test, round_)
    return test, round_


async def ask(client: AsyncClient, headers: dict[str, str], **params: Any) -> set[str]:
    with frozen_at(NOW):
        response = await client.get(URL, params=params, headers=headers)
    assert response.status_code == 200, response.text
    assert response.json()["total"] == len(response.json()["items"])
    return {item["technique"]["attack_id"] for item in response.json()["items"]}


async def test_a_result_is_in_doubt_once_something_changed_under_it(
    client: AsyncClient, headers: dict[str, str], db: AsyncSession
) -> None:
    world = await build_world(db)
    for attack_id in ("T0001", "T0002", "T0002.001", "T0003", "T0004", "T0005", "T0006"):
        await world.technique(attack_id)
    template = TestTemplate(source="sample", upstream_id="1", name="A procedure", content_hash="a" * 64)
    tool = SecurityTool(name="Sensor", version="7")
    rule = DetectionRule(source="sample", upstream_id="1", name="A rule", content_hash="b" * 64)
    db.add_all([template, tool, rule])
    await db.flush()
    from_template, _ = await shown_by(world, "T0001")
    from_template.template_id, from_template.template_hash = template.id, "a" * 64
    await shown_by(world, "T0002.001")
    _, seen = await shown_by(world, "T0003")
    db.add(Observation(round_id=seen.id, no=1, outcome="alerted", tool_id=tool.id, tool_version="7"))
    _, fired = await shown_by(world, "T0004")
    db.add(
        RuleResult(
            round_id=fired.id,
            rule_id=rule.id,
            fired=True,
            attributed=True,
            recorded_by_id=world.user_id,
            recorded_at=NOW,
        )
    )
    running = RuleDeployment(rule_id=rule.id, tool_id=tool.id, rule_hash="b" * 64, valid_from=days_ago(30))
    db.add(running)
    out_of_scope, _ = await shown_by(world, "T0005")
    expired, _ = await shown_by(world, "T0006", age_days=400)
    for none in (out_of_scope, expired):
        none.template_id, none.template_hash = template.id, "old"
    await world.decide("T0005", in_scope=False)
    await db.flush()
    for reason in REASONS:
        assert await ask(client, headers, in_doubt=reason) == set(), reason

    template.content_hash, tool.version = "c" * 64, "8"
    running.valid_until = days_ago(1)
    await db.execute(
        update(Technique).where(Technique.id == world.techniques["T0002.001"]).values(intel_changed_at=days_ago(2))
    )
    await db.flush()
    for reason, attack_id in zip(REASONS, ("T0001", "T0002.001", "T0003", "T0004"), strict=True):
        assert await ask(client, headers, in_doubt=reason) == {attack_id}, reason
    everything = {"in_doubt": list(REASONS), "domain": "enterprise"}
    assert await ask(client, headers, **everything) == {"T0001", "T0002.001", "T0003", "T0004"}
    assert await ask(client, headers, technique="T0002", include_subtechniques=True, **everything) == {"T0002.001"}
    assert await ask(client, headers, technique="T0002", **everything) == set()
    assert await ask(client, headers, result="missed", **everything) == set()
    assert await ask(client, headers, in_doubt=list(REASONS), domain="ics") == set()
    for test, reasons in ((from_template, ["template"]), (expired, ["template"])):
        shown = (await client.get(f"{URL}/{test.id}", headers=headers)).json()
        assert (shown["in_doubt"], shown["detection"]) == (reasons, "detected")

    # The same text runs again, the technique was looked at, and the tool went back.
    again = RuleDeployment(rule_id=rule.id, tool_id=tool.id, rule_hash="b" * 64, valid_from=NOW - timedelta(hours=1))
    tool.version = "7"
    db.add(again)
    await db.execute(
        update(Technique).where(Technique.id == world.techniques["T0002.001"]).values(reviewed_at=days_ago(1))
    )
    await db.flush()
    assert await ask(client, headers, **everything) == {"T0001"}
    tool.is_active, again.rule_hash = False, "d" * 64
    await db.flush()
    assert await ask(client, headers, **everything) == {"T0001", "T0003", "T0004"}
    refused = await client.get(URL, params={"in_doubt": "mood"}, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "in_doubt.0")
