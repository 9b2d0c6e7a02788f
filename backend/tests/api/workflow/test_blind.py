"""A blind test before its reveal: it does not exist, and then only as far as blue has to know."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from app import clock
from app.clock import frozen_at
from app.database import SessionFactory
from app.models.coverage import CurrentResult, TechniqueStats
from app.routers import ROUTERS
from tests.builders.cast import ALERTED, Cast, ago

CANARY = "kanarienvogel"
BLIND_TO = ("blue_tech", "other_blue", "blue_lead", "viewer")
PLAN: dict[str, Any] = {
    "blind": True,
    "name": f"{CANARY} name",
    "description": f"{CANARY} description",
    "procedure": f"{CANARY} procedure",
    "platform": "Linux",
    "technique": "T1105",
    "tags": [CANARY],
    "expected": "prevented",
    "expected_reason": f"{CANARY} reason",
}


async def sealed_draft(cast: Cast) -> dict[str, Any]:
    return await cast.draft(**PLAN)


async def sealed_running(cast: Cast) -> dict[str, Any]:
    test = await cast.act("red_tech", await sealed_draft(cast), "start")
    path = f"/tests/{test['id']}/evidence?team=red"
    files = {"file": (f"{CANARY}.txt", CANARY.encode())}
    await cast.call("red_tech", "POST", path, files=files, expect=201)
    return await cast.red(
        test,
        summary=f"{CANARY} summary",
        executed_at=ago(60),
        execution="succeeded",
        host=f"{CANARY}-host",
        command=f"{CANARY} command",
        tool=CANARY,
        user=CANARY,
    )


async def handed_over(cast: Cast) -> dict[str, Any]:
    test = await cast.red(await sealed_running(cast), target_group="Finance workstations")
    return dict(await cast.act("red_tech", test, "submit-red"))


async def revealed(cast: Cast) -> dict[str, Any]:
    test = await handed_over(cast)
    test = await cast.blue(test, summary="Odd traffic.", observations=[ALERTED | {"observed_at": ago(50)}])
    return dict(await cast.act("blue_tech", test, "submit-blue"))


def readable_paths(test: dict[str, Any]) -> list[str]:
    """Every GET of the application, with this test and its technique where an id belongs."""
    known = {
        "test_id": test["id"],
        "attack_id": "T1105",
        "technique_id": "T1105",
        "name": "mitre_attack",
        "source": "mitre_attack",
    }
    found = []
    for router in ROUTERS:
        for route in router.routes:
            if "GET" in route.methods and route.path.startswith("/api/v1"):
                path = route.path.removeprefix("/api/v1")
                for name in route.param_convertors:
                    path = path.replace("{" + name + "}", known.get(name, test["id"]))
                found.append(path)
    queries = ("?q=kanarien", "?technique=T1105", "?platform=Linux", "?sort=name", "?tag=kanarienvogel", "?mine=true")
    return [*found, *(f"/tests{q}" for q in queries), "/heatmap?layer=tests", "/audit-logs?q=kanarien"]


async def leaks(cast: Cast, who: str, test: dict[str, Any], **more: Any) -> list[str]:
    found = []
    for path in readable_paths(test):
        answer = await cast.raw(who, "GET", path, **more)
        assert answer.status_code < 500, path
        if CANARY in answer.text.lower():
            found.append(path)
    return found


@pytest.mark.parametrize("who", BLIND_TO)
async def test_before_the_hand_over_it_does_not_exist(cast: Cast, who: str) -> None:
    for make in (sealed_draft, sealed_running):
        test = await make(cast)
        assert (await cast.call(who, "GET", "/tests?archived=false"))["total"] == 0
        for path in ("", "/rounds", "/timeline", "/retests", "/evidence"):
            await cast.call(who, "GET", f"/tests/{test['id']}{path}", expect=404)
        assert await leaks(cast, who, test) == []
        assert (await cast.call(who, "GET", "/notifications"))["total"] == 0


@pytest.mark.parametrize("who", BLIND_TO)
async def test_no_answer_holds_a_sealed_word_after_the_hand_over(cast: Cast, who: str) -> None:
    test = await handed_over(cast)
    assert await leaks(cast, who, test) == []


async def test_an_auditor_and_a_token_learn_no_more(cast: Cast) -> None:
    test = await handed_over(cast)
    await cast.call("admin", "PATCH", f"/users/{cast.ids['viewer']}", {"auditor": True})
    made = await cast.call("blue_tech", "POST", "/auth/tokens", {"name": "script", "expires_in_days": 7}, expect=201)
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert await leaks(cast, "blue_tech", test, headers=headers) == []


async def test_blue_is_told_window_environment_and_target_only(cast: Cast) -> None:
    test = await handed_over(cast)
    seen = await cast.call("blue_tech", "GET", f"/tests/{test['id']}")
    assert seen["number"].startswith("BLIND-")
    assert (seen["name"], seen["technique"], seen["technique_at_test"]) == ("Blind test", None, None)
    assert (seen["blind"], seen["sealed"], seen["target_group"]) == (True, True, "Finance workstations")
    assert seen["environment"]["name"] == "Default"
    assert seen["window_from"] < ago(60) < seen["window_to"]
    assert (seen["expected"], seen["platform"], seen["created_by"], seen["red_assignee"]) == (
        "detected",
        None,
        None,
        None,
    )
    assert seen["red"]["submitted_at"] is not None
    assert (seen["red"]["executions"], seen["red"]["evidence_count"]) == ([], 0)
    listed = await cast.call("blue_tech", "GET", "/tests?waiting_for=me")
    assert [(item["name"], item["technique"]) for item in listed["items"]] == [("Blind test", None)]
    for query in ("q=kanarien", "technique=T1105", "platform=Linux", "tag=kanarienvogel"):
        assert (await cast.call("blue_tech", "GET", f"/tests?{query}"))["total"] == 0
    await cast.call("viewer", "GET", f"/tests/{test['id']}", expect=404)


async def test_red_and_admin_see_it_whole(cast: Cast) -> None:
    test = await handed_over(cast)
    for who in ("red_tech", "red_lead", "admin"):
        seen = await cast.call(who, "GET", f"/tests/{test['id']}")
        assert seen["name"] == PLAN["name"]
        assert (await cast.call(who, "GET", "/tests?q=kanarien"))["total"] == 1


async def test_a_total_counts_just_the_tests_that_exist_for_the_asker(cast: Cast) -> None:
    await cast.act("red_lead", await cast.draft(), "archive", {"reason": "Not now."})
    await cast.call("red_tech", "DELETE", f"/tests/{(await cast.draft())['id']}", expect=204)
    in_force = [await cast.draft(), await cast.in_review(), await cast.validated()]
    for who in ("red_lead", "blue_lead"):
        await cast.act(who, in_force[2], "annul", {"reason": "Wrong host."})
    draft, waiting = await sealed_draft(cast), await handed_over(cast)
    seen = {"viewer": in_force, "blue_tech": [*in_force, waiting], "red_lead": [*in_force, draft, waiting]}
    environment = in_force[0]["environment"]["id"]
    for who, tests in seen.items():
        for query, states in (
            ("", None),
            ("?state=draft", {"draft"}),
            ("?state=validated&state=draft&state=draft", {"draft", "validated"}),
            (f"?environment={environment}&state=blue_evaluating", {"blue_evaluating"}),
            (f"?environment={waiting['id']}", set()),
        ):
            wanted = {test["id"] for test in tests if states is None or test["state"] in states}
            page = await cast.call(who, "GET", f"/tests{query}")
            assert ({item["id"] for item in page["items"]}, page["total"]) == (wanted, len(wanted)), (who, query)


async def test_blues_guards_answer_from_blues_record_alone(cast: Cast) -> None:
    test = await handed_over(cast)
    refused = await cast.act("blue_tech", test, "submit-blue", expect=422)
    assert [e["field"] for e in refused["errors"]] == ["blue.observations"]
    early = [{"outcome": "blocked", "observed_at": ago(600)}]
    test = await cast.blue(test, observations=early)
    revealed_test = await cast.act("blue_tech", test, "submit-blue")
    assert revealed_test["state"] == "blue_evaluating"


async def test_the_reveal_freezes_the_sightings_and_blue_attributes_them(cast: Cast) -> None:
    test = await revealed(cast)
    assert (test["state"], test["sealed"], test["name"]) == ("blue_evaluating", False, PLAN["name"])
    assert test["number"].startswith("AT-")
    assert [o["outcome"] for o in test["blue"]["frozen_observations"]] == ["alerted"]
    assert "attribute" in test["allowed_actions"]
    assert "edit_blue" not in test["allowed_actions"]
    assert (await cast.call("viewer", "GET", f"/tests/{test['id']}"))["name"] == PLAN["name"]
    refused = await cast.act("blue_tech", test, "submit-blue", expect=422)
    assert [e["field"] for e in refused["errors"]] == ["blue.miss_cause"]
    known = test["blue"]["frozen_observations"][0]["observed_at"]
    for more in ({"outcome": "blocked", "observed_at": known}, {"outcome": "alerted", "observed_at": ago(59)}):
        body = {"version": test["blue"]["version"], "observations": [more]}
        refused = await cast.call("blue_tech", "PATCH", f"/tests/{test['id']}/blue", body, expect=409)
        assert refused["code"] == "frozen"
    test = await cast.blue(test, observations=[{"outcome": "logged", "observed_at": known}])
    test = await cast.blue(test, observations=[{"outcome": "none"}], miss_cause="no_rule")
    assert [o["outcome"] for o in test["blue"]["frozen_observations"]] == ["alerted"]
    test = await cast.act("blue_tech", test, "submit-blue")
    assert (test["state"], test["detection"]) == ("in_review", "not_detected")
    events = (await cast.call("viewer", "GET", f"/tests/{test['id']}/timeline"))["items"]
    assert [e["event"] for e in events][-5:] == ["blue_edited", "revealed", *["attributed"] * 2, "blue_submitted"]
    told = (await cast.call("red_tech", "GET", "/notifications"))["items"]
    assert "test_revealed" in [n["kind"] for n in told]


async def test_a_sealed_test_is_in_no_figure(cast: Cast, session_factory: SessionFactory) -> None:
    await handed_over(cast)
    async with session_factory() as session:
        stats = list(await session.scalars(select(TechniqueStats)))
        assert [(s.tests, s.blue_evaluating) for s in stats if s.tests] == []
        assert list(await session.scalars(select(CurrentResult))) == []
    summary = await cast.call("admin", "GET", "/metrics/summary")
    assert CANARY not in str(summary)
    cells = (await cast.call("blue_lead", "GET", "/heatmap"))["cells"]
    assert {c["open_tests"] for c in cells} == {0}
    assert {c["status"] for c in cells} == {"not_evaluated"}


async def test_numbers_have_no_gap_where_a_blind_test_hides(cast: Cast) -> None:
    first = await cast.draft()
    await sealed_draft(cast)
    second = await cast.draft()
    assert int(second["number"][3:]) == int(first["number"][3:]) + 1


UNTOLD = re.compile(r'"(request_id|last_seen_at)":"[^"]*"|"trail":\{[^}]*\}')
"""How long the trail is, everybody may know: it grows with every log-in."""
LISTS = (
    "/tests?sort=-updated_at",
    "/tests?sort=name&limit=1",
    "/tests?waiting_for=me",
    "/tests?state=draft&state=red_executing&state=blue_evaluating",
    "/tests?format=csv",
    "/tests?archived=true",
    "/techniques?sort=-updated_at",
    "/techniques/T1105",
    "/techniques?status=in_progress",
    "/heatmap?layer=tests",
    "/heatmap?layer=freshness",
    "/heatmap/export?format=csv&layer=tests",
    "/metrics/summary",
    "/metrics/by-tactic",
    "/metrics/pipeline",
    "/metrics/team-activity",
    "/metrics/operational",
    "/scores/techniques/T1105",
    "/scores/tactics",
    "/snapshots/compare?base=now&head=now",
    "/test-templates?tested=true",
    "/reports/coverage-summary",
    "/users/directory?sort=x",
)


async def told(cast: Cast, who: str) -> dict[str, str]:
    """Everything that this person can read."""
    nothing = {"id": "01890000-0000-7000-8000-000000000000"}
    answers = {}
    for path in [*readable_paths(nothing), *LISTS]:
        if path == "/events":
            continue
        answer = await cast.raw(who, "GET", path)
        marks = [answer.headers.get(name) for name in ("etag", "content-disposition")]
        answers[path] = f"{answer.status_code} {marks} {UNTOLD.sub('', answer.text)}"
    return answers


def compared(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Where answers differ, with what stands around it."""
    found = []
    for path, one in before.items():
        other = after[path]
        if one != other:
            pairs = enumerate(zip(one, other, strict=False))
            at = next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
            found.append(f"{path}: …{one[max(0, at - 60) : at + 40]}… or …{other[max(0, at - 60) : at + 40]}…")
    return found


async def test_no_answer_differs_by_a_byte_while_a_blind_test_is_secret(cast: Cast) -> None:
    await cast.validated()
    moment = clock.now()
    with frozen_at(moment):
        before = {who: await told(cast, who) for who in ("blue_lead", "viewer")}
    await sealed_draft(cast)
    await sealed_running(cast)
    with frozen_at(moment):
        differences = compared(before["blue_lead"], await told(cast, "blue_lead"))
    await handed_over(cast)
    with frozen_at(moment):
        differences += compared(before["viewer"], await told(cast, "viewer"))
    assert differences == [], "\n".join(differences)
