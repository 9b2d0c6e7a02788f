"""A finding from the misses that opened it to the retest that proved it closed."""

import csv
import io
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.clock import frozen_at
from app.models.audit import AuditLog
from app.services.findings.risk import watch_acceptances
from tests.api.findings.conftest import Gaps
from tests.builders.cast import Cast, ago

OTHER = {"technique": "T1105", "name": "Fetching a tool"}


async def test_misses_of_one_cause_are_one_finding_that_a_retest_proves_closed(
    cast: Cast, gaps: Gaps, db: AsyncSession
) -> None:
    first, second = await gaps.miss(), await gaps.miss(**OTHER)
    await cast.validated(name="Seen")
    await cast.validated(name="Crashed", execution="failed", observations=[{"outcome": "none"}])
    [listed] = await gaps.all()
    assert (listed["title"], listed["cause"], listed["severity"]) == ("No detection rule", "no_rule", "high")
    assert (listed["owner"], listed["status"], listed["result_count"]) == ("Detection engineering", "open", 2)
    assert listed["techniques"] == ["T1059.001", "T1105"]
    told = await cast.call("blue_lead", "GET", "/notifications", params={"limit": 200})
    assert [n["link"] for n in told["items"] if n["kind"] == "finding_opened"] == [f"/findings/{listed['id']}"]

    step = await gaps.step(listed, assignee_id=str(cast.ids["blue_tech"]), due_on="2030-01-01")
    assert (await gaps.get(listed))["status"] == "in_remediation"
    step = await gaps.set_step(step, "done", who="blue_tech", notes="Deployed.")
    assert (step["status"], step["done_by"]["username"]) == ("done", "blue_tech")
    found = await gaps.get(listed, "red_lead")
    assert found["status"] == "awaiting_retest"
    assert {r["origin_id"] for r in found["retests"]} == {first["id"], second["id"]}
    assert {(r["generation"], r["automatic"], r["state"]) for r in found["retests"]} == {(1, True, "draft")}
    retest = await cast.call("viewer", "GET", f"/tests/{found['retests'][0]['test_id']}")
    origin = next(t for t in (first, second) if t["id"] == found["retests"][0]["origin_id"])
    same = ("procedure_key", "procedure", "platform", "blind", "technique_at_test")
    assert {name: retest[name] for name in same} == {name: origin[name] for name in same}
    assert (retest["retest_of"], retest["description"]) == (origin["id"], "Target as before: WS-1")
    chain = await cast.call("viewer", "GET", f"/tests/{origin['id']}/retests")
    assert [item["id"] for item in chain["items"]] == [retest["id"]]

    # Done twice makes no two; reopened takes back what nobody began.
    step = await gaps.set_step(step, "open")
    assert [(await gaps.get(listed))[name] for name in ("status", "retests", "remediated_at")] == [
        "in_remediation",
        [],
        None,
    ]
    step = await gaps.set_step(step, "done", who="blue_tech")
    await gaps.set_step(step, "done", who="blue_tech")
    found = await gaps.get(listed)
    assert sorted(r["generation"] for r in found["retests"]) == [2, 2]

    by_origin = {r["origin_id"]: r["test_id"] for r in found["retests"]}
    await gaps.run(by_origin[first["id"]], seen=True)
    found = await gaps.get(listed)
    assert found["status"] == "awaiting_retest"
    assert {r["test_id"]: r["proven_at"] is not None for r in found["results"]} == {
        first["id"]: True,
        second["id"]: False,
    }
    last = await gaps.run(by_origin[second["id"]], seen=True)
    found = await gaps.get(listed)
    assert (found["status"], found["proven_at"]) == ("closed_proven", last["executed_at"])
    assert found["allowed_actions"] == []
    assert await gaps.all(open="true") == []
    [of_test] = (await cast.call("viewer", "GET", f"/tests/{last['id']}/remediation"))["items"]
    assert of_test["id"] == listed["id"]

    # An annulled proof reopens it, and what is missing is a retest.
    for who in ("red_lead", "blue_lead"):
        await cast.act(who, last, "annul", {"reason": "Wrong host."})
    found = await gaps.get(listed)
    assert (found["status"], found["proven_at"], len(found["retests"])) == ("awaiting_retest", None, 3)
    for one in (first, second):
        for who in ("red_lead", "blue_lead"):
            await cast.act(who, one, "annul", {"reason": "Nothing was tested."})
    found = await gaps.get(listed)
    assert (found["status"], found["results"]) == ("closed_unproven", [])
    history = await cast.call("viewer", "GET", f"/findings/{listed['id']}/timeline", params={"limit": 200})
    moves = [(e["event"], e["to_status"]) for e in history["items"] if e["from_status"] != e["to_status"]]
    assert moves == [
        ("opened", "open"),
        ("in_remediation", "in_remediation"),
        ("awaiting_retest", "awaiting_retest"),
        ("in_remediation", "in_remediation"),
        ("awaiting_retest", "awaiting_retest"),
        ("closed_proven", "closed_proven"),
        ("reopened", "awaiting_retest"),
        ("closed_unproven", "closed_unproven"),
    ]
    audited = await db.scalar(
        select(func.count()).where(AuditLog.subject_id == listed["id"], AuditLog.action.like("finding.%"))
    )
    assert audited == history["total"]


