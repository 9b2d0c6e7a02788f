"""Detection rules over the API: own rules, deployments, conversions."""

from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.clock import now
from app.database import session_scope
from app.domain.permissions import Role
from app.models.coverage import TechniqueStats
from app.models.knowledge import DetectionRule, Technique
from app.models.security_test import RuleResult, SecurityTest, TestRound
from app.schemas.rules import RuleSummary

API = "/api/v1/detection-rules"
WHOAMI = """title: Whoami
logsource:
  category: process_creation
  product: windows
detection:
  selection:
    Image|endswith: '\\whoami.exe'
  condition: selection
"""
RULE = {"name": "Whoami was run", "level": "high", "techniques": ["T1033"], "source_text": WHOAMI}
COUNTED = """title: Many
logsource:
  product: windows
detection:
  selection:
    EventID: 1
  condition: selection | count() by User > 5
"""


@pytest.fixture
async def rule(client: AsyncClient, people):
    made = await client.post(API, headers=people[Role.BLUE_LEAD], json=RULE)
    assert made.status_code == 201, made.text
    return made.json()


@pytest.fixture
async def tool(client: AsyncClient, people):
    found = await client.get("/api/v1/tools", headers=people[Role.VIEWER])
    for item in found.json()["items"]:
        return item
    made = await client.post("/api/v1/tools", headers=people[Role.BLUE_LEAD], json={"name": "SIEM one", "kind": "siem"})
    return made.json()


async def stats_of(attack_factory, attack_id: str) -> TechniqueStats | None:
    async with session_scope(attack_factory) as session:
        return await session.scalar(
            select(TechniqueStats)
            .join(Technique, Technique.id == TechniqueStats.technique_id)
            .where(Technique.attack_id == attack_id, Technique.domain == "enterprise")
        )


async def test_life_of_a_rule(client: AsyncClient, people, rule):
    blue, lead = people[Role.BLUE_TECH], people[Role.RED_LEAD]
    assert (rule["source"], rule["language"], rule["techniques"]) == ("custom", "sigma", ["T1033"])
    assert rule["deployed_in"] == []
    url = f"{API}/{rule['id']}"
    denied = await client.patch(url, headers=blue, json={"name": "Mine"})
    assert (denied.status_code, denied.json()["code"]) == (403, "not_your_rule")
    changed = await client.patch(url, headers=lead, json={"techniques": ["T1033", "T1059"], "version": 1})
    assert (changed.json()["techniques"], changed.json()["version"]) == (["T1033", "T1059"], 2)
    stale = await client.patch(url, headers=lead, json={"name": "Old", "version": 1})
    assert (stale.status_code, stale.json()["current_version"]) == (409, 2)
    off = await client.post(f"{url}/toggle-active", headers=lead)
    assert off.json()["is_active"] is False
    unknown = await client.post(API, headers=lead, json={**RULE, "techniques": ["T9999"]})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "techniques.0")


async def test_lists_are_narrowed(client: AsyncClient, people, rule):
    viewer = people[Role.VIEWER]

    async def ids(query: str) -> set[str]:
        answer = await client.get(f"{API}?limit=200&{query}", headers=viewer)
        assert answer.status_code == 200, answer.text
        # The database writes what the contract says.
        for item in answer.json()["items"]:
            assert RuleSummary.model_validate(item).model_dump(mode="json") == item
        return {item["id"] for item in answer.json()["items"]}

    for query in ("technique=T1033", "level=high", "q=whoami", "source=custom&language=sigma", "deployed=false"):
        assert rule["id"] in await ids(query), query
    for query in ("technique=T1059.001", "level=low", "q=nothing-like-it", "source=sigma", "retired=true"):
        assert rule["id"] not in await ids(query), query
    assert (await client.get(f"{API}?level=loud", headers=viewer)).status_code == 422


