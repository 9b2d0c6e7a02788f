"""What the two records may hold, and when they may be handed over."""

from typing import Any

import pytest

from tests.builders.cast import ALERTED, Cast, ago

BLOCKED = {"outcome": "blocked", "tool": "EDR"}


def fields(problem: dict[str, Any]) -> list[str]:
    return [error["field"] for error in problem["errors"]]


async def test_an_empty_red_record_is_not_handed_over(cast: Cast) -> None:
    test = await cast.act("red_tech", await cast.draft(), "start")
    refused = await cast.act("red_tech", test, "submit-red", expect=422)
    assert refused["code"] == "incomplete"
    assert fields(refused) == ["red.summary", "red.executed_at", "red.execution"]


async def test_patch_merges_null_clears(cast: Cast) -> None:
    test = await cast.executing()
    assert (test["red"]["host"], test["red"]["summary"]) == ("WS-1", "Ran it.")
    test = await cast.red(test, host=None, tool="cmd.exe")
    assert (test["red"]["host"], test["red"]["tool"], test["red"]["summary"]) == (None, "cmd.exe", "Ran it.")


async def test_a_time_in_the_future_or_without_zone_is_refused(cast: Cast) -> None:
    test = await cast.executing()
    path = f"/tests/{test['id']}/red"
    body: dict[str, Any] = {"version": test["red"]["version"], "executed_at": ago(-30)}
    refused = await cast.call("red_tech", "PATCH", path, body, expect=422)
    assert (refused["code"], fields(refused)) == ("invalid_times", ["executed_at"])
    body["executed_at"] = "2026-01-01T10:00:00"
    refused = await cast.call("red_tech", "PATCH", path, body, expect=422)
    assert fields(refused) == ["executed_at"]


async def test_an_execution_long_before_the_start_is_marked_as_entered_later(cast: Cast) -> None:
    test = await cast.executing()
    assert test["red"]["entered_later"] is False
    test = await cast.red(test, executed_at=ago(60 * 30))
    assert test["red"]["entered_later"] is True


async def test_a_sighting_up_to_five_minutes_early_is_clock_skew(cast: Cast) -> None:
    test = await cast.in_review([ALERTED | {"observed_at": ago(63)}])
    assert test["blue"]["clock_skew"] is True


async def test_a_sighting_earlier_than_that_is_refused(cast: Cast) -> None:
    test = await cast.evaluating()
    body = {"version": 1, "observations": [ALERTED | {"observed_at": ago(70)}]}
    refused = await cast.call("blue_tech", "PATCH", f"/tests/{test['id']}/blue", body, expect=422)
    assert fields(refused) == ["observations.0.observed_at"]
    assert (await cast.call("viewer", "GET", f"/tests/{test['id']}"))["blue"]["observations"] == []


async def test_blue_hands_over_only_what_is_complete(cast: Cast) -> None:
    test = await cast.evaluating()
    refused = await cast.act("blue_tech", test, "submit-blue", expect=422)
    assert fields(refused) == ["blue.observations"]
    test = await cast.blue(test, observations=[ALERTED])
    refused = await cast.act("blue_tech", test, "submit-blue", expect=422)
    assert fields(refused) == ["blue.observations.0.observed_at"]
    test = await cast.blue(test, observations=[{"outcome": "none"}])
    refused = await cast.act("blue_tech", test, "submit-blue", expect=422)
    assert fields(refused) == ["blue.miss_cause"]
    test = await cast.act("blue_tech", await cast.blue(test, miss_cause="no_telemetry"), "submit-blue")
    assert (test["detection"], test["state"]) == ("not_detected", "in_review")


async def test_success_and_block_contradict_until_one_is_explained(cast: Cast) -> None:
    test = await cast.evaluating()
    seen = [BLOCKED | {"observed_at": ago(55)}, ALERTED | {"observed_at": ago(55)}]
    test = await cast.blue(test, observations=seen)
    refused = await cast.act("blue_tech", test, "submit-blue", expect=409)
    assert refused["code"] == "outcome_conflict"
    seen[0]["late"] = True  # type: ignore[assignment]
    test = await cast.act("blue_tech", await cast.blue(test, observations=seen), "submit-blue")
    assert test["detection"] == "detected"


