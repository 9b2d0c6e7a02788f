"""Templates, actors, environments and tools over the API, on the bundled ATT&CK 18.1."""

import pytest
from httpx import AsyncClient

from app.domain.permissions import Role

API = "/api/v1"
TEMPLATE = {
    "name": "Dump LSASS",
    "techniques": ["T1003.001"],
    "platforms": ["Windows"],
    "procedure": "dump #{out}",
    "inputs": [{"name": "out", "default": "a.dmp"}],
}


async def test_actors_and_their_techniques(client: AsyncClient, people):
    viewer = people[Role.VIEWER]
    body = (await client.get(f"{API}/threat-actors", headers=viewer)).json()
    assert body["total"] == 172
    found = (await client.get(f"{API}/threat-actors?q=Fancy%20Bear", headers=viewer)).json()
    assert [item["name"] for item in found["items"]] == ["APT28"]
    detail = (await client.get(f"{API}/threat-actors/g0007", headers=viewer)).json()
    assert detail["attack_id"] == "G0007"
    assert (
        detail["techniques"]
        == found["items"][0]["techniques"]
        == len({u["attack_id"] for u in detail["technique_uses"]})
    )
    assert detail["technique_uses"][0]["status"] in {"not_evaluated", "out_of_scope"}
    users = (await client.get(f"{API}/threat-actors?technique=T1059.001&limit=200", headers=viewer)).json()
    assert "APT28" in {item["name"] for item in users["items"]}
    assert (await client.get(f"{API}/threat-actors/G9999", headers=viewer)).status_code == 404


async def test_life_of_a_template(client: AsyncClient, people):
    red, blue, lead = people[Role.RED_TECH], people[Role.BLUE_TECH], people[Role.BLUE_LEAD]
    made = await client.post(f"{API}/test-templates", headers=red, json=TEMPLATE)
    assert made.status_code == 201, made.text
    key = made.json()["id"]
    assert made.json()["techniques"] == ["T1003.001"]
    assert made.json()["source"] == "custom"
    listed = (await client.get(f"{API}/test-templates?technique=T1003.001&q=lsass", headers=blue)).json()
    assert listed["total"] == 1
    parent = (await client.get(f"{API}/test-templates?technique=T1003", headers=blue)).json()
    assert parent["total"] == 0
    wide = (await client.get(f"{API}/test-templates?technique=T1003&include_subtechniques=true", headers=blue)).json()
    assert wide["total"] == 1
    denied = await client.patch(f"{API}/test-templates/{key}", headers=blue, json={"name": "Mine"})
    assert (denied.status_code, denied.json()["code"]) == (403, "not_your_template")
    changed = await client.patch(
        f"{API}/test-templates/{key}", headers=red, json={"techniques": ["T1003"], "version": 1}
    )
    assert changed.json()["techniques"] == ["T1003"]
    stale = await client.patch(f"{API}/test-templates/{key}", headers=red, json={"name": "Old", "version": 1})
    assert (stale.status_code, stale.json()["current_version"]) == (409, 2)
    off = await client.post(f"{API}/test-templates/{key}/toggle-active", headers=lead)
    assert off.json()["is_active"] is False
    stats = (await client.get(f"{API}/test-templates/stats", headers=blue)).json()
    assert stats["by_source"] == [{"name": "custom", "total": 1, "active": 0}]
    assert (await client.delete(f"{API}/test-templates/{key}", headers=lead)).status_code == 204
    assert (await client.get(f"{API}/test-templates/{key}", headers=red)).status_code == 404


