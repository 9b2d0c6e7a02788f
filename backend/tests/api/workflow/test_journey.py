"""A test's life over HTTP, step by step."""

from tests.builders.cast import ALERTED, Cast, ago


async def test_a_new_draft_is_complete_and_its_creator_may_start_it(cast: Cast) -> None:
    test = await cast.draft(procedure="powershell -enc AAAA", tags=["q1"])
    assert test["number"].startswith("AT-")
    assert test["state"] == "draft"
    assert test["round"] == 1
    assert test["version"] == 1
    assert test["technique"]["attack_id"] == "T1059.001"
    assert test["technique_at_test"] == "T1059.001"
    assert test["attack_version"] == "18.1"
    assert test["procedure_key"].startswith("custom:")
    assert test["detection"] is None
    assert test["expected"] == "detected"
    assert test["votes"] == []
    assert test["waits_for"] == "red"
    assert test["allowed_actions"] == ["edit", "delete", "start", "assign"]


async def test_creating_answers_with_the_location(cast: Cast) -> None:
    response = await cast.raw("red_tech", "POST", "/tests", {"technique": "t1059.001", "name": "Lower case id"})
    assert response.status_code == 201
    assert response.headers["location"] == f"/api/v1/tests/{response.json()['id']}"


async def test_starting_makes_the_red_assignee(cast: Cast) -> None:
    test = await cast.act("other_red", await cast.draft(), "start")
    assert test["state"] == "red_executing"
    assert test["red_assignee"]["username"] == "other_red"
    assert test["started_at"] is not None


async def test_both_approvals_validate_and_seal(cast: Cast) -> None:
    test = await cast.in_review()
    assert test["detection"] == "detected"
    assert test["waits_for"] == "leads"
    first = await cast.vote("red_lead", test, "red")
    assert first["state"] == "in_review"
    assert first["waits_for"] == "blue_lead"
    second = await cast.vote("blue_lead", test, "blue")
    assert second["state"] == "validated"
    assert second["verdict"] == "validated"
    assert second["meets_expectation"] is True
    assert len(second["seal"]) == 64
    assert [v["decision"] for v in second["votes"]] == ["approve", "approve"]


async def test_one_rejection_rejects_at_once(cast: Cast) -> None:
    test = await cast.rejected()
    assert test["state"] == "rejected"
    assert test["verdict"] == "rejected"
    assert test["waits_for"] == "leads"


async def test_a_test_returned_with_a_question_stays_in_its_round(cast: Cast) -> None:
    test = await cast.evaluating()
    test = await cast.act("blue_tech", test, "return", {"question": "Which host?"})
    assert (test["state"], test["round"], test["returned_count"]) == ("red_executing", 1, 1)
    assert test["open_question"] == "Which host?"
    test = await cast.act("red_tech", await cast.red(test, host="WS-2"), "submit-red")
    assert test["state"] == "blue_evaluating"
    assert test["open_question"] is None


async def test_a_reopened_test_begins_the_next_round_empty(cast: Cast) -> None:
    test = await cast.act("blue_lead", await cast.rejected(), "reopen", {"reason": "Again."})
    assert (test["state"], test["round"], test["verdict"]) == ("draft", 2, None)
    assert test["red"]["summary"] is None
    assert test["blue"]["observations"] == []
    rounds = await cast.call("viewer", "GET", f"/tests/{test['id']}/rounds")
    assert [r["verdict"] for r in rounds["items"]] == ["rejected", None]
    assert rounds["items"][0]["red"]["summary"] == "Ran it."
    assert rounds["items"][0]["votes"][0]["notes"] == "Show more."


async def test_redoing_blue_alone_carries_red_over_for_confirmation(cast: Cast) -> None:
    test = await cast.act("red_lead", await cast.rejected(), "reopen", {"reason": "Look again.", "redo": "blue"})
    assert test["red"]["carried_from_round"] == 1
    assert test["red"]["summary"] == "Ran it."
    test = await cast.act("red_tech", test, "start")
    refused = await cast.act("red_tech", test, "submit-red", expect=422)
    assert refused["code"] == "incomplete"
    assert [e["field"] for e in refused["errors"]] == ["red"]
    await cast.act("red_tech", test, "carry", {"side": "red"})
    test = await cast.act("red_tech", test, "submit-red")
    assert test["state"] == "blue_evaluating"
    await cast.act("blue_tech", test, "carry", {"side": "blue"}, expect=409)


async def test_redoing_red_alone_carries_blue_over(cast: Cast) -> None:
    test = await cast.act("red_lead", await cast.rejected(), "reopen", {"reason": "Run it again.", "redo": "red"})
    assert test["blue"]["carried_from_round"] == 1
    assert [o["outcome"] for o in test["blue"]["observations"]] == ["alerted"]
    test = await cast.act("red_tech", test, "start")
    test = await cast.red(test, summary="Once more.", executed_at=ago(60), execution="succeeded")
    test = await cast.act("red_tech", test, "submit-red")
    await cast.act("blue_tech", test, "submit-blue", expect=422)
    await cast.act("blue_tech", test, "carry", {"side": "blue"})
    test = await cast.act("blue_tech", test, "submit-blue")
    assert test["state"] == "in_review"


async def test_a_retest_keeps_procedure_platform_and_environment(cast: Cast) -> None:
    origin = await cast.validated(procedure="whoami /all")
    retest = await cast.call("red_tech", "POST", f"/tests/{origin['id']}/retests", {}, expect=201)
    assert retest["retest_of"] == origin["id"]
    assert retest["procedure"] == origin["procedure"]
    assert retest["procedure_key"] == origin["procedure_key"]
    assert retest["platform"] == origin["platform"]
    chain = await cast.call("viewer", "GET", f"/tests/{retest['id']}/retests")
    assert [item["id"] for item in chain["items"]] == [retest["id"]]


async def test_the_timeline_tells_every_step_in_order(cast: Cast) -> None:
    test = await cast.validated()
    timeline = await cast.call("viewer", "GET", f"/tests/{test['id']}/timeline")
    assert [entry["event"] for entry in timeline["items"]] == [
        "created",
        "started",
        "red_edited",
        "red_submitted",
        "blue_edited",
        "blue_submitted",
        "vote_cast",
        "vote_cast",
        "validated",
    ]


async def test_several_executions_give_the_weakest_result(cast: Cast) -> None:
    test = await cast.executing()
    runs = [
        {"executed_at": ago(50), "execution": "succeeded", "host": "WS-1", "command": "a"},
        {"executed_at": ago(40), "execution": "succeeded", "host": "WS-2", "command": "a"},
    ]
    path = f"/tests/{test['id']}/executions"
    test = await cast.call("red_tech", "PUT", path, {"version": test["red"]["version"], "executions": runs})
    test = await cast.act("red_tech", test, "submit-red")
    unnamed = await cast.blue(test, observations=[ALERTED | {"observed_at": ago(39)}], miss_cause="no_sensor")
    refused = await cast.act("blue_tech", unnamed, "submit-blue", expect=422)
    assert "blue.observations.0.execution" in [e["field"] for e in refused["errors"]]
    seen = [ALERTED | {"observed_at": ago(49), "execution": 1}, {"outcome": "none", "execution": 2}]
    test = await cast.act("blue_tech", await cast.blue(unnamed, observations=seen), "submit-blue")
    assert test["detection"] == "not_detected"
    assert [run["detection"] for run in test["red"]["executions"]] == ["detected", "not_detected"]
