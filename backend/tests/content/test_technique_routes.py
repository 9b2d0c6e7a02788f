"""Techniques over the API, on the bundled ATT&CK 18.1."""

import csv

import pytest
from httpx import AsyncClient

from app.domain.permissions import Role

BASE = "/api/v1/techniques"
LEADS = (Role.RED_LEAD, Role.BLUE_LEAD, Role.ADMIN)


@pytest.fixture
def viewer(people):
    return people[Role.VIEWER]


@pytest.fixture
def lead(people):
    return people[Role.RED_LEAD]


async def test_a_fresh_list_has_all_active_techniques_and_no_evaluated_one(client: AsyncClient, viewer):
    body = (await client.get(BASE, headers=viewer)).json()
    assert body["total"] == 691
    assert len(body["items"]) == 50
    assert [item["attack_id"] for item in body["items"][:3]] == ["T1001", "T1001.001", "T1001.002"]
    first = body["items"][0]
    assert first["status"] == "not_evaluated"
    assert first["tactics"] == ["command-and-control"]
    assert first["domain"] == "enterprise"
    assert first["parent"] is None
    assert body["items"][1]["parent"] == "T1001"


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("domain=enterprise", 691),
        ("domain=mobile", 0),
        ("tactic=TA0001", 22),
        ("tactic=initial-access", 22),
        ("tactic=initial-access&tactic=impact", 55),
        ("platform=ESXi", 118),
        ("subtechniques=true", 475),
        ("status=out_of_scope&subtechniques=false&platform=PRE", 19),
        ("review_required=true", 0),
        ("active=false", 144),
        ("active=all", 835),
        ("q=T1059.001", 1),
        ("q=powershell", 2),
        ("q=%25", 0),
    ],
)
async def test_filters(client: AsyncClient, viewer, query, total):
    answer = await client.get(f"{BASE}?{query}", headers=viewer)
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == total


async def test_a_table_has_all_of_them_with_lists_in_one_cell(client: AsyncClient, viewer):
    answer = await client.get(f"{BASE}?format=csv&limit=1&platform=windows", headers=viewer)
    lines = list(csv.DictReader(answer.text.removeprefix("\ufeff").splitlines()))
    assert (len(lines), lines[0]["attack_id"]) == (472, "T1001")
    assert (lines[0]["tactics"], lines[0]["platforms"]) == ("command-and-control", "ESXi, Linux, Windows, macOS")


async def test_status_counts_of_a_fresh_installation(client: AsyncClient, viewer):
    totals = {}
    for status in ("not_evaluated", "out_of_scope", "validated"):
        totals[status] = (await client.get(f"{BASE}?status={status}", headers=viewer)).json()["total"]
    assert sum(totals.values()) == 691
    assert totals["out_of_scope"] == 92


async def test_detail_of_powershell(client: AsyncClient, viewer):
    body = (await client.get(f"{BASE}/t1059.001", headers=viewer)).json()
    assert body["attack_id"] == "T1059.001"
    assert body["name"] == "PowerShell"
    assert body["parent_technique"]["attack_id"] == "T1059"
    assert body["platforms"] == ["Windows"]
    assert body["predecessors"] == ["T1086"]
    assert [item["attack_id"] for item in body["mitigations"]] == ["M1026", "M1038", "M1042", "M1045", "M1049"]
    assert len(body["detection_strategies"]) == 1
    assert body["detection_strategies"][0]["analytics"]
    assert body["breakdown"]["status"] == "not_evaluated"
    assert "APT28" in {actor["name"] for actor in body["actors"]}
    assert body["tests_total"] == 0
    assert [(o["in_scope"], o["expected"]) for o in body["overlays"]] == [(True, None)]


async def test_revoked_technique_names_its_successor(client: AsyncClient, viewer):
    body = (await client.get(f"{BASE}/T1086", headers=viewer)).json()
    assert body["revoked"] is True
    assert body["status"] is None
    assert body["successor"]["attack_id"] == "T1059.001"


