"""Every step of the workflow x every role x every state: the exact status code.

The table below is written by hand from the product's rules, not from the code that it checks.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from app.domain.states import State
from tests.api.test_access import api_routes
from tests.builders.cast import Cast, ago

EVERYBODY = ("red_tech", "other_red", "blue_tech", "other_blue", "red_lead", "blue_lead", "admin", "viewer")
RED = {"red_tech", "other_red", "admin"}
BLUE = {"blue_tech", "other_blue", "admin"}
LEADS = {"red_lead", "blue_lead", "admin"}
PLANNERS = {"red_tech", "other_red", "red_lead", "admin"}
ASSIGNERS = RED | BLUE | LEADS


@dataclass(frozen=True)
class Step:
    """One request; who may send it at all, who may for this row, and in which states."""

    method: str
    path: str
    body: dict[str, Any] | None
    roles: set[str]
    people: set[str]
    states: set[State]

    def expected(self, who: str, state: State) -> int | None:
        """The refusal's status, or None where the step is allowed."""
        if who not in self.roles or who not in self.people:
            return 403
        return None if state in self.states else 409


D, R, B, I, V, X = State  # noqa: E741  the six states in their order
# The cast's rule: red_tech created and started every test, blue_tech recorded blue's side.
STEPS = {
    "edit": Step("PATCH", "", {"version": 1, "name": "New"}, PLANNERS, PLANNERS - {"other_red"}, {D}),
    "delete": Step("DELETE", "", None, PLANNERS, PLANNERS - {"other_red"}, {D}),
    "start": Step("POST", "/start", None, RED, RED, {D}),
    "edit_red": Step("PATCH", "/red", {"version": 1, "summary": "x"}, RED, RED, {R}),
    "executions": Step("PUT", "/executions", {"version": 1, "executions": [{}]}, RED, RED, {R}),
    "submit_red": Step("POST", "/submit-red", None, RED, RED, {R}),
    "return": Step("POST", "/return", {"question": "?"}, BLUE, BLUE, {B}),
    "edit_blue": Step("PATCH", "/blue", {"version": 1, "summary": "x"}, BLUE, BLUE, {B}),
    "submit_blue": Step("POST", "/submit-blue", None, BLUE, BLUE, {B}),
    "vote_red": Step("POST", "/votes", {"side": "red", "decision": "approve"}, LEADS, {"red_lead", "admin"}, {I}),
    "vote_blue": Step("POST", "/votes", {"side": "blue", "decision": "approve"}, LEADS, {"blue_lead", "admin"}, {I}),
    "reopen": Step("POST", "/reopen", {"reason": "r"}, LEADS, LEADS, {X}),
    "archive": Step("POST", "/archive", {"reason": "r"}, LEADS, LEADS, set(State) - {V}),
    "unarchive": Step("POST", "/unarchive", {"reason": "r"}, LEADS, LEADS, set()),
    "annul": Step("POST", "/annul", {"reason": "r"}, LEADS, LEADS, {V}),
    "retest": Step("POST", "/retests", {}, PLANNERS, PLANNERS, {V}),
}
TECHNICIANS_ONLY_AS_ASSIGNEE = {
    # Once red_tech has started, the red steps are his and the admin's; blue likewise once blue_tech has recorded.
    "red": {"start", "edit_red", "executions", "submit_red"},
    "blue": {"return", "edit_blue", "submit_blue"},
}


def expected_status(name: str, who: str, state: State) -> int | None:
    step = STEPS[name]
    refused = step.expected(who, state)
    if who == "other_red" and name in TECHNICIANS_ONLY_AS_ASSIGNEE["red"] and state is not D:
        return 403
    if who == "other_blue" and name in TECHNICIANS_ONLY_AS_ASSIGNEE["blue"] and state in {I, V, X}:
        return 403
    # The red lead's vote made the rejected and the validated tests: the same vote again is no refusal.
    if state in {V, X} and (who, name) == ("red_lead", "vote_red"):
        return 409 if state is X else 200
    if state is V and (who, name) == ("blue_lead", "vote_blue"):
        return 200
    return refused


ELSEWHERE = {
    ("POST", "/assign"),
    ("POST", "/carry"),
    ("POST", "/evidence"),
    ("POST", "/evidence/{evidence_id}/verify"),
    ("POST", "/evidence/{evidence_id}/withdraw"),
    ("PUT", "/detection-rules/{rule_id}"),
}
"""What depends on more than role and state; test_records, test_journey and tests/api/evidence hold their tables."""


def test_every_route_that_changes_a_test_stands_in_a_table() -> None:
    prefix = "/api/v1/tests/{test_id}"
    routes = {
        (method, route.path.removeprefix(prefix))
        for method, route in api_routes()
        if route.path.startswith(prefix) and method not in {"GET", "HEAD"}
    }
    assert routes == {(step.method, step.path) for step in STEPS.values()} | ELSEWHERE