async def test_a_deployment_is_dated_and_counts(client: AsyncClient, people, rule, tool, attack_factory):
    lead, viewer = people[Role.BLUE_LEAD], people[Role.VIEWER]
    before = await stats_of(attack_factory, "T1033")
    url = f"{API}/{rule['id']}/deployments/{tool['id']}"
    put = await client.put(url, headers=lead, json={"status": "active"})
    assert put.status_code == 200, put.text
    assert put.json()["deployed_in"] == [tool["name"]]
    again = await client.put(url, headers=lead)
    assert len(again.json()["deployments"]) == 1
    stats = await stats_of(attack_factory, "T1033")
    assert stats is not None
    assert before is not None
    assert stats.rules_deployed == before.rules_deployed + 1
    listed = await client.get(f"{API}?deployed=true&limit=200", headers=viewer)
    assert rule["id"] in {item["id"] for item in listed.json()["items"]}
    edited = await client.patch(f"{API}/{rule['id']}", headers=lead, json={"source_text": WHOAMI + "level: low\n"})
    assert [row["outdated"] for row in edited.json()["deployments"]] == [True]
    tested = await client.put(url, headers=lead, json={"status": "test"})
    assert tested.json()["deployed_in"] == []
    assert [(row["status"], row["until"] is None) for row in tested.json()["deployments"]] == [
        ("test", True),
        ("active", False),
    ]
    assert (await client.delete(url, headers=lead)).status_code == 204
    gone = await client.delete(url, headers=lead)
    assert (gone.status_code, gone.json()["code"]) == (404, "not_deployed")
    after = await stats_of(attack_factory, "T1033")
    assert after is not None
    assert after.rules_deployed == before.rules_deployed


@pytest.mark.parametrize("role", list(Role))
async def test_who_may_deploy(client: AsyncClient, people, rule, tool, role):
    answer = await client.put(f"{API}/{rule['id']}/deployments/{tool['id']}", headers=people[role])
    assert answer.status_code == (200 if role in {Role.ADMIN, Role.BLUE_LEAD} else 403)


async def test_backends_are_listed(client: AsyncClient, people):
    listed = (await client.get(f"{API}/backends", headers=people[Role.VIEWER])).json()
    assert [item["name"] for item in listed["items"]] == [
        "splunk",
        "elasticsearch-lucene",
        "elasticsearch-esql",
        "elasticsearch-eql",
        "kusto",
        "opensearch",
        "loki",
    ]


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("splunk", 'Image="*\\\\whoami.exe"'),
        ("lucene", "process.executable.caseless:*\\\\whoami.exe"),
        ("esql", "whoami.exe"),
        ("eql", "whoami.exe"),
        ("kusto", "DeviceProcessEvents"),
        ("opensearch", "process.executable.caseless:*\\\\whoami.exe"),
        ("loki", "whoami"),
    ],
)
async def test_a_sigma_rule_is_converted(client: AsyncClient, people, rule, backend, words):
    answer = await client.get(f"{API}/{rule['id']}/conversions/{backend}", headers=people[Role.VIEWER])
    assert answer.status_code == 200, answer.text
    [query] = answer.json()["queries"]
    assert words in query


async def test_a_rule_that_cannot_be_expressed_says_why(client: AsyncClient, people):
    lead, viewer = people[Role.BLUE_LEAD], people[Role.VIEWER]
    made = await client.post(API, headers=lead, json={**RULE, "source_text": COUNTED})
    for _ in range(2):
        refused = await client.get(f"{API}/{made.json()['id']}/conversions/splunk", headers=viewer)
        assert (refused.status_code, refused.json()["code"]) == (422, "not_convertible")
        assert "pipe syntax" in refused.json()["detail"]
    other = await client.post(API, headers=lead, json={**RULE, "language": "kql", "source_text": "DeviceEvents"})
    refused = await client.get(f"{API}/{other.json()['id']}/conversions/splunk", headers=viewer)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_convertible")
    unknown = await client.get(f"{API}/{made.json()['id']}/conversions/cobol", headers=viewer)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_backend")