async def test_unknown_technique_is_404(client: AsyncClient, viewer):
    answer = await client.get(f"{BASE}/T9999", headers=viewer)
    assert answer.status_code == 404
    assert answer.json()["code"] == "technique_not_found"


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_curate(client: AsyncClient, people, role):
    expected = 200 if role in LEADS else 403
    url = f"{BASE}/T1001.001"
    answer = await client.patch(f"{url}/overlay", headers=people[role], json={"priority": 2, "reason": "known risk"})
    assert answer.status_code == expected
    assert (await client.post(f"{url}/review", headers=people[role])).status_code == expected


async def test_scope_and_expectation_are_dated_decisions(client: AsyncClient, lead):
    url = f"{BASE}/T1001.002"
    body = (
        await client.patch(
            f"{url}/overlay", headers=lead, json={"in_scope": False, "expected": "logged", "reason": "no such traffic"}
        )
    ).json()
    assert body["status"] == "out_of_scope"
    assert body["overlays"][0]["expected"] == "logged"
    assert body["overlays"][0]["reasons"] == {"in_scope": "no such traffic", "expected": "no such traffic"}
    body = (await client.patch(f"{url}/overlay", headers=lead, json={"in_scope": None, "reason": "wrong"})).json()
    assert body["status"] == "not_evaluated"
    assert body["overlays"][0]["in_scope"] is True
    assert body["overlays"][0]["expected"] == "logged"


async def test_overlay_refusals(client: AsyncClient, lead):
    url = f"{BASE}/T1001.003/overlay"
    nothing = await client.patch(url, headers=lead, json={"reason": "because"})
    assert (nothing.status_code, nothing.json()["code"]) == (422, "nothing_decided")
    unreasoned = await client.patch(url, headers=lead, json={"in_scope": False})
    assert unreasoned.status_code == 422
    past = await client.patch(
        url, headers=lead, json={"in_scope": False, "reason": "x", "until": "2001-01-01T00:00:00Z"}
    )
    assert (past.status_code, past.json()["code"]) == (422, "until_past")


async def test_life_of_a_custom_technique(client: AsyncClient, lead, viewer):
    made = await client.post(
        BASE, headers=lead, json={"name": "Badge abuse", "tactics": ["TA0003"], "platforms": ["Windows"]}
    )
    assert made.status_code == 201
    assert made.json()["attack_id"] == "X0001"
    assert made.headers["location"] == "/api/v1/techniques/X0001"
    assert made.json()["tactics"] == ["persistence"]
    assert made.json()["status"] == "not_evaluated"
    changed = await client.patch(f"{BASE}/{made.json()['id']}", headers=lead, json={"tactics": ["impact"]})
    assert changed.json()["tactics"] == ["impact"]
    taken = await client.post(BASE, headers=lead, json={"attack_id": "X0001", "name": "Again", "tactics": ["impact"]})
    assert (taken.status_code, taken.json()["code"]) == (409, "attack_id_taken")
    gone = await client.delete(f"{BASE}/X0001", headers=lead)
    assert gone.status_code == 204
    assert (await client.get(f"{BASE}?custom=true", headers=viewer)).json()["total"] == 0


async def test_imported_techniques_are_not_edited(client: AsyncClient, lead):
    answer = await client.patch(f"{BASE}/T1001", headers=lead, json={"name": "Mine"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_custom")


async def test_tactics_stand_in_matrix_order(client: AsyncClient, viewer):
    body = (await client.get("/api/v1/tactics?domain=enterprise", headers=viewer)).json()
    assert [item["attack_id"] for item in body["items"]] == (
        [
            "TA0043",
            "TA0042",
            "TA0001",
            "TA0002",
            "TA0003",
            "TA0004",
            "TA0005",
            "TA0006",
            "TA0007",
            "TA0008",
            "TA0009",
            "TA0011",
            "TA0010",
            "TA0040",
        ]
    )
    assert sum(item["techniques"] + item["subtechniques"] for item in body["items"]) == 887