@pytest.mark.parametrize(
    ("execution", "seen", "extra", "detection"),
    [
        ("blocked", [BLOCKED], {}, "prevented"),
        ("blocked", [{"outcome": "logged", "tool": "SIEM"}], {}, "prevented"),
        ("blocked", [{"outcome": "none"}], {"unattributed_reason": "No tool reports it."}, "prevented"),
        ("succeeded", [ALERTED], {}, "detected"),
        ("succeeded", [{"outcome": "logged"}], {"miss_cause": "no_rule"}, "partially_detected"),
        ("succeeded", [{"outcome": "none"}], {"miss_cause": "no_sensor"}, "not_detected"),
        ("unknown", [BLOCKED], {}, "prevented"),
        ("unknown", [ALERTED], {}, "detected"),
        ("unknown", [{"outcome": "none"}], {}, "inconclusive"),
        ("unknown", [], {}, "inconclusive"),
        ("failed", [], {}, "inconclusive"),
        ("failed", [ALERTED], {}, "inconclusive"),
    ],
)
async def test_the_outcome_table(
    cast: Cast, execution: str, seen: list[dict[str, Any]], extra: dict[str, Any], detection: str
) -> None:
    test = await cast.evaluating(execution=execution)
    observations = [
        item | ({"observed_at": ago(55)} if item["outcome"] in {"blocked", "alerted"} else {}) for item in seen
    ]
    test = await cast.act("blue_tech", await cast.blue(test, observations=observations, **extra), "submit-blue")
    assert test["detection"] == detection


async def test_an_expectation_of_its_own_needs_a_reason_and_decides_what_meets(cast: Cast) -> None:
    body = {"technique": "T1059.001", "name": "x", "expected": "logged"}
    refused = await cast.call("red_tech", "POST", "/tests", body, expect=422)
    assert fields(refused) == ["expected_reason"]
    less = {"expected": "logged", "expected_reason": "Benign tool."}
    refused = await cast.call("red_tech", "POST", "/tests", body | less, expect=403)
    assert refused["code"] == "expectation_lowered"
    draft = await cast.draft(expected="prevented", expected_reason="An alert comes too late.")
    change = {"version": draft["version"]} | less
    assert (await cast.call("red_tech", "PATCH", f"/tests/{draft['id']}", change, expect=403))["code"] == refused[
        "code"
    ]
    test = await cast.in_review([{"outcome": "logged"}], who="red_lead", **less)
    assert (test["detection"], test["meets_expectation"], test["blue"]["miss_cause"]) == (
        "partially_detected",
        True,
        None,
    )


async def test_a_late_acknowledgement_needs_a_cause(cast: Cast) -> None:
    test = await cast.act("red_tech", await cast.draft(), "start")
    test = await cast.red(test, summary="Ran.", executed_at=ago(600), execution="succeeded")
    test = await cast.act("red_tech", test, "submit-red")
    test = await cast.blue(test, observations=[ALERTED | {"observed_at": ago(590)}], triaged_at=ago(10))
    refused = await cast.act("blue_tech", test, "submit-blue", expect=422)
    assert fields(refused) == ["blue.miss_cause"]
    test = await cast.act("blue_tech", await cast.blue(test, miss_cause="not_triaged"), "submit-blue")
    assert (test["detection"], test["state"]) == ("detected", "in_review")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"technique": "T9999", "name": "x"}, "technique"),
        ({"technique": "T1059.001", "name": ""}, "name"),
        ({"technique": "T1059.001", "name": "x" * 201}, "name"),
        ({"technique": "T1059.001", "name": "a\x00b"}, ""),
        ({"technique": "T1059.001", "name": "x", "unknown": 1}, "unknown"),
        ({"technique": "T1059.001", "name": "x", "template_id": "01890000-0000-7000-8000-000000000000"}, "template_id"),
        ({"technique": "'; DROP", "name": "x"}, "technique"),
    ],
)
async def test_bad_plans_are_refused_and_change_nothing(cast: Cast, body: dict[str, Any], field: str) -> None:
    refused = await cast.call("red_tech", "POST", "/tests", body, expect=422)
    assert field in fields(refused)
    assert (await cast.call("viewer", "GET", "/tests"))["total"] == 0


async def test_a_rejection_without_a_reason_is_422(cast: Cast) -> None:
    test = await cast.in_review()
    refused = await cast.vote("red_lead", test, "red", "reject", expect=422)
    assert fields(refused) == ["notes"]
    assert (await cast.call("viewer", "GET", f"/tests/{test['id']}"))["votes"] == []
