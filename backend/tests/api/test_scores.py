"""Scores, weights and the threat profile over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import frozen_at
from app.config import Settings
from app.domain.outcomes import Detection
from app.domain.permissions import Role
from app.domain.score_inputs import dump_inputs, load_inputs
from app.domain.scores import score_all
from app.domain.states import State
from app.models.audit import AuditLog
from app.models.catalogue import Control, Framework
from app.models.coverage import TechniqueStats
from app.models.knowledge import AttackCampaign, ContentLink, TestTemplate, ThreatActor
from app.services import coverage
from app.services.scores import read_whole_inputs
from tests.builders.coverage import NOW, World, build_world
from tests.builders.users import auth_headers, build_user

URL = "/api/v1/scores"
PROFILE = "/api/v1/threat-profile"
HIGH = 65 * 100 / 85
"""Tests, freshness and platforms full, no rule deployed, no countermeasure mapped."""


@pytest.fixture
async def headers(db: AsyncSession, settings: Settings) -> dict[str, dict[str, str]]:
    roles = (Role.VIEWER, Role.BLUE_LEAD, Role.ADMIN)
    return {role: await auth_headers(db, await build_user(db, role=role), settings) for role in roles}


async def link(db: AsyncSession, kind: str, source: UUID, technique: UUID, relation: str) -> None:
    db.add(
        ContentLink(
            source="mitre_attack", upstream_id=f"{source}>{technique}", relation=relation, source_kind=kind,
            source_upstream_id=str(source), source_id=source, target_kind="technique", technique_id=technique,
            resolution="exact",
        )
    )  # fmt: skip
    await db.flush()


@pytest.fixture
async def world(db: AsyncSession) -> World:
    """T0001 with two subs in two tactics, T0002 in one; a detection, a miss, an actor, and procedures."""
    world = await build_world(db)
    impact = await world.tactic("impact", 9)
    await world.technique("T0001", tactics=(world.tactic_id, impact))
    await world.technique("T0001.001", tactics=(world.tactic_id, impact))
    await world.technique("T0001.002", tactics=(world.tactic_id,))
    await world.technique("T0002", tactics=(impact,))
    for attack_id, detection in (("T0001.001", Detection.DETECTED), ("T0002", Detection.NOT_DETECTED)):
        test, round_ = await world.test(attack_id, detection, procedure="atomic:one")
        await coverage.record_decision(db, test, round_)
    await world.test("T0001.002", state=State.RED_EXECUTING)
    actor = ThreatActor(source="mitre_attack", stix_id="intrusion-set--1", attack_id="G0001", name="Some Bear")
    db.add(actor)
    await db.flush()
    for attack_id in ("T0001", "T0001.001"):
        await link(db, "group", actor.id, world.techniques[attack_id], "uses")
    for key, source in (("atomic:one", "atomic_red_team"), ("atomic:two", "atomic_red_team"), ("l:1", "lolbas")):
        template = TestTemplate(source=source, upstream_id=key, name=key)
        db.add(template)
        await db.flush()
        await link(db, "template", template.id, world.techniques["T0001.001"], "tests")
    await coverage.refresh_stats(db, world.techniques.values(), world.environment_id)
    return world


async def ask(client: AsyncClient, headers: dict[str, str], path: str, *, expect: int = 200, **params: Any) -> Any:
    with frozen_at(NOW):
        response = await client.get(path, params=params, headers=headers)
    assert response.status_code == expect, response.text
    return response.json()


async def named_by_others(db: AsyncSession, world: World) -> None:
    """A campaign that uses two techniques, and a compliance control of two versions that is mapped to two."""
    campaign = AttackCampaign(source="mitre_attack", stix_id="campaign--1", attack_id="C0001", name="Some Winter")
    db.add(campaign)
    await db.flush()
    for attack_id in ("T0001.001", "T0002"):
        await link(db, "campaign", campaign.id, world.techniques[attack_id], "uses")
    for framework, version, number, attack_ids in (
        ("nist", "4", "AC-2(1)", ["T0001.001"]),
        ("nist", "5", "AC-2(1)", ["T0001", "T0002"]),
        ("nist", "5", "AC-3", []),
        ("cis", "8", "AC-3", []),
    ):
        source, key = f"{framework}_mappings", f"{framework}:{version}"
        if not await db.scalar(select(Framework.id).where(Framework.upstream_id == key)):
            db.add(Framework(source=source, upstream_id=key, name=key, framework=framework, version=version))
        control = Control(
            source=source, upstream_id=f"{key}:{number}", name="Accounts", framework_upstream_id=key, control_id=number
        )
        db.add(control)
        await db.flush()
        for attack_id in attack_ids:
            db.add(
                ContentLink(
                    source=source, upstream_id=f"{control.id}>{attack_id}", relation="maps", source_kind="control",
                    source_upstream_id=control.upstream_id, source_id=control.id, target_kind="technique",
                    technique_id=world.techniques[attack_id], resolution="exact",
                )
            )  # fmt: skip
    await db.flush()


async def put(client: AsyncClient, headers: dict[str, str], path: str, body: object, *, expect: int = 200) -> Any:
    with frozen_at(NOW):
        response = await client.put(path, json=body, headers=headers)
    assert response.status_code == expect, response.text
    return response.json()


async def test_a_technique_can_be_taken_apart(
    client: AsyncClient, headers: dict[str, dict[str, str]], world: World
) -> None:
    found = await ask(client, headers["viewer"], f"{URL}/techniques/T0001.001")
    assert found["score"] == pytest.approx(HIGH)
    assert (found["proven"], found["status"], found["is_leaf"], found["units"]) == (True, "validated", True, [])
    parts = {part["component"]: part for part in found["breakdown"]}
    assert [(name, part["value"], part["weight"]) for name, part in parts.items()] == [
        ("tests", 100, 40),
        ("detection_rules", 0, 20),
        ("d3fend", None, 15),
        ("freshness", 100, 15),
        ("platform_diversity", 100, 10),
    ]
    assert sum(part["points"] for part in parts.values()) == pytest.approx(found["score"])
    assert parts["tests"]["reason"] == "1 of 1 current result met the expectation."
    sample = found["sample"]
    assert (sample["tests"], sample["results"], sample["met"], sample["detection_rate"]) == (1, 1, 1, 1)
    assert (sample["procedures_tested"], sample["procedures_known"], sample["procedures_apart"]) == (1, 2, 1)
    assert (round(sample["interval"]["low"], 2), sample["interval"]["high"]) == (0.21, 1)

    parent = await ask(client, headers["viewer"], f"{URL}/techniques/t0001")
    assert (parent["score"], parent["status"], parent["n"], parent["n_proven"]) == (
        pytest.approx(HIGH / 2),
        "partial",
        2,
        1,
    )
    assert [(unit["attack_id"], unit["general"], unit["score"]) for unit in parent["units"]] == [
        ("T0001.001", False, pytest.approx(HIGH)),
        ("T0001.002", False, 0),
    ]
    assert parent["sample"]["tests"] == 2
    refused = await ask(client, headers["viewer"], f"{URL}/techniques/T9999", expect=404)
    assert refused["code"] == "technique_not_found"


async def test_what_is_out_of_scope_says_so(
    client: AsyncClient, headers: dict[str, dict[str, str]], world: World
) -> None:
    await world.decide("T0002", in_scope=False)
    found = await ask(client, headers["viewer"], f"{URL}/techniques/T0002")
    assert (found["score"], found["proven"], found["status"]) == (None, False, "out_of_scope")
    assert found["breakdown"][0]["reason"] == "It is out of scope, so it has no score."
    three = await ask(client, headers["viewer"], f"{URL}/organization")
    assert (three["in_scope"]["n"], three["out_of_scope"]) == (2, 1)


async def test_means(client: AsyncClient, headers: dict[str, dict[str, str]], world: World) -> None:
    tactics = (await ask(client, headers["viewer"], f"{URL}/tactics"))["items"]
    assert [(t["shortname"], t["score"], t["n"], t["n_proven"]) for t in tactics] == [
        ("execution", pytest.approx(HIGH / 2), 2, 1),
        ("impact", pytest.approx(HIGH / 2), 2, 2),
    ]
    actor = await ask(client, headers["viewer"], f"{URL}/actors/G0001")
    # The parent goes, for one of its sub-techniques is used as well.
    assert (actor["score"], actor["techniques"], actor["n"], actor["name"]) == (
        pytest.approx(HIGH),
        1,
        1,
        "Some Bear",
    )
    assert (await ask(client, headers["viewer"], f"{URL}/actors/G9999", expect=404))["code"] == "actor_not_found"
    await named_by_others(world.session, world)
    campaign = await ask(client, headers["viewer"], f"{URL}/campaigns/c0001")
    assert (campaign["kind"], campaign["key"], campaign["name"]) == ("campaign", "C0001", "Some Winter")
    assert (campaign["score"], campaign["techniques"], campaign["n_proven"]) == (pytest.approx(HIGH / 2), 2, 2)
    # The newer version stands for a number alone; a parent among what is mapped is judged by its roll-up.
    control = await ask(client, headers["viewer"], f"{URL}/controls/ac-2(1)")
    assert (control["key"], control["framework"], control["control_id"]) == ("nist:5:AC-2(1)", "nist:5", "AC-2(1)")
    assert (control["score"], control["techniques"], control["n"]) == (pytest.approx(HIGH / 4), 2, 2)
    assert control["sample"]["tests"] == 3
    older = await ask(client, headers["viewer"], f"{URL}/controls/nist:4:AC-2(1)")
    assert (older["score"], older["proven"], older["out_of_scope"]) == (pytest.approx(HIGH), True, 0)
    same = await ask(client, headers["viewer"], f"{URL}/controls/{older['id']}")
    assert same == older
    unmapped = await ask(client, headers["viewer"], f"{URL}/controls/cis:8:AC-3", domain="ics")
    assert (unmapped["score"], unmapped["techniques"]) == (None, 0)
    for path, status, code in (
        ("campaigns/C9999", 404, "campaign_not_found"),
        ("controls/AC-9", 404, "control_not_found"),
        ("controls/AC-3", 422, "ambiguous_control"),
    ):
        assert (await ask(client, headers["viewer"], f"{URL}/{path}", expect=status))["code"] == code
    three = await ask(client, headers["viewer"], f"{URL}/organization")
    assert (three["headline"], three["profile"]) == ("in_scope", None)
    assert (three["in_scope"]["score"], three["in_scope"]["n"]) == (pytest.approx(HIGH / 3), 3)
    assert (three["tested"]["score"], three["tested"]["n"]) == (pytest.approx(HIGH / 2), 2)
    assert (three["in_scope"]["sample"]["tests"], three["tested"]["sample"]["tests"]) == (3, 2)
    linux = await ask(client, headers["viewer"], f"{URL}/organization", platform="Linux")
    assert (linux["in_scope"]["score"], linux["in_scope"]["n"]) == (None, 0)
    nobody = "00000000-0000-0000-0000-000000000000"
    refused = await ask(client, headers["viewer"], f"{URL}/organization", environment=nobody, expect=422)
    assert refused["code"] == "unknown_environment"


async def test_reading_does_not_depend_on_how_much_there_is(
    client: AsyncClient, headers: dict[str, dict[str, str]], world: World, db: AsyncSession, statements: list[str]
) -> None:
    await ask(client, headers["viewer"], f"{URL}/organization")
    few = len(statements)
    for number in range(10):
        test, round_ = await world.test("T0002", Detection.DETECTED, procedure=f"custom:{number}")
        await coverage.record_decision(db, test, round_)
    await db.commit()
    statements.clear()
    await ask(client, headers["viewer"], f"{URL}/organization")
    assert len(statements) <= few


async def test_the_stored_statuses_and_the_scores_agree(world: World, db: AsyncSession) -> None:
    db.add(TechniqueStats(technique_id=world.techniques["T0001"], environment_id=await world.environment("Plant")))
    await world.decide("T0001", expected="prevented")
    inputs = await read_whole_inputs(db, now=NOW)
    scores = score_all(inputs)
    judged = await coverage.statuses(db, now=NOW)
    assert {key: one.status for key, one in scores.techniques.items()} == {
        str(key): one.status for key, one in judged.items()
    }
    assert score_all(load_inputs(dump_inputs(inputs))).organization == scores.organization


async def test_weights(client: AsyncClient, headers: dict[str, dict[str, str]], world: World, db: AsyncSession) -> None:
    first = await ask(client, headers["viewer"], f"{URL}/config")
    names = ("tests", "detection_rules", "d3fend", "freshness", "platform_diversity")
    assert [first[name] for name in names] == [40, 20, 15, 15, 10]
    assert (len(first["history"]), first["valid_from"], first["decided_by"]) == (1, None, None)
    wanted = {"tests": 1, "detection_rules": 1, "d3fend": 0, "freshness": 0, "platform_diversity": 0}

    with frozen_at(NOW):
        preview = await client.post(f"{URL}/config/preview", json=wanted, headers=headers["admin"])
    assert preview.status_code == 200, preview.text
    body = preview.json()
    assert body["current"] == {"profile": None, "in_scope": pytest.approx(HIGH / 3), "tested": pytest.approx(HIGH / 2)}
    assert body["preview"] == {"profile": None, "in_scope": pytest.approx(50 / 3), "tested": 25}
    assert [(move["attack_id"], move["after"]) for move in body["techniques"]] == [("T0001.001", 50), ("T0001", 25)]
    assert (await ask(client, headers["viewer"], f"{URL}/config"))["history"] == first["history"]

    changed = await put(client, headers["admin"], f"{URL}/config", wanted | {"reason": "Why not."})
    assert (changed["tests"], changed["d3fend"], changed["reason"], changed["valid_until"]) == (1, 0, "Why not.", None)
    assert [entry["tests"] for entry in changed["history"]] == [1, 40]
    three = await ask(client, headers["viewer"], f"{URL}/organization")
    assert three["tested"]["score"] == 25
    entries = (await db.scalars(AuditLog.__table__.select().with_only_columns(AuditLog.action))).all()
    assert entries.count("scoring.weighted") == 1
    again = await put(client, headers["admin"], f"{URL}/config", wanted)
    assert again["reason"] == "Why not."

    nothing = dict.fromkeys(wanted, 0)
    assert (await put(client, headers["admin"], f"{URL}/config", nothing, expect=422))["code"] == "invalid_weights"
    assert (await put(client, headers["admin"], f"{URL}/config", wanted | {"tests": -1}, expect=422))["code"]
    assert (await put(client, headers["blue_lead"], f"{URL}/config", wanted, expect=403))["code"] == "not_permitted"


async def test_the_threat_profile(
    client: AsyncClient, headers: dict[str, dict[str, str]], world: World, db: AsyncSession
) -> None:
    lead = headers["blue_lead"]
    until = (NOW + timedelta(days=30)).isoformat()
    items = [
        {"actor": "G0001", "priority": 3, "reason": "It wrote to us."},
        {"technique": "T0002", "priority": 1, "reason": "A hunch.", "until": until},
    ]
    stored = await put(client, lead, PROFILE, {"items": items})
    assert [(e["kind"], e["actor"], e["technique"], e["priority"], e["in_force"]) for e in stored["items"]] == [
        ("actor", "G0001", None, 3, True),
        ("technique", None, "T0002", 1, True),
    ]
    three = await ask(client, headers["viewer"], f"{URL}/organization")
    assert (three["headline"], three["profile"]["score"], three["profile"]["n"]) == (
        "profile",
        pytest.approx(3 * HIGH / 4),
        2,
    )
    # The same again changes nothing; another priority is a new entry, and the old one stays in the history.
    assert (await put(client, lead, PROFILE, {"items": items}))["items"] == stored["items"]
    moved = await put(client, lead, PROFILE, {"items": [items[1] | {"priority": 0}], "reason": "Over."})
    assert [(e["technique"], e["priority"]) for e in moved["items"]] == [("T0002", 0)]
    history = (await ask(client, headers["viewer"], PROFILE, history="true"))["items"]
    assert sorted((e["priority"], e["in_force"], e["ended_reason"]) for e in history) == [
        (0, True, None),
        (1, False, "A hunch."),
        (3, False, "Over."),
    ]
    nothing = (await ask(client, headers["viewer"], f"{URL}/organization"))["profile"]
    assert (nothing["score"], nothing["n"]) == (None, 0)
    entries = (await db.scalars(AuditLog.__table__.select().with_only_columns(AuditLog.action))).all()
    assert entries.count("threat_profile.decided") == 2

    for faulty, code in (
        ({"actor": "G9999", "priority": 1, "reason": "x"}, "actor_not_found"),
        ({"technique": "T9999", "priority": 1, "reason": "x"}, "technique_not_found"),
        ({"technique": "T0002", "priority": 1, "reason": "x", "until": "2020-01-01T00:00:00Z"}, "until_past"),
        ({"priority": 1, "reason": "x"}, "invalid_input"),
        ({"technique": "T0002", "priority": 4, "reason": "x"}, "invalid_input"),
    ):
        assert (await put(client, lead, PROFILE, {"items": [faulty]}, expect=422))["code"] == code
    twice = await put(client, lead, PROFILE, {"items": [items[0], items[0]]}, expect=422)
    assert (twice["code"], twice["errors"][0]["field"]) == ("named_twice", "items.1.actor")
    assert (await put(client, headers["viewer"], PROFILE, {"items": []}, expect=403))["code"] == "not_permitted"