@pytest.mark.parametrize("state", list(State), ids=str)
async def test_every_step_of_every_person_answers_as_the_table_says(cast: Cast, state: State) -> None:
    test = await cast.in_state(state)
    body = {"name": "script", "expires_in_days": 1}
    roles = [who for who in EVERYBODY if not who.startswith("other_")]
    tokens = {who: (await cast.call(who, "POST", "/auth/tokens", body, expect=201))["token"] for who in roles}
    wrong: list[str] = []
    for name, step in STEPS.items():
        for who in EVERYBODY:
            expected = expected_status(name, who, state)
            script = None if who not in tokens else 403 if name.startswith("vote_") else expected
            for status, headers in ((expected, {}), (script, {"Authorization": f"Bearer {tokens.get(who)}"})):
                if status is None:
                    continue
                path = f"/tests/{test['id']}{step.path}"
                answer = await cast.raw(who, step.method, path, step.body, headers=headers)
                if answer.status_code != status:
                    by = f"a token of {who}" if headers else who
                    wrong.append(f"{by} {name} in {state}: {answer.status_code} {answer.json()}, expected {status}")
    assert wrong == []
    after = await cast.call("viewer", "GET", f"/tests/{test['id']}")
    assert after["state"] == test["state"], "a refusal changed something"
    assert after["version"] == test["version"]


@pytest.mark.parametrize("state", list(State), ids=str)
async def test_allowed_actions_are_what_the_table_allows(cast: Cast, state: State) -> None:
    test = await cast.in_state(state)
    for who in EVERYBODY:
        seen = await cast.call(who, "GET", f"/tests/{test['id']}")
        told = {name for name in seen["allowed_actions"] if name in STEPS}
        allowed = {name for name in STEPS if name != "executions" and expected_status(name, who, state) is None}
        assert told == allowed, who


async def test_nobody_without_a_session_gets_anything_but_401(cast: Cast) -> None:
    test = await cast.draft()
    client = cast.clients["viewer"]
    for step in STEPS.values():
        answer = await client.request(
            step.method, f"/api/v1/tests/{test['id']}{step.path}", content=b"{broken", headers={"Authorization": ""}
        )
        assert answer.status_code == 401, step


async def test_an_unknown_test_is_404_after_role_and_body(cast: Cast) -> None:
    unknown = "01890000-0000-7000-8000-000000000000"
    assert (await cast.raw("viewer", "POST", f"/tests/{unknown}/start")).status_code == 403
    assert (await cast.raw("red_tech", "PATCH", f"/tests/{unknown}/red", {"summary": 1})).status_code == 422
    answer = await cast.raw("red_tech", "POST", f"/tests/{unknown}/start")
    assert (answer.status_code, answer.json()["code"]) == (404, "test_not_found")


async def test_a_stale_edit_gets_409_with_the_stored_version(cast: Cast) -> None:
    test = await cast.executing()
    body = {"version": 1, "summary": "Old view."}
    answer = await cast.call("red_tech", "PATCH", f"/tests/{test['id']}/red", body, expect=409)
    assert answer["code"] == "stale_version"
    assert answer["current_version"] == test["red"]["version"] == 2


async def test_an_edit_without_version_is_422(cast: Cast) -> None:
    test = await cast.executing()
    answer = await cast.call("red_tech", "PATCH", f"/tests/{test['id']}/red", {"summary": "x"}, expect=422)
    assert [e["field"] for e in answer["errors"]] == ["version"]


async def test_a_contributor_does_not_judge_the_round(cast: Cast) -> None:
    test = await cast.act("admin", await cast.draft(), "start")
    test = await cast.red(test, "admin", summary="Ran.", executed_at=ago(30), execution="succeeded")
    test = await cast.act("admin", test, "submit-red")
    test = await cast.blue(test, observations=[{"outcome": "alerted", "observed_at": ago(29)}])
    test = await cast.act("blue_tech", test, "submit-blue")
    for side in ("red", "blue"):
        refused = await cast.vote("admin", test, side, expect=403)
        assert refused["code"] == "own_work"
    await cast.vote("other_admin", test, "red")
    second = await cast.vote("other_admin", test, "blue", expect=409)
    assert second["code"] == "already_voted"


async def test_an_archived_test_takes_no_step_until_it_is_taken_back(cast: Cast) -> None:
    test = await cast.act("red_lead", await cast.executing(), "archive", {"reason": "Wrong plan."})
    assert test["archived"] is True
    assert test["waits_for"] is None
    refused = await cast.act("red_tech", test, "submit-red", expect=409)
    assert refused["code"] == "archived"
    assert (await cast.call("viewer", "GET", "/tests"))["total"] == 0
    assert (await cast.call("viewer", "GET", "/tests?archived=true"))["total"] == 1
    test = await cast.act("blue_lead", test, "unarchive", {"reason": "Needed."})
    assert (test["archived"], test["state"]) == (False, "red_executing")


async def test_annulment_takes_both_leads_or_an_admin_and_a_lead(cast: Cast) -> None:
    test = await cast.validated()
    pending = await cast.act("red_lead", test, "annul", {"reason": "Wrong host."})
    assert pending["annulled"] is False
    assert pending["annulment"]["requested_by"]["username"] == "red_lead"
    again = await cast.act("red_lead", test, "annul", {"reason": "Wrong host."}, expect=409)
    assert again["code"] == "second_person_needed"
    done = await cast.act("blue_lead", test, "annul", {"reason": "Agreed."})
    assert (done["annulled"], done["state"], done["annul_reason"]) == (True, "validated", "Wrong host.")
    await cast.act("admin", test, "annul", {"reason": "Again."}, expect=409)
