"""The layers of the matrix beside coverage, its exports, and layers of others laid over it."""

import csv
import io
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from httpx import AsyncClient
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import frozen_at
from app.config import Settings
from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.models.catalogue import Blueprint, Control, Countermeasure
from app.models.countermeasures import CountermeasureStatus
from app.models.knowledge import (
    AttackCampaign,
    ContentLink,
    DetectionRule,
    Technique,
    TechniqueAlias,
    TestTemplate,
    ThreatActor,
)
from app.models.organisation import RuleDeployment, SecurityTool
from app.services import coverage
from app.services.coverage.layers import LAYERS
from tests.builders.coverage import NOW, World, build_world, days_ago
from tests.builders.users import auth_headers, build_user
from tests.support.navigator_layer import check_layer

URL = "/api/v1/heatmap"
SVG = "{http://www.w3.org/2000/svg}"
NASTY = '=HYPERLINK("x") <b>&'


@pytest.fixture
async def headers(db: AsyncSession, settings: Settings) -> dict[str, str]:
    return await auth_headers(db, await build_user(db, role=Role.VIEWER), settings)


async def link(db: AsyncSession, kind: str, source: Any, technique: UUID, relation: str = "detects") -> None:
    db.add(
        ContentLink(
            source=source.source, upstream_id=f"{source.id}>{technique}", relation=relation, source_kind=kind,
            source_upstream_id=getattr(source, "upstream_id", str(source.id)), source_id=source.id,
            target_kind="technique", technique_id=technique, resolution="exact",
        )
    )  # fmt: skip
    await db.flush()


async def defences(db: AsyncSession, world: World) -> None:
    """Two rules on T0001.001, one of them deployed; two countermeasures on T0002, one of them in place."""
    tool = SecurityTool(name="EDR")
    rules = [DetectionRule(source="sigma", upstream_id=f"sigma:{n}", name=f"Rule {n}") for n in (1, 2)]
    counters = [
        Countermeasure(source="d3fend", upstream_id=f"d3:{n}", name=f"C {n}", d3fend_id=f"D3-{n}") for n in (1, 2)
    ]
    db.add_all([tool, *rules, *counters])
    await db.flush()
    for rule in rules:
        await link(db, "rule", rule, world.techniques["T0001.001"])
    for counter in counters:
        await link(db, "countermeasure", counter, world.techniques["T0002"], "counters")
    db.add(RuleDeployment(rule_id=rules[0].id, tool_id=tool.id, rule_hash="0" * 64, valid_from=days_ago(9)))
    db.add(CountermeasureStatus(countermeasure_id=counters[0].id, status="implemented", valid_from=days_ago(9)))


async def campaigns(db: AsyncSession, world: World) -> None:
    """A campaign on T0001.001, a second one on T0002, and a plan whose template is for T0002."""
    found = [
        AttackCampaign(source="mitre_attack", stix_id=f"campaign--{n}", attack_id=f"C000{n}", name=f"Operation {n}")
        for n in (1, 2)
    ]
    template = TestTemplate(
        source="caldera", upstream_id="caldera:a:windows", name="Step", platforms=["Windows"], executor="powershell"
    )
    steps = [{"position": n, "ability": n, "name": n, "templates": keys, "known": True} for n, keys in
             (("a", ["caldera:a:windows"]), ("b", []))]  # fmt: skip
    plan = Blueprint(source="caldera", upstream_id="caldera:plan", name="A plan", steps=steps)
    db.add_all([*found, template, plan])
    await db.flush()
    await link(db, "campaign", found[0], world.techniques["T0001.001"], "uses")
    await link(db, "campaign", found[1], world.techniques["T0002"], "uses")
    await link(db, "template", template, world.techniques["T0002"], "tests")