async def test_a_gap_that_fails_again_and_again_is_chronic_until_a_manual_retest_proves_it(
    cast: Cast, gaps: Gaps
) -> None:
    origin = await gaps.miss()
    [finding] = await gaps.all()
    for generation in (1, 2, 3):
        step = await gaps.step(finding, who="red_lead")
        await gaps.set_step(step, "done", who="red_lead")
        found = await gaps.get(finding)
        waiting = [r for r in found["retests"] if r["state"] == "draft"]
        assert [(r["generation"], r["automatic"]) for r in waiting] == [(generation, True)]
        await gaps.run(waiting[0]["test_id"], seen=False)
        found = await gaps.get(finding)
        assert found["status"] == ("chronic" if generation == 3 else "in_remediation")
        assert found["result_count"] == generation + 1
    assert {r["retests_used"] for r in found["results"]} == {3}
    told = await cast.call("red_lead", "GET", "/notifications", params={"limit": 200})
    assert any("fails again and again" in n["title"] for n in told["items"])

    await gaps.set_step(await gaps.step(finding, who="red_lead"), "done", who="red_lead")
    found = await gaps.get(finding)
    assert (found["status"], len(found["retests"])) == ("chronic", 3)
    manual = await cast.act("red_tech", origin, "retests", {}, expect=201)
    assert (await gaps.get(finding))["retests"][-1]["automatic"] is False
    await gaps.run(manual["id"], seen=True)
    assert (await gaps.get(finding))["status"] == "closed_proven"
    assert len(await gaps.all()) == 1


