"""Actors of our own, our words on those of publishers, and the figures against them, on the bundled ATT&CK 18.1."""

import pytest
from httpx import AsyncClient

from app.domain.actor_sets import ActorFigures, figures, narrowed
from app.domain.coverage import Status
from app.domain.permissions import Role

ACTORS = "/api/v1/threat-actors"


def test_a_parent_counts_only_where_none_of_its_subs_is_used() -> None:
    used = {"T1059": None, "T1059.001": "T1059", "T1566": None, "T1003.001": "T1003"}
    assert narrowed(used) == {"T1059.001", "T1566", "T1003.001"}


def test_figures_leave_out_what_is_out_of_scope() -> None:
    standing = [
        (Status.VALIDATED, True),
        (Status.PARTIAL, True),
        (Status.NOT_EVALUATED, False),
        (Status.OUT_OF_SCOPE, True),
        (Status.NOT_APPLICABLE, False),
    ]
    assert figures(standing) == ActorFigures(3, 2, 1, 1, 0, 2)


async def test_life_of_an_actor_of_our_own(client: AsyncClient, people):
    lead, viewer = people[Role.BLUE_LEAD], people[Role.VIEWER]
    body = {
        "name": "Copper Heron",
        "aliases": ["CH-7"],
        "sectors": ["Energy"],
        "country": "Nowhere",
        "references": [{"source_name": "Our report", "url": "https://intel.example/1"}],
        "techniques": ["T1059", "T1059.001", "t1059.001", "T1595.001"],
    }
    made = await client.post(ACTORS, headers=lead, json=body)
    assert made.status_code == 201, made.text
    detail = made.json()
    key = detail["id"]
    assert (detail["attack_id"], detail["source"], detail["is_custom"], detail["techniques"]) == (
        "XG0001",
        "custom",
        True,
        3,
    )
    assert made.headers["location"] == f"{ACTORS}/{key}"
    # The parent is left out for its sub, and reconnaissance is out of scope from the start.
    assert detail["coverage"] == [
        {
            "domain": "enterprise",
            "techniques": 1,
            "tested": 0,
            "validated": 0,
            "partial": 0,
            "not_covered": 0,
            "out_of_scope": 1,
        }
    ]
    assert {use["attack_id"]: use["counted"] for use in detail["technique_uses"]} == {
        "T1059": False,
        "T1059.001": True,
        "T1595.001": True,
    }

    for query in (
        "q=heron",
        "q=CH-7",
        "q=nowhere",
        "sector=ENERGY",
        "country=nowhere",
        "source=custom&domain=enterprise",
    ):
        found = (await client.get(f"{ACTORS}?{query}&coverage=true", headers=viewer)).json()
        assert [item["name"] for item in found["items"]] == ["Copper Heron"], query
        assert found["items"][0]["coverage"] == detail["coverage"]

    assert (await client.get(f"{ACTORS}?source=custom&domain=ics", headers=viewer)).json()["total"] == 0
    changed = await client.patch(f"{ACTORS}/XG0001", headers=lead, json={"country": None, "regions": ["Alps"]})
    assert (changed.json()["country"], changed.json()["regions"], changed.json()["sectors"]) == (
        None,
        ["Alps"],
        ["Energy"],
    )
    off = await client.patch(f"{ACTORS}/{key}", headers=lead, json={"is_active": False})
    assert (off.json()["is_active"], off.json()["switched_off"]) == (False, True)
    assert (await client.get(f"{ACTORS}?source=custom", headers=viewer)).json()["total"] == 0
    assert (await client.delete(f"{ACTORS}/{key}", headers=lead)).status_code == 204
    users = (await client.get("/api/v1/techniques/T1059.001", headers=viewer)).json()["actors"]
    assert "Copper Heron" not in {actor["name"] for actor in users}