async def test_templates_are_ranked_and_say_why(client: AsyncClient, people):
    red = people[Role.RED_LEAD]

    async def make(name: str, technique: str, *platforms: str) -> str:
        body = {"name": name, "techniques": [technique], "platforms": platforms}
        return (await client.post(f"{API}/test-templates", headers=red, json=body)).json()["id"]

    async def users(technique: str) -> int:
        return (await client.get(f"{API}/threat-actors?technique={technique}", headers=red)).json()["total"]

    made = {
        name: await make(name, *rest)
        for name, *rest in (
            ("Ranked for Linux", "T1059.001", "Linux"),
            ("Ranked tried", "T1059.001", "Windows"),
            ("Ranked untried", "T1059.001"),
            ("Ranked rarer", "T1003.001", "Windows", "Linux"),
        )
    }
    test = {"technique": "T1059.001", "name": "Tried", "template_id": made["Ranked tried"]}
    assert (await client.post(f"{API}/tests", headers=red, json=test)).status_code == 201
    url = f"{API}/test-templates?q=Ranked&sort=rank"
    often, rarely = await users("T1059.001"), await users("T1003.001")
    assert often > rarely > 1
    ranked = (await client.get(f"{url}&fit=Windows", headers=red)).json()["items"]
    assert [(item["name"], item["rank"]["fits"], item["rank"]["actors"], item["tests"]) for item in ranked] == [
        ("Ranked untried", True, often, 0),
        ("Ranked tried", True, often, 1),
        ("Ranked rarer", True, rarely, 0),
        ("Ranked for Linux", False, often, 0),
    ]
    assert [item["rank"]["reason"] for item in ranked[1::2]] == [
        f"Runs on Windows; its technique is used by {often} actors; tested 1 time.",
        f"For Linux, which is none of the platforms asked for; its technique is used by {often} actors; never tested.",
    ]
    # Without a platform those of our environments count: here one that has all.
    [first, *_] = (await client.get(url, headers=red)).json()["items"]
    assert (first["name"], first["rank"]["fits"]) == ("Ranked for Linux", True)
    [plain, *_] = (await client.get(f"{API}/test-templates?q=Ranked", headers=red)).json()["items"]
    assert plain["rank"] is None


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_make_templates(client: AsyncClient, people, role):
    answer = await client.post(f"{API}/test-templates", headers=people[role], json=TEMPLATE)
    assert answer.status_code == (403 if role is Role.VIEWER else 201)
    if answer.status_code == 201:
        assert (
            await client.delete(f"{API}/test-templates/{answer.json()['id']}", headers=people[role])
        ).status_code == 204


async def test_a_template_needs_a_known_technique(client: AsyncClient, people):
    answer = await client.post(
        f"{API}/test-templates", headers=people[Role.ADMIN], json={"name": "x", "techniques": ["T9999"]}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "techniques.0"


async def test_environments_have_dated_platforms(client: AsyncClient, people):
    lead, viewer = people[Role.RED_LEAD], people[Role.VIEWER]
    listed = (await client.get(f"{API}/environments", headers=viewer)).json()
    assert [(item["is_default"], item["platforms"]) for item in listed["items"]] == [(True, [])]
    made = await client.post(f"{API}/environments", headers=lead, json={"name": "Plant", "platforms": ["Windows"]})
    assert made.status_code == 201
    url = f"{API}/environments/{made.json()['id']}"
    changed = (await client.patch(url, headers=lead, json={"platforms": ["Linux", "Windows"]})).json()
    assert changed["platforms"] == ["Linux", "Windows"]
    taken = await client.post(f"{API}/environments", headers=lead, json={"name": "Plant"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name_taken")
    default = listed["items"][0]["id"]
    kept = await client.patch(f"{API}/environments/{default}", headers=lead, json={"is_active": False})
    assert (kept.status_code, kept.json()["code"]) == (409, "default_environment")
    assert (await client.patch(url, headers=lead, json={"is_active": False})).json()["is_active"] is False
    assert (await client.post(f"{API}/environments", headers=viewer, json={"name": "No"})).status_code == 403


async def test_tools(client: AsyncClient, people):
    lead, viewer = people[Role.BLUE_LEAD], people[Role.VIEWER]
    made = await client.post(f"{API}/tools", headers=lead, json={"name": "SIEM one", "kind": "siem"})
    assert made.status_code == 201
    url = f"{API}/tools/{made.json()['id']}"
    assert (await client.patch(url, headers=lead, json={"version": "9"})).json()["version"] == "9"
    taken = await client.post(f"{API}/tools", headers=lead, json={"name": "SIEM one"})
    assert taken.status_code == 409
    assert (await client.get(f"{API}/tools", headers=viewer)).json()["total"] == 1
    assert (await client.patch(url, headers=viewer, json={"version": "1"})).status_code == 403


async def test_catalogues_as_tables(client: AsyncClient, people):
    made = await client.post(f"{API}/test-templates", headers=people[Role.ADMIN], json=TEMPLATE | {"name": "=cmd"})
    for path in ("test-templates", "detection-rules", "d3fend/techniques", "threat-actors"):
        answer = await client.get(f"{API}/{path}?format=csv&limit=1", headers=people[Role.VIEWER])
        assert answer.headers["content-type"] == "text/csv; charset=utf-8", path
        header = answer.text.splitlines()[0]
        total = (await client.get(f"{API}/{path}", headers=people[Role.VIEWER])).json()["total"]
        assert (header.startswith('\ufeff"id",'), len(answer.text.splitlines())) == (True, total + 1), path
    rows = (await client.get(f"{API}/test-templates?format=csv", headers=people[Role.VIEWER])).text
    assert '"\'=cmd"' in rows
    assert made.status_code == 201