@pytest.fixture
async def world(db: AsyncSession) -> World:
    """Two tactics; T0001 with two subs in both, T0002 in the second; results, rules, an actor, a control."""
    world = await build_world(db)
    impact = await world.tactic("impact", 9)
    both = (world.tactic_id, impact)
    for attack_id in ("T0001", "T0001.001", "T0001.002"):
        await world.technique(attack_id, tactics=both)
    await world.technique("T0002", tactics=(impact,))
    for attack_id, detection in (("T0001.001", Detection.DETECTED), ("T0002", Detection.PARTIALLY_DETECTED)):
        test, round_ = await world.test(attack_id, detection)
        await coverage.record_decision(db, test, round_)
    await defences(db, world)
    actors = [
        ThreatActor(source="mitre_attack", stix_id=f"intrusion-set--{n}", attack_id=f"G000{n}", name=f"Bear {n}")
        for n in (1, 2)
    ]
    control = Control(
        source="compliance", upstream_id="nist_800_53:rev5:AC-2", framework_upstream_id="nist_800_53:rev5",
        control_id="AC-2", name="Accounts",
    )  # fmt: skip
    db.add_all([*actors, control])
    await db.flush()
    await link(db, "group", actors[0], world.techniques["T0001.001"], "uses")
    await link(db, "group", actors[0], world.techniques["T0002"], "uses")
    await link(db, "group", actors[1], world.techniques["T0001.002"], "uses")
    await link(db, "control", control, world.techniques["T0002"], "mitigates")
    await campaigns(db, world)
    await coverage.refresh_stats(db, world.techniques.values(), world.environment_id)
    return world


def drawn(answer: Any) -> list[ET.Element]:
    """The cells of a drawing."""
    return ET.fromstring(answer.text).findall(f"{SVG}g")


async def ask(client: AsyncClient, headers: dict[str, str], path: str = "", *, expect: int = 200, **params: Any) -> Any:
    with frozen_at(NOW):
        response = await client.get(URL + path, params=params, headers=headers)
    assert response.status_code == expect, response.text
    return response


async def values(client: AsyncClient, headers: dict[str, str], **params: Any) -> dict[str, Any]:
    body = (await ask(client, headers, **params)).json()
    return {cell["attack_id"]: cell["value"] for cell in body["cells"] if cell["tactic"] == "impact"}


