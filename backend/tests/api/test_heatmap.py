"""The matrix over HTTP."""

from typing import Any

import orjson
import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import frozen_at
from app.config import Settings
from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.domain.states import State
from app.schemas.heatmap import Heatmap
from app.services import coverage
from app.services.coverage.layers import LAYERS
from tests.builders.coverage import NOW, World, build_world
from tests.builders.users import auth_headers, build_user

URL = "/api/v1/heatmap"


@pytest.fixture
async def headers(db: AsyncSession, settings: Settings) -> dict[str, str]:
    return await auth_headers(db, await build_user(db, role=Role.VIEWER), settings)


@pytest.fixture
async def world(db: AsyncSession) -> World:
    """Two tactics; T0001 with two subs in both, T0002 in the second, with results."""
    world = await build_world(db)
    impact = await world.tactic("impact", 9)
    await world.technique("T0001", tactics=(world.tactic_id, impact))
    await world.technique("T0001.001", tactics=(world.tactic_id, impact))
    await world.technique("T0001.002", tactics=(world.tactic_id, impact), platforms=("Linux",))
    await world.technique("T0002", tactics=(impact,))
    for attack_id, detection, platform in (
        ("T0001.001", Detection.DETECTED, "Windows"),
        ("T0002", Detection.NOT_DETECTED, "Windows"),
    ):
        test, round_ = await world.test(attack_id, detection, platform=platform, age_days=197.5)
        await coverage.record_decision(db, test, round_)
    await world.test("T0001.002", state=State.RED_EXECUTING, platform="Linux")
    await coverage.refresh_stats(db, world.techniques.values(), world.environment_id)
    return world


async def ask(client: AsyncClient, headers: dict[str, str], **params: Any) -> dict[str, Any]:
    with frozen_at(NOW):
        response = await client.get(URL, params=params, headers=headers)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def cells(body: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(cell[name] for name in names) for cell in body["cells"]]


async def test_a_cell_per_technique_and_tactic(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    body = await ask(client, headers)
    assert body["tactics"] == [
        {"attack_id": "TA0002", "shortname": "execution", "name": "Execution"},
        {"attack_id": "TA0009", "shortname": "impact", "name": "Impact"},
    ]
    assert (body["domain"], body["attack_version"], body["layer"]) == ("enterprise", "18.1", "coverage")
    assert cells(body, "tactic", "attack_id", "parent", "status", "value", "proven", "open_tests") == [
        ("execution", "T0001", None, "partial", 0.5, True, 1),
        ("execution", "T0001.001", "T0001", "validated", 1.0, True, 0),
        ("execution", "T0001.002", "T0001", "in_progress", None, False, 1),
        ("impact", "T0001", None, "partial", 0.5, True, 1),
        ("impact", "T0001.001", "T0001", "validated", 1.0, True, 0),
        ("impact", "T0001.002", "T0001", "in_progress", None, False, 1),
        ("impact", "T0002", None, "not_covered", 0.0, True, 0),
    ]
    assert body["totals"] == {"techniques": 4, "cells": 7, "leaves": 3, "units": 3}
    assert {status: count for status, count in body["counts"].items() if count} == {
        "validated": 1,
        "not_covered": 1,
        "in_progress": 1,
    }


async def test_the_answer_is_what_the_contract_shows(
    client: AsyncClient, headers: dict[str, str], world: World
) -> None:
    for layer in LAYERS:
        body = await ask(client, headers, layer=layer, compare="tests")
        assert orjson.loads(Heatmap.model_validate(body).model_dump_json()) == body


async def test_the_layers(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    tests = await ask(client, headers, layer="tests", tactic="TA0009")
    assert cells(tests, "attack_id", "value") == [("T0001", 2), ("T0001.001", 1), ("T0001.002", 1), ("T0002", 1)]
    fresh = await ask(client, headers, layer="freshness", tactic="impact")
    assert cells(fresh, "attack_id", "value") == [
        ("T0001", pytest.approx(25)),
        ("T0001.001", pytest.approx(50)),
        ("T0001.002", None),
        ("T0002", 0),
    ]


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ({"tactic": "execution"}, ["T0001", "T0001.001", "T0001.002"]),
        ({"platform": "Linux"}, ["T0001.002"]),
        ({"platform": "linux"}, ["T0001.002"]),
        ({"status": "not_covered"}, ["T0002"]),
        ({"status": ["not_covered", "validated"]}, ["T0001.001", "T0002"]),
        ({"min": 0.5}, ["T0001", "T0001.001"]),
        ({"max": 0.5}, ["T0001", "T0002"]),
        ({"min": 0.1, "max": 0.9}, ["T0001"]),
        ({"q": "t0002"}, ["T0002"]),
        ({"q": "TECHNIQUE T0001.0"}, ["T0001.001", "T0001.002"]),
        ({"q": "02"}, []),
        ({"q": "002"}, ["T0001.002", "T0002"]),
        ({"review_required": "true"}, []),
        ({"domain": "ics"}, []),
    ],
)
async def test_the_filters(
    client: AsyncClient, headers: dict[str, str], world: World, params: dict[str, Any], shown: list[str]
) -> None:
    body = await ask(client, headers, **params)
    assert sorted({cell["attack_id"] for cell in body["cells"]}) == shown


async def test_the_legend_counts_what_other_statuses_have(
    client: AsyncClient, headers: dict[str, str], world: World
) -> None:
    body = await ask(client, headers, status="validated", tactic="execution")
    assert (body["counts"]["validated"], body["counts"]["in_progress"], body["counts"]["not_covered"]) == (1, 1, 0)
    assert body["totals"] == {"techniques": 1, "cells": 1, "leaves": 2, "units": 2}


async def test_an_environment_alone(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    plant = await world.environment("Plant")
    await world.session.commit()
    body = await ask(client, headers, environment=str(plant))
    assert {status for (status,) in cells(body, "status")} == {"not_evaluated"}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"layer": "weather"}, "unknown_layer"),
        ({"compare": "x"}, "unknown_layer"),
        ({"environment": "00000000-0000-0000-0000-000000000000"}, "unknown_environment"),
        ({"environment": "x"}, "invalid_input"),
        ({"status": "green"}, "invalid_input"),
        ({"min": "nan"}, "invalid_input"),
        ({"platform": "a\x00b"}, "invalid_input"),
        ({"platform": "x" * 101}, "invalid_input"),
        ({"domain": "space"}, "invalid_input"),
    ],
)
async def test_what_cannot_be_asked(
    client: AsyncClient, headers: dict[str, str], world: World, params: dict[str, Any], code: str
) -> None:
    response = await client.get(URL, params=params, headers=headers)
    assert (response.status_code, response.json()["code"]) == (422, code)


async def test_the_refusal_names_the_layers(client: AsyncClient, headers: dict[str, str]) -> None:
    response = await client.get(URL, params={"layer": "weather"}, headers=headers)
    assert response.json()["detail"] == (
        "The layers are coverage, score, tests, detection_rules, d3fend, freshness, actor, campaign, control, ladder."
    )


async def test_an_empty_database_has_an_empty_matrix(client: AsyncClient, headers: dict[str, str]) -> None:
    body = await ask(client, headers)
    assert (body["attack_version"], body["tactics"], body["cells"]) == (None, [], [])


async def test_nobody_reads_it_unsigned(client: AsyncClient) -> None:
    assert (await client.get(URL)).status_code == 401