async def test_ours_stands_beside_what_the_publisher_says(client: AsyncClient, people):
    lead = people[Role.RED_LEAD]
    path = f"{ACTORS}/G0007"
    before = (await client.get(path, headers=lead)).json()
    theirs = {use["attack_id"] for use in before["technique_uses"]}
    assert "T1611" not in theirs
    put = await client.put(f"{path}/techniques/t1611", headers=lead, json={"how": "Seen in March."})
    assert put.status_code == 200, put.text
    again = await client.put(f"{path}/techniques/T1611", headers=lead, json={"how": "Seen in May."})
    own = [use for use in again.json()["technique_uses"] if use["own"]]
    assert [(use["attack_id"], use["how"], use["source"]) for use in own] == [("T1611", "Seen in May.", "custom")]
    assert again.json()["techniques"] == before["techniques"] + 1

    foreign = min(theirs)
    refused = await client.delete(f"{path}/techniques/{foreign}", headers=lead)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_custom")
    assert (await client.put(f"{path}/techniques/{foreign}", headers=lead, json={"how": "Us too"})).status_code == 200
    assert (await client.delete(f"{path}/techniques/{foreign}", headers=lead)).status_code == 204
    assert (await client.delete(f"{path}/techniques/T1611", headers=lead)).status_code == 204
    gone = await client.delete(f"{path}/techniques/T1611", headers=lead)
    assert (gone.status_code, gone.json()["code"]) == (404, "use_not_found")
    after = (await client.get(path, headers=lead)).json()
    assert after["technique_uses"] == before["technique_uses"]

    noted = await client.patch(path, headers=lead, json={"sectors": ["energy"], "notes": "Watch."})
    assert (noted.json()["sectors"], noted.json()["notes"], noted.json()["name"]) == (["energy"], "Watch.", "APT28")
    refused = await client.patch(path, headers=lead, json={"name": "Mine", "sectors": []})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_custom")
    assert (await client.delete(path, headers=lead)).json()["code"] == "not_custom"


async def test_software_widens_the_figures_only_when_asked(client: AsyncClient, people):
    viewer = people[Role.VIEWER]
    narrow = (await client.get(f"{ACTORS}/G0007", headers=viewer)).json()["coverage"][0]
    wide = (await client.get(f"{ACTORS}/G0007?software=true", headers=viewer)).json()["coverage"][0]
    assert narrow["techniques"] < wide["techniques"]
    table = (
        await client.get(f"{ACTORS}?format=csv&coverage=true&source=mitre_attack", headers=viewer)
    ).text.splitlines()
    assert len(table) == 173
    row = next(line for line in table if '"APT28"' in line)
    assert f",{narrow['techniques']},0,0,0,0,{narrow['out_of_scope']}" in row


@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": "x", "techniques": ["T9999"]}, "techniques.0"), ({"name": "x", "url": "javascript:1"}, "url")],
)
async def test_what_an_actor_cannot_be(client: AsyncClient, people, body, field):
    answer = await client.post(ACTORS, headers=people[Role.ADMIN], json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_technique_of_our_own(client: AsyncClient, people):
    lead = people[Role.BLUE_LEAD]
    made = await client.post(
        "/api/v1/techniques", headers=lead, json={"name": "Badge abuse", "tactics": ["persistence"], "parent": "T1078"}
    )
    assert made.status_code == 201, made.text
    detail = made.json()
    assert (detail["parent"], detail["is_subtechnique"], detail["is_custom"]) == ("T1078", True, True)
    put = await client.put(f"{ACTORS}/G0007/techniques/{detail['attack_id']}", headers=lead)
    assert detail["attack_id"] in {use["attack_id"] for use in put.json()["technique_uses"]}
    deleted = await client.delete(f"/api/v1/techniques/{detail['attack_id']}", headers=lead)
    assert deleted.status_code == 204
    left = (await client.get(f"{ACTORS}/G0007", headers=lead)).json()
    assert detail["attack_id"] not in {use["attack_id"] for use in left["technique_uses"]}
    assert (await client.get(f"/api/v1/techniques?custom=true&q={detail['attack_id']}", headers=lead)).json()[
        "total"
    ] == 0