async def test_a_mapping_of_fields_can_be_chosen(client: AsyncClient, people, rule):
    url = f"{API}/{rule['id']}/conversions/elasticsearch-lucene"
    plain = (await client.get(f"{url}?pipeline=none", headers=people[Role.VIEWER])).json()
    assert (plain["pipeline"], plain["queries"]) == (None, ["Image:*\\\\whoami.exe"])
    wrong = await client.get(f"{url}?pipeline=splunk_windows", headers=people[Role.VIEWER])
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_pipeline")


async def test_imported_rules_are_not_edited(client: AsyncClient, people, attack_factory):
    async with session_scope(attack_factory) as session:
        row = DetectionRule(source="sigma", upstream_id="sigma:x", name="Published", language="sigma")
        session.add(row)
    lead = people[Role.BLUE_LEAD]
    refused = await client.patch(f"{API}/{row.id}", headers=lead, json={"name": "Ours"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_custom")
    assert (await client.post(f"{API}/{row.id}/toggle-active", headers=lead)).json()["is_active"] is False


async def _looked_for(attack_factory, client: AsyncClient, people, rule_id, *, fired: bool, blind: bool = False) -> str:
    """A test in which somebody looked for the rule; its id."""
    body = {"technique": "T1033", "name": "Who am I", "platform": "Windows", "blind": blind}
    made = await client.post("/api/v1/tests", headers=people[Role.RED_TECH], json=body)
    assert made.status_code == 201, made.text
    async with session_scope(attack_factory) as session:
        test = await session.get_one(SecurityTest, UUID(made.json()["id"]))
        round_id = await session.scalar(select(TestRound.id).where(TestRound.test_id == test.id))
        session.add(
            RuleResult(
                round_id=round_id,
                rule_id=UUID(rule_id),
                fired=fired,
                attributed=False,
                noise_count=2 if fired else None,
                recorded_by_id=test.created_by_id,
                recorded_at=now(),
            )
        )
    return made.json()["id"]


async def test_rules_are_found_by_what_they_did(client: AsyncClient, people, rule, tool, attack_factory):
    viewer = people[Role.VIEWER]

    async def state() -> str:
        found = [
            word
            for word in ("fired", "silent", "never")
            for item in (await client.get(f"{API}?limit=200&firing={word}", headers=viewer)).json()["items"]
            if item["id"] == rule["id"] and item["firing_state"] == word
        ]
        assert len(found) == 1, found
        return found[0]

    async def stats() -> dict[str, int]:
        answer = (await client.get(f"{API}/stats", headers=viewer)).json()
        assert answer["fired"] + answer["silent"] + answer["never"] == answer["total"]
        assert {"name": "high", "total": answer["by_level"][0]["total"]} in answer["by_level"]
        return {word: answer[word] for word in ("total", "deployed", "fired", "silent")}

    before = await stats()
    assert await state() == "never"
    await _looked_for(attack_factory, client, people, rule["id"], fired=True, blind=True)
    assert await state() == "never"
    await _looked_for(attack_factory, client, people, rule["id"], fired=False)
    assert await state() == "silent"
    await _looked_for(attack_factory, client, people, rule["id"], fired=True)
    assert await state() == "fired"
    await client.put(f"{API}/{rule['id']}/deployments/{tool['id']}", headers=people[Role.BLUE_LEAD])
    after = await stats()
    assert after == before | {"deployed": before["deployed"] + 1, "fired": before["fired"] + 1}
    in_tool = (await client.get(f"{API}?tool={tool['id']}", headers=viewer)).json()["items"]
    assert rule["id"] in {item["id"] for item in in_tool}
    assert (await client.get(f"/api/v1/tools/{tool['id']}", headers=viewer)).json()["rules"] == len(in_tool)
    detail = (await client.get(f"{API}/{rule['id']}", headers=viewer)).json()
    assert detail["firing"] == {"evaluated": 2, "fired": 1, "attributed": 0, "noise": 2}
    assert sorted((row["fired"], row["noise_count"]) for row in detail["tests"]) == [(False, None), (True, 2)]
