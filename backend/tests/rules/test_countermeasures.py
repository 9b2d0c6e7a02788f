"""D3FEND's countermeasures and compliance frameworks over the API."""

import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.database import session_scope
from app.domain.permissions import Role
from app.models.catalogue import Control, Countermeasure, Framework
from app.models.coverage import TechniqueStats
from app.models.knowledge import ContentLink, Technique
from app.services.coverage import recompute_all

D3FEND = "/api/v1/d3fend"
COMPLIANCE = "/api/v1/compliance/frameworks"


@pytest.fixture(scope="module")
async def knowledge(attack_factory):
    """Two countermeasures on T1059.001, and a framework of two controls, one of them mapped."""
    async with session_scope(attack_factory) as session:
        technique_id = await session.scalar(
            select(Technique.id).where(Technique.attack_id == "T1059.001", Technique.domain == "enterprise")
        )
        rows = [
            Countermeasure(
                source="d3fend",
                upstream_id=f"d3fend:{key}",
                d3fend_id=key,
                name=name,
                tactic=tactic,
                tactic_position=position,
                parent_upstream_id=parent,
            )
            for key, name, tactic, position, parent in (
                ("D3-FA", "File Analysis", "Detect", 2, None),
                ("D3-EAL", "Executable Allowlisting", "Isolate", 3, None),
                ("D3-FH", "File Hashing", "Detect", 2, "d3fend:D3-FA"),
            )
        ]
        framework = Framework(
            source="compliance",
            upstream_id="nist_800_53:rev5",
            name="NIST SP 800-53 rev5",
            framework="nist_800_53",
            version="rev5",
            baselines=[{"name": "LOW", "title": "Low", "controls": 1}],
        )
        controls = [
            Control(
                source="compliance",
                upstream_id=f"nist_800_53:rev5:{name}",
                framework_upstream_id="nist_800_53:rev5",
                control_id=name,
                name="Words",
                position=position,
                baselines=["LOW"] if position == 0 else [],
                parent_upstream_id="nist_800_53:rev5:AC-2" if "(" in name else None,
            )
            for position, name in enumerate(("AC-2", "AC-2(1)"))
        ]
        session.add_all([*rows, framework, *controls])
        await session.flush()
        session.add_all(
            [
                *(_link("countermeasure", "d3fend", row, technique_id) for row in rows[:2]),
                _link("control", "compliance", controls[0], technique_id),
            ]
        )
        await session.flush()
        await recompute_all(session)
        return technique_id


def _link(kind, source, row, technique_id) -> ContentLink:
    return ContentLink(
        source=source,
        upstream_id=f"{row.upstream_id}>T1059.001",
        relation="counters" if kind == "countermeasure" else "mitigates",
        source_kind=kind,
        source_upstream_id=row.upstream_id,
        source_id=row.id,
        target_kind="technique",
        target_attack_id="T1059.001",
        technique_id=technique_id,
        resolution="exact",
        details={"artifacts": ["analyzes File"]},
    )


async def counts(attack_factory, technique_id) -> tuple[int, int, int]:
    async with session_scope(attack_factory) as session:
        [stats] = await session.scalars(select(TechniqueStats).where(TechniqueStats.technique_id == technique_id))
        return (stats.countermeasures_mapped, stats.countermeasures_implemented, stats.countermeasures_planned)


async def test_countermeasures_in_the_order_of_the_matrix(client: AsyncClient, people, knowledge):
    viewer = people[Role.VIEWER]
    listed = (await client.get(f"{D3FEND}/techniques", headers=viewer)).json()
    assert [(item["d3fend_id"], item["parent"], item["techniques"]) for item in listed["items"]] == [
        ("D3-FA", None, 1),
        ("D3-FH", "D3-FA", 0),
        ("D3-EAL", None, 1),
    ]
    for query, expected in (
        ("tactic=isolate", {"D3-EAL"}),
        ("technique=T1059.001", {"D3-FA", "D3-EAL"}),
        ("technique=T1059", set()),
        ("technique=T1059&include_subtechniques=true", {"D3-FA", "D3-EAL"}),
        ("q=hash", {"D3-FH"}),
        ("status=implemented", set()),
    ):
        found = (await client.get(f"{D3FEND}/techniques?{query}", headers=viewer)).json()
        assert {item["d3fend_id"] for item in found["items"]} == expected, query