async def test_the_values_of_each_layer(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    detected = (65 * 100 + 20 * 50 / 3) / 85
    sighted = (65 * 50 + 15 * 50) / 100
    expected = {
        "score": [pytest.approx(detected / 2), pytest.approx(detected), 0, pytest.approx(sighted)],
        "detection_rules": [2, 2, 0, 0],
        "d3fend": [None, None, None, 50],
        "freshness": [50, 100, None, 50],
        "actor": [2, 1, 1, 1],
        "campaign": [1, 1, None, 1],
        "control": [None, None, None, 1],
        "ladder": [3, 6, 0, 3],
        "tests": [1, 1, 0, 1],
        "coverage": [0.5, 1, None, 0.5],
    }
    assert set(expected) == set(LAYERS)
    for layer, wanted in expected.items():
        found = await values(client, headers, layer=layer)
        assert list(found) == ["T0001", "T0001.001", "T0001.002", "T0002"]
        assert [*found.values()] == wanted, layer


async def test_what_a_value_is_made_of(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    async def detail(layer: str, attack_id: str) -> dict[str, float | None]:
        body = (await ask(client, headers, layer=layer, tactic="impact")).json()
        (found,) = [cell["detail"] for cell in body["cells"] if cell["attack_id"] == attack_id]
        return dict(found)

    assert await detail("detection_rules", "T0001") == {"active": 2, "deployed": 1, "evaluated": 0, "fired": 0}
    assert await detail("d3fend", "T0002") == {"mapped": 2, "implemented": 1, "planned": 0}
    assert await detail("ladder", "T0001") == {
        "rule_known": 1, "rule_deployed": 1, "telemetry_seen": 1, "alert_seen": 1, "validated": 1, "fresh": 1,
    }  # fmt: skip
    assert await detail("score", "T0002") == {
        "tests": 50, "detection_rules": 0, "d3fend": 50, "freshness": 50, "platform_diversity": 50,
    }  # fmt: skip
    assert await detail("coverage", "T0002") == {}


async def test_a_silent_block_alerts_nobody(
    client: AsyncClient, headers: dict[str, str], world: World, db: AsyncSession
) -> None:
    test, round_ = await world.test("T0001.002", Detection.PREVENTED)
    round_.silent_block = True
    await coverage.record_decision(db, test, round_)
    found = (await ask(client, headers, layer="ladder", tactic="execution", q="T0001.002")).json()["cells"][0]
    assert (found["value"], found["detail"]["alert_seen"], found["detail"]["validated"]) == (6, 0, 1)


async def test_filters_of_actors_campaigns_and_controls(
    client: AsyncClient, headers: dict[str, str], world: World
) -> None:
    assert list(await values(client, headers, actor="G0001")) == ["T0001.001", "T0002"]
    assert list(await values(client, headers, actor=["g0001", "G0002"])) == ["T0001.001", "T0001.002", "T0002"]
    assert list(await values(client, headers, campaign="c0001")) == ["T0001.001"]
    assert list(await values(client, headers, campaign=["C0001", "caldera:plan"], actor="G0001", layer="ladder")) == [
        "T0001.001",
        "T0002",
    ]
    assert list(await values(client, headers, compliance_control="ac-2", layer="score")) == ["T0002"]
    assert list(await values(client, headers, compliance_control="nist_800_53:rev5:AC-2", actor="G0002")) == []
    # On their own layers they choose who is counted.
    assert [*(await values(client, headers, layer="actor", actor="G0002")).values()] == [1, None, 1, None]
    both = await values(client, headers, layer="campaign", campaign=["C0002", "caldera:plan"])
    assert [*both.values()] == [None, None, None, 2]
    assert list(await values(client, headers, layer="score", min=60)) == ["T0001.001"]
    for params, code in (
        ({"actor": "G9999"}, "unknown_actor"),
        ({"campaign": "C9999"}, "unknown_campaign"),
        ({"compliance_control": "X"}, "unknown_compliance_control"),
    ):
        refused = await ask(client, headers, expect=422, **params)
        assert refused.json()["code"] == code


async def test_campaigns_and_plans_to_choose_from(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    body = (await ask(client, headers, "/campaigns")).json()
    assert [(item["kind"], item["key"], item["techniques"]) for item in body["items"]] == [
        ("campaign", "C0001", 1),
        ("campaign", "C0002", 1),
        ("plan", "caldera:plan", 1),
    ]
    assert [item["key"] for item in (await ask(client, headers, "/campaigns", q="tion 2")).json()["items"]] == ["C0002"]
    assert (await ask(client, headers, "/campaigns", q="%", limit=1)).json()["total"] == 0
    page = (await ask(client, headers, "/campaigns", limit=1, offset=2)).json()
    assert (page["total"], [item["id"] for item in page["items"]]) == (3, [body["items"][2]["id"]])
    one = await values(client, headers, campaign=body["items"][0]["id"])
    assert list(one) == ["T0001.001"]


async def test_two_layers_in_one_cell(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    body = (await ask(client, headers, layer="coverage", compare="detection_rules", tactic="impact")).json()
    assert (body["layer"], body["compare"]) == ("coverage", "detection_rules")
    assert [(cell["value"], cell["compare"]) for cell in body["cells"]] == [(0.5, 2), (1, 2), (None, 0), (0.5, 0)]


async def test_exports_carry_the_second_layer(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    asked: dict[str, Any] = {"layer": "coverage", "compare": "detection_rules", "tactic": "impact"}
    made = await ask(client, headers, "/export", **asked)
    assert made.headers["content-disposition"].endswith('"aegis-enterprise-coverage-detection_rules.json"')
    layer = made.json()
    check_layer(layer, tactics={"impact"}, techniques=set(world.techniques))
    assert layer["name"] == "Aegis: Coverage and Detection rules"
    first = layer["techniques"][0]
    assert {"name": "Detection rules", "value": "2"} in first["metadata"]
    assert first["comment"].endswith("; Detection rules: 2")
    table = (await ask(client, headers, "/export", format="csv", **asked)).text
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    assert (rows[0]["value"], rows[0]["compare"], rows[0]["compare_layer"]) == ("0.5", "2", "detection_rules")
    groups = drawn(await ask(client, headers, "/export", format="svg", **asked))
    assert [len(group.findall(f"{SVG}rect")) for group in groups] == [2, 2, 2, 2]
    assert [text.text for text in groups[0].findall(f"{SVG}text")] == ["T0001 Technique T0001", "50", "2"]
    assert groups[3].findtext(f"{SVG}title") == "T0002 Technique T0002: Partial, 50; Detection rules: 0"


async def test_every_layer_is_one_for_the_navigator(
    client: AsyncClient, headers: dict[str, str], world: World, db: AsyncSession
) -> None:
    await world.decide("T0002", in_scope=False)
    await db.execute(update(Technique).where(Technique.attack_id == "T0002").values(name=NASTY))
    for layer in LAYERS:
        answer = await ask(client, headers, "/export", layer=layer, platform="Windows")
        assert answer.headers["content-disposition"] == f'attachment; filename="aegis-enterprise-{layer}.json"'
        check_layer(answer.json(), tactics={"execution", "impact"}, techniques=set(world.techniques))
        assert len(answer.json()["techniques"]) == 7
    made = (await ask(client, headers, "/export", layer="coverage")).json()
    found = {item["techniqueID"]: item for item in made["techniques"] if item["tactic"] == "impact"}
    assert found["T0001"]["score"] == 50
    assert (found["T0001"]["showSubtechniques"], found["T0001.001"]["showSubtechniques"]) == (True, False)
    assert found["T0001"]["comment"] == "Partial; 1 of 2 units validated; 1 test; last executed 2026-05-27"
    assert (found["T0002"]["enabled"], found["T0001.002"].get("score")) == (False, None)
    assert made["versions"] == {"navigator": "5.2.0", "layer": "4.5", "attack": "18"}


async def test_a_table_and_a_drawing_of_it(
    client: AsyncClient, headers: dict[str, str], world: World, db: AsyncSession
) -> None:
    await db.execute(update(Technique).where(Technique.attack_id == "T0002").values(name=NASTY))
    table = await ask(client, headers, "/export", format="csv", layer="detection_rules", tactic="impact")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    assert [(row["attack_id"], row["value"], row["deployed"]) for row in rows][:2] == [
        ("T0001", "2", "1"),
        ("T0001.001", "2", "1"),
    ]
    assert rows[3]["name"] == f"'{NASTY}"
    drawing = await ask(client, headers, "/export", format="svg", layer="score")
    assert drawing.headers["content-type"] == "image/svg+xml"
    assert len(drawn(drawing)) == 7
    assert drawn(drawing)[-1].findtext(f"{SVG}title") == f"T0002 {NASTY}: Partial, 40"
    assert (await ask(client, headers, "/export", format="pdf", expect=422)).json()["code"] == "invalid_input"


async def test_a_layer_of_others_laid_over(
    client: AsyncClient, headers: dict[str, str], world: World, db: AsyncSession
) -> None:
    db.add(
        TechniqueAlias(
            scheme="attack",
            external_id="T7777",
            technique_id=world.techniques["T0002"],
            kind="revoked_by",
            source="mitre_attack",
        )
    )
    layer: dict[str, Any] = {
        "name": "Theirs", "versions": {"attack": "17", "layer": "4.5", "navigator": "5.0.0"},
        "domain": "enterprise-attack", "gradient": {"colors": ["#ff6666", "#8ec843"], "minValue": 0, "maxValue": 100},
        "legendItems": [{"label": "red", "color": "#F00"}, {"label": "not", "color": "url(javascript:x)"}],
        "techniques": [
            {"techniqueID": "T0001", "score": 75, "comment": "Twice."},
            {"techniqueID": "T0001.001", "tactic": "impact", "color": "#FD8D3C", "enabled": False},
            {"techniqueID": "T7777", "color": "red;background:url(x)"},
            {"techniqueID": "T0002", "tactic": "execution", "score": 1},
            {"techniqueID": "T9999", "score": 1},
        ],
    }  # fmt: skip
    answer = await client.post(f"{URL}/overlay", json=layer, headers=headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [(c["attack_id"], c["tactic"], c["score"], c["color"], c["enabled"]) for c in body["cells"]] == [
        ("T0001", "execution", 75, None, True),
        ("T0001", "impact", 75, None, True),
        ("T0001.001", "impact", None, "#fd8d3c", False),
        ("T0002", "impact", None, None, True),
    ]
    assert (body["unknown"], body["unknown_count"]) == (["T0002 (execution)", "T9999"], 2)
    assert body["legend"] == [{"label": "red", "color": "#f00"}]
    assert body["gradient"] == {"colors": ["#ff6666", "#8ec843"], "min": 0, "max": 100}
    for change, code in (
        ({"domain": "enterprise"}, "unknown_domain"),
        ({"versions": {"layer": "3.0"}}, "unknown_layer_format"),
        ({"techniques": [{"techniqueID": "T1", "score": "much"}]}, "invalid_input"),
        ({"techniques": [{"techniqueID": "T1"}] * 5_001}, "invalid_input"),
    ):
        refused = await client.post(f"{URL}/overlay", json=layer | change, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_our_own_export_comes_back_as_it_went(client: AsyncClient, headers: dict[str, str], world: World) -> None:
    made = (await ask(client, headers, "/export", layer="score")).json()
    body = (await client.post(f"{URL}/overlay", json=made, headers=headers)).json()
    assert (len(body["cells"]), body["unknown_count"]) == (7, 0)


async def test_a_layer_laid_over_in_each_kind_of_file(
    client: AsyncClient, headers: dict[str, str], world: World
) -> None:
    theirs = {
        "name": NASTY, "domain": "enterprise-attack", "versions": {"layer": "4.5"},
        "gradient": {"colors": ["#ffffff00", "#000"], "minValue": 0, "maxValue": 10},
        "legendItems": [{"label": "seen\u0001", "color": "#0f0"}],
        "techniques": [
            {"techniqueID": "T0001", "score": 5, "comment": "=1+1"},
            {"techniqueID": "T0001.001", "color": "#0000ff80", "enabled": False},
            {"techniqueID": "T0002", "comment": "Only words."},
        ],
    }  # fmt: skip

    async def export(kind: str, **more: str) -> Any:
        params = {"format": kind, "tactic": "impact", "layer": "tests", **more}
        with frozen_at(NOW):
            answer = await client.post(f"{URL}/overlay/export", json=theirs, params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    answer = await export("svg", compare="coverage")
    assert answer.headers["content-disposition"].endswith('"aegis-enterprise-tests-coverage-overlay.svg"')
    groups = drawn(answer)
    pieces = [[rect.get("fill") for rect in group.findall(f"{SVG}rect")][2:] for group in groups]
    assert pieces == [["#808080"], ["#7f7fff"], [], ["#ffffff"]]
    assert [group.findall(f"{SVG}text")[-1].text for group in groups] == ["5", "off", None, "note"]
    assert groups[0].findtext(f"{SVG}title") == f"T0001 Technique T0001: Partial, 1; Coverage: 50; {NASTY}: 5, =1+1"
    table = (await export("csv")).text
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    assert [(row["overlay_score"], row["overlay_comment"], row["overlay_enabled"]) for row in rows] == [
        ("5.0", "'=1+1", "true"), ("", "", "false"), ("", "", ""), ("", "Only words.", "true"),
    ]  # fmt: skip
    layer = (await export("navigator")).json()
    check_layer(layer, tactics={"impact"}, techniques=set(world.techniques))
    assert [item["metadata"][-1] for item in layer["techniques"]][:2] == [
        {"name": NASTY, "value": "5, =1+1"},
        {"name": NASTY, "value": "no score, switched off"},
    ]
    with frozen_at(NOW):
        refused = await client.post(
            f"{URL}/overlay/export", json=theirs | {"domain": "mine"}, params={"layer": "tests"}, headers=headers
        )
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_domain")
