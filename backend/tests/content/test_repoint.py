"""Moving tests from a revoked technique to its successor."""

from httpx import AsyncClient
from sqlalchemy import select

from app.database import session_scope
from app.domain.actor import SYSTEM
from app.domain.permissions import Role
from app.models.knowledge import Technique
from app.models.security_test import SecurityTest
from app.services.validation.planning import add_retest

URL = "/api/v1/data-sources/mitre_attack/repoint"


async def test_tests_follow_and_keep_what_they_were_run_on(client: AsyncClient, people, attack_factory):
    made = await client.post(
        "/api/v1/tests", headers=people[Role.RED_TECH], json={"technique": "T1059.001", "name": "Encoded command"}
    )
    assert made.status_code == 201, made.text
    async with session_scope(attack_factory) as session:
        old = (await session.scalars(select(Technique).where(Technique.attack_id == "T1086"))).one()
        test = (await session.scalars(select(SecurityTest))).one()
        test.technique_id, test.technique_at_test = old.id, "T1086"
    body = {"from_attack_id": "T1086", "to_attack_id": "T1059.001"}
    denied = await client.post(URL, headers=people[Role.RED_TECH], json=body)
    assert denied.status_code == 403
    moved = await client.post(URL, headers=people[Role.BLUE_LEAD], json=body)
    assert moved.status_code == 200, moved.text
    assert moved.json()["moved"] == 1
    assert moved.json()["tests"][0]["technique_at_test"] == "T1086"
    technique = (await client.get("/api/v1/techniques/T1059.001", headers=people[Role.VIEWER])).json()
    assert technique["tests_total"] == 1
    again = await client.post(URL, headers=people[Role.BLUE_LEAD], json=body)
    assert again.json()["moved"] == 0
    async with session_scope(attack_factory) as session:
        test = (await session.scalars(select(SecurityTest))).one()
        test.attack_version = "1.0"
        retest = await add_retest(session, SYSTEM, test, created_by_id=test.created_by_id, automatic=True)
        assert (retest.technique_at_test, retest.attack_version) == ("T1059.001", "18.1"), "what it is run on, and when"


async def test_what_is_in_force_is_not_left(client: AsyncClient, people):
    lead = people[Role.RED_LEAD]
    answer = await client.post(URL, headers=lead, json={"from_attack_id": "T1059", "to_attack_id": "T1059.001"})
    assert (answer.status_code, answer.json()["code"]) == (409, "technique_in_force")
    target = await client.post(URL, headers=lead, json={"from_attack_id": "T1086", "to_attack_id": "T1108"})
    assert (target.status_code, target.json()["errors"][0]["field"]) == (422, "to_attack_id")