async def test_a_decision_is_dated_and_counts(client: AsyncClient, people, knowledge, attack_factory):
    lead = people[Role.RED_LEAD]
    assert await counts(attack_factory, knowledge) == (2, 0, 0)
    url = f"{D3FEND}/techniques/d3-fa"
    planned = await client.put(f"{url}/status", headers=lead, json={"status": "planned", "reason": "Next year"})
    assert planned.status_code == 200, planned.text
    assert (planned.json()["status"], planned.json()["status_reason"]) == ("planned", "Next year")
    assert await counts(attack_factory, knowledge) == (2, 0, 1)
    gains = (await client.get(f"{D3FEND}/gains", headers=people[Role.VIEWER])).json()
    assert [(item["d3fend_id"], item["status"], item["techniques"]) for item in gains["items"]] == [
        ("D3-EAL", "no", 1),
        ("D3-FA", "planned", 1),
        ("D3-FH", "no", 0),
    ]
    told = (await client.get(f"{url}/gain", headers=lead)).json()
    assert told["gain"] == gains["items"][1]["gain"] > 0 == gains["items"][2]["gain"]
    assert told["in_scope"]["before"] == gains["score"]
    assert told["in_scope"]["after"] - told["in_scope"]["before"] == pytest.approx(told["gain"])
    assert [(move["attack_id"], move["before"]) for move in told["moves"]] == [("T1059.001", 0)]
    done = await client.put(f"{url}/status", headers=lead, json={"status": "implemented", "reason": "Rolled out"})
    assert [row["status"] for row in done.json()["history"]] == ["implemented", "planned"]
    again = await client.put(f"{url}/status", headers=lead, json={"status": "implemented", "reason": "Rolled out"})
    assert len(again.json()["history"]) == 2
    assert await counts(attack_factory, knowledge) == (2, 1, 0)
    # The promise is kept: this is the score now, and there is nothing more to gain from it.
    reached = (await client.get("/api/v1/scores/organization", headers=lead)).json()["in_scope"]["score"]
    assert reached == pytest.approx(told["in_scope"]["after"])
    assert (await client.get(f"{url}/gain", headers=lead)).json()["code"] == "nothing_to_gain"
    tactics = (await client.get(f"{D3FEND}/tactics", headers=lead)).json()["items"]
    assert tactics == [
        {"name": "Detect", "techniques": 2, "implemented": 1, "planned": 0},
        {"name": "Isolate", "techniques": 1, "implemented": 0, "planned": 0},
    ]
    async with session_scope(attack_factory) as session:
        assert (await recompute_all(session)).was_right
    detail = (await client.get(url, headers=lead)).json()
    assert detail["technique_links"][0]["artifacts"] == ["analyzes File"]
    assert (await client.get(f"{D3FEND}/techniques/D3-NONE", headers=lead)).status_code == 404
    wrong = await client.put(f"{url}/status", headers=lead, json={"status": "perhaps", "reason": "x"})
    assert wrong.status_code == 422


@pytest.mark.parametrize("role", list(Role))
async def test_who_decides_about_countermeasures(client: AsyncClient, people, knowledge, role):
    answer = await client.put(f"{D3FEND}/techniques/D3-FH/status", headers=people[role], json={"status": "no"})
    assert answer.status_code == (200 if role in {Role.ADMIN, Role.RED_LEAD, Role.BLUE_LEAD} else 403)


async def test_frameworks_and_controls(client: AsyncClient, people, knowledge):
    viewer = people[Role.VIEWER]
    [framework] = (await client.get(COMPLIANCE, headers=viewer)).json()["items"]
    assert framework["key"] == "nist_800_53:rev5"
    assert [framework[name] for name in ("controls", "enhancements", "mappings", "mapped_controls", "techniques")] == [
        2,
        1,
        1,
        1,
        1,
    ]
    for name in (framework["id"], "nist_800_53:rev5", "nist_800_53"):
        assert (await client.get(f"{COMPLIANCE}/{name}", headers=viewer)).json()["id"] == framework["id"]
    for query, expected in (("", ["AC-2", "AC-2(1)"]), ("baseline=low", ["AC-2"]), ("mapped=false", ["AC-2(1)"])):
        found = await client.get(f"{COMPLIANCE}/nist_800_53:rev5/controls?{query}", headers=viewer)
        assert [item["control_id"] for item in found.json()["items"]] == expected
    assert (await client.get(f"{COMPLIANCE}/none/controls", headers=viewer)).status_code == 404
    for technique, expected in (("t1059.001", ["AC-2"]), ("T1059", [])):
        found = await client.get(f"{COMPLIANCE.rpartition('/')[0]}/controls?technique={technique}", headers=viewer)
        assert [item["control_id"] for item in found.json()["items"]] == expected