async def test_only_the_same_platform_and_environment_prove_and_who_mended_does_not_judge(
    cast: Cast, gaps: Gaps
) -> None:
    await gaps.miss(blind=False)
    [finding] = await gaps.all()
    step = await gaps.step(finding, who="blue_lead", assignee_id=str(cast.ids["other_blue"]))
    for who, expect in (("viewer", 403), ("blue_tech", 403), ("red_tech", 403)):
        await gaps.set_step(step, "done", who=who, expect=expect)
    await gaps.set_step(step, "done", who="other_blue", title="Something else", expect=403)
    await gaps.set_step(step | {"version": 9}, "done", who="other_blue", expect=409)
    await gaps.set_step(step, "done", who="other_blue")
    await cast.validated(platform="Linux")
    await cast.validated()
    found = await gaps.get(finding)
    assert found["status"] == "awaiting_retest"
    [waiting] = found["retests"]
    test = await cast.act("red_tech", await cast.call("red_tech", "GET", f"/tests/{waiting['test_id']}"), "start")
    test = await cast.red(test, summary="Again.", executed_at=ago(0), execution="succeeded")
    test = await cast.act("red_tech", test, "submit-red")
    test = await cast.blue(test, observations=[{"outcome": "alerted", "observed_at": ago(0)}])
    test = await cast.act("blue_tech", test, "submit-blue")
    own = await cast.call("blue_lead", "GET", f"/tests/{test['id']}")
    assert "vote_blue" not in own["allowed_actions"]
    refused = await cast.raw("blue_lead", "POST", f"/tests/{test['id']}/votes", {"side": "blue", "decision": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (403, "own_work")
    await cast.vote("red_lead", test, "red")
    await cast.vote("admin", test, "blue")
    assert (await gaps.get(finding))["status"] == "closed_proven"


async def test_a_blind_retest_is_told_to_nobody_but_red(cast: Cast, gaps: Gaps) -> None:
    test = await cast.evaluating(blind=True)
    test = await cast.call("blue_tech", "GET", f"/tests/{test['id']}")
    test = await cast.blue(test, observations=[{"outcome": "none"}])
    test = await cast.act("blue_tech", test, "submit-blue")
    test = await cast.call(
        "blue_tech", "PATCH", f"/tests/{test['id']}/blue", {"version": test["blue"]["version"], "miss_cause": "no_rule"}
    )
    test = await cast.act("blue_tech", test, "submit-blue")
    await cast.vote("red_lead", test, "red")
    await cast.vote("blue_lead", test, "blue")
    [finding] = await gaps.all()
    await gaps.set_step(await gaps.step(finding), "done")
    assert (await gaps.get(finding, "red_tech"))["retests"][0]["number"].startswith("BLIND-")
    for who in ("blue_tech", "blue_lead", "viewer"):
        assert (await gaps.get(finding, who))["retests"] == []
        told = await cast.call(who, "GET", "/notifications", params={"limit": 200})
        assert not any(n["kind"] == "retest_drafted" for n in told["items"])
        [item] = (await cast.call(who, "GET", f"/tests/{test['id']}/remediation"))["items"]
        assert item["retests"] == []
    retest_id = (await gaps.get(finding, "red_tech"))["retests"][0]["test_id"]
    retest = await cast.act("red_tech", {"id": retest_id}, "start")
    retest = await cast.red(retest, summary="Again.", executed_at=ago(0), execution="succeeded")
    await cast.act("red_tech", retest, "submit-red")
    assert len(await gaps.all("red_lead", test=retest_id)) == 1
    assert await gaps.all("blue_tech", test=retest_id) == []
    assert (await cast.call("blue_tech", "GET", f"/tests/{retest_id}/remediation"))["items"] == []


async def test_a_risk_is_accepted_by_two_and_ends_by_itself(cast: Cast, gaps: Gaps, db: AsyncSession) -> None:
    await gaps.miss()
    [finding] = await gaps.all()
    moment = clock.now()
    until = (moment + timedelta(days=200)).isoformat()
    asked = {"reason": "Replaced in spring.", "until": until}
    await gaps.post("viewer", finding, "accept-risk", asked, expect=403)
    late = asked | {"until": (moment + timedelta(days=366)).isoformat()}
    assert (await gaps.post("red_lead", finding, "accept-risk", late, expect=422))["errors"][0]["field"] == "until"
    await gaps.post("red_lead", finding, "accept-risk", {}, expect=422)
    found = await gaps.post("red_lead", finding, "accept-risk", asked)
    assert (found["status"], found["acceptance_request"]["requested_by"]["username"]) == ("open", "red_lead")
    for who, number in (("red_lead", 0), ("blue_lead", 1), ("admin", 1), ("blue_tech", 0)):
        assert len(await gaps.all(who, waiting_for="me")) == number
    again = await gaps.post("red_lead", finding, "accept-risk", asked, expect=409)
    assert again["code"] == "second_person_needed"
    other = {"until": (moment + timedelta(days=300)).isoformat()}
    assert (await gaps.post("blue_lead", finding, "accept-risk", other, expect=409))["code"] == "other_terms"
    refused = await gaps.post("blue_lead", finding, "accept-risk", {"decision": "refuse", "reason": "No."})
    assert refused["acceptance_request"] is None
    await gaps.post("red_lead", finding, "accept-risk", asked)
    found = await gaps.post("blue_lead", finding, "accept-risk", {})
    assert (found["status"], len(found["acceptances"]), found["results"][0]["accepted"]) == ("risk_accepted", 1, True)

    async def check(days: float) -> dict[str, int]:
        with frozen_at(moment + timedelta(days=days)):
            return await watch_acceptances(db, 3)

    assert await check(169) == {"acceptances_expired": 0, "acceptances_ending": 0}
    for day in (171, 172):
        assert await check(day) == {"acceptances_expired": 0, "acceptances_ending": 1}
    assert await check(201) == {"acceptances_expired": 1, "acceptances_ending": 0}
    found = await gaps.get(finding)
    assert (found["status"], found["acceptances"][0]["end_reason"]) == ("open", "expired")
    told = await cast.call("blue_lead", "GET", "/notifications", params={"limit": 200})
    titles = [n["title"] for n in told["items"]]
    assert sum("the accepted risk ends on" in title for title in titles) == 1
    assert sum(title.endswith("is open again") for title in titles) == 1


async def test_leads_split_merge_close_and_reopen(cast: Cast, gaps: Gaps) -> None:
    first, second = await gaps.miss(), await gaps.miss(**OTHER)
    [finding] = await gaps.all()
    body: dict[str, Any] = {"title": "Tool transfer", "test_ids": [second["id"]], "severity": "low"}
    await cast.call("blue_tech", "POST", "/findings", body, expect=403)
    fine = await cast.validated(name="Seen")
    for wrong in (fine["id"], str(cast.ids["viewer"])):
        refused = await cast.call("red_lead", "POST", "/findings", body | {"test_ids": [wrong]}, expect=422)
        assert refused["errors"][0]["field"] == "test_ids.0"
    once = {"headers": {"Idempotency-Key": "split-1"}}
    split = await cast.call("red_lead", "POST", "/findings", body, expect=201, **once)
    assert (await cast.call("red_lead", "POST", "/findings", body, expect=201, **once))["id"] == split["id"]
    assert (split["title"], split["cause"], split["severity"]) == ("Tool transfer", "no_rule", "low")
    assert split["opened_at"] == finding["opened_at"]
    assert [r["test_id"] for r in (await gaps.get(finding))["results"]] == [first["id"]]
    step = await gaps.step(split)
    merged = await gaps.post("blue_lead", finding, "merge", {"finding_id": split["id"]})
    assert (merged["status"], [s["id"] for s in merged["steps"]]) == ("in_remediation", [step["id"]])
    assert {r["test_id"] for r in merged["results"]} == {first["id"], second["id"]}
    gone = await gaps.get(split)
    assert (gone["status"], gone["merged_into"]["id"]) == ("closed_unproven", finding["id"])
    await gaps.post("blue_lead", split, "reopen", {"reason": "No."}, expect=409)

    path = f"/findings/{finding['id']}"
    change = {"version": merged["version"], "cause": "not_forwarded"}
    assert (await cast.call("blue_lead", "PATCH", path, change, expect=422))["code"] == "reason_required"
    edited = await cast.call("blue_lead", "PATCH", path, change | {"reason": "The logs never came."})
    assert (edited["owner"], edited["version"]) == ("Log platform", merged["version"] + 1)
    stale = await cast.call("blue_lead", "PATCH", path, change, expect=409)
    assert (stale["code"], stale["current_version"]) == ("stale_version", edited["version"])
    await cast.call("blue_lead", "POST", f"{path}/close", {}, expect=422)
    closed = await gaps.post("blue_lead", finding, "close", {"reason": "System switched off."})
    assert (closed["status"], closed["close_reason"], closed["allowed_actions"]) == (
        "closed_unproven",
        "System switched off.",
        ["reopen"],
    )
    await gaps.set_step(step | {"finding_id": finding["id"]}, "done", expect=409)
    opened = await gaps.post("red_lead", finding, "reopen", {"reason": "It is back."})
    assert (opened["status"], opened["closed_at"]) == ("in_remediation", None)
    table = await cast.raw("viewer", "GET", "/findings", params={"format": "csv", "status": "in_remediation"})
    [row] = csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff")))
    told = ("number", "title", "status", "cause", "owner", "result_count", "steps", "techniques")
    assert [row[name] for name in told] == [
        finding["number"],
        "No detection rule",
        "in_remediation",
        "not_forwarded",
        "Log platform",
        "2",
        "1",
        "T1059.001, T1105",
    ]
    owners = await cast.call(
        "blue_lead", "PUT", "/findings/owners", {"owners": {"no_rule": "Threat hunters"}, "reason": "New team."}
    )
    assert owners == await cast.call("viewer", "GET", "/findings/owners")
    await gaps.miss(name="One more", technique="T1059")
    assert (await gaps.all(status="open"))[0]["owner"] == "Threat hunters"


async def test_lists_narrow_and_need_no_query_a_row(cast: Cast, gaps: Gaps, statements: list[str]) -> None:
    for cause in ("no_rule", "no_sensor"):
        await cast.validated(observations=[{"outcome": "none"}], miss_cause=cause)
    [rule, sensor] = await gaps.all()
    await gaps.step(sensor, assignee_id=str(cast.ids["blue_tech"]))
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"cause": "no_sensor"}, [sensor["id"]]),
        ({"assignee": str(cast.ids["blue_tech"])}, [sensor["id"]]),
        ({"severity": "low"}, []),
        ({"technique": "t1059.001", "platform": "Windows"}, [rule["id"], sensor["id"]]),
        ({"platform": "Linux"}, []),
        ({"q": rule["number"]}, [rule["id"]]),
        ({"q": "sensor"}, [sensor["id"]]),
        ({"overdue": "true"}, []),
        ({"sort": "-number", "open": "true"}, [sensor["id"], rule["id"]]),
    ]
    for filters, expected in cases:
        assert [f["id"] for f in await gaps.all(**filters)] == expected, filters
    assert [f["id"] for f in await gaps.all("blue_tech", mine="true")] == [sensor["id"]]
    statements.clear()
    await gaps.all(cause="no_rule")
    one = len(statements)
    statements.clear()
    await gaps.all()
    assert len(statements) == one
