"""Finding tests, and being told of them."""

import pytest

from app.domain.states import State
from app.schemas.security_test_views import SecurityTestSummary
from tests.builders.cast import Cast


async def test_filters_narrow_and_add_up(cast: Cast) -> None:
    draft = await cast.draft(tags=["quarterly"])
    # As another catalogue writes it: results under two names for one platform would never meet.
    other = await cast.draft("other_red", technique="T1105", name="Fetch a tool", platform="linux")
    running = await cast.executing(name="Running one")
    everything = {draft["id"], other["id"], running["id"]}

    async def found(query: str, who: str = "viewer") -> set[str]:
        page = await cast.call(who, "GET", f"/tests{query}")
        assert page["total"] == len(page["items"])
        return {item["id"] for item in page["items"]}

    assert await found("") == everything
    assert await found("?state=draft") == {draft["id"], other["id"]}
    assert await found("?state=draft&state=red_executing") == everything
    assert await found("?technique=T1105") == {other["id"]}
    assert await found("?technique=T1059") == set()
    assert await found("?technique=T1059&include_subtechniques=true") == {draft["id"], running["id"]}
    assert other["platform"] == "Linux"
    assert await found("?platform=Linux") == await found("?platform=linux") == {other["id"]}
    assert await found("?tag=quarterly") == {draft["id"]}
    assert await found(f"?assignee={cast.ids['red_tech']}") == {running["id"]}
    assert await found("?q=fetch") == {other["id"]}
    assert await found(f"?q={draft['number']}") == {draft["id"]}
    for beginning in (draft["number"][:-1], draft["number"][:-1].removeprefix("AT-")):
        assert draft["id"] in await found(f"?q={beginning}")
    assert await found("?q=AT-0") == await found("?q=%25") == set()
    # A digit that is no number.
    assert await found("?q=%C2%B2") == set()
    assert await found("?mine=true", "other_red") == {other["id"]}
    assert await found("?waiting_for=me", "red_tech") == everything
    assert await found("?waiting_for=me", "other_red") == {draft["id"], other["id"]}
    assert await found("?waiting_for=me", "blue_tech") == set()
    assert await found("?waiting_for=me", "viewer") == set()


async def test_waiting_for_a_lead_ends_with_his_vote(cast: Cast) -> None:
    test = await cast.in_review()
    for who in ("red_lead", "blue_lead"):
        page = await cast.call(who, "GET", "/tests?waiting_for=me")
        assert [item["id"] for item in page["items"]] == [test["id"]]
    await cast.vote("red_lead", test, "red")
    assert (await cast.call("red_lead", "GET", "/tests?waiting_for=me"))["total"] == 0
    assert (await cast.call("blue_lead", "GET", "/tests?waiting_for=me"))["total"] == 1


async def test_pages_and_order(cast: Cast) -> None:
    numbers = [(await cast.draft())["number"] for _ in range(3)]
    page = await cast.call("viewer", "GET", "/tests?sort=number&limit=2")
    assert ([item["number"] for item in page["items"]], page["total"], page["limit"]) == (numbers[:2], 3, 2)
    page = await cast.call("viewer", "GET", "/tests?sort=-number&limit=2&offset=2")
    assert [item["number"] for item in page["items"]] == numbers[:1]


@pytest.mark.parametrize("query", ["limit=201", "limit=0", "offset=-1", "sort=password", "state=lost", "assignee=me"])
async def test_bad_queries_are_422(cast: Cast, query: str) -> None:
    await cast.call("viewer", "GET", f"/tests?{query}", expect=422)


async def test_a_list_costs_the_same_number_of_queries_whatever_its_length(cast: Cast, statements: list[str]) -> None:
    await cast.draft()
    statements.clear()
    await cast.call("viewer", "GET", "/tests")
    one = len(statements)
    for _ in range(4):
        await cast.draft()
    statements.clear()
    await cast.call("viewer", "GET", "/tests")
    assert len(statements) == one


async def test_the_bell_tells_each_the_next_step(cast: Cast) -> None:
    test = await cast.in_review()
    await cast.vote("red_lead", test, "red")
    await cast.vote("blue_lead", test, "blue", "reject", notes="Which alert?")

    async def kinds(who: str) -> list[str]:
        return [item["kind"] for item in (await cast.call(who, "GET", "/notifications"))["items"]]

    assert await kinds("blue_tech") == ["test_rejected", "test_for_blue"]
    assert await kinds("red_tech") == ["test_rejected"]
    assert await kinds("red_lead") == ["test_rejected", "test_for_review"]
    assert await kinds("blue_lead") == ["test_for_review", "test_for_review"]
    assert await kinds("viewer") == []
    page = await cast.call("blue_tech", "GET", "/notifications?unread=true&limit=1")
    assert (page["total"], page["unread"], len(page["items"])) == (2, 2, 1)
    first = page["items"][0]
    assert first["link"] == f"/tests/{test['id']}"
    await cast.call("red_tech", "POST", f"/notifications/{first['id']}/read", expect=404)
    assert (await cast.call("blue_tech", "POST", f"/notifications/{first['id']}/read"))["read_at"] is not None
    assert await cast.call("blue_tech", "POST", "/notifications/read-all") == {"marked": 1}
    assert (await cast.call("blue_tech", "GET", "/notifications?unread=true"))["total"] == 0


async def test_assigning_and_claiming(cast: Cast) -> None:
    test = await cast.draft()
    mine = str(cast.ids["other_red"])
    claimed = await cast.act("other_red", test, "assign", {"side": "red", "user_id": mine})
    assert claimed["red_assignee"]["username"] == "other_red"
    await cast.act("red_tech", test, "assign", {"side": "red", "user_id": str(cast.ids["red_tech"])}, expect=403)
    await cast.act("red_tech", test, "start", expect=403)
    wrong = {"side": "red", "user_id": str(cast.ids["blue_tech"])}
    await cast.act("red_lead", test, "assign", wrong, expect=422)
    await cast.act("blue_lead", test, "assign", {"side": "red", "user_id": mine}, expect=403)
    moved = await cast.act("red_lead", test, "assign", {"side": "red", "user_id": str(cast.ids["red_tech"])})
    assert moved["red_assignee"]["username"] == "red_tech"
    assert [n["kind"] for n in (await cast.call("red_tech", "GET", "/notifications"))["items"]] == ["test_assigned"]
    await cast.act("red_tech", test, "start")


async def test_a_deleted_draft_is_gone_and_its_history_stays(cast: Cast) -> None:
    test = await cast.draft()
    await cast.call("red_tech", "DELETE", f"/tests/{test['id']}", expect=204)
    await cast.call("red_tech", "GET", f"/tests/{test['id']}", expect=404)
    assert (await cast.call("viewer", "GET", "/tests"))["total"] == 0
    audit = await cast.call("admin", "GET", "/audit-logs?action=test.deleted")
    assert [entry["subject_label"] for entry in audit["items"]] == [test["number"]]


async def test_a_listed_test_says_what_the_test_itself_says(cast: Cast) -> None:
    made = [await cast.in_state(state) for state in State]
    made.append(await cast.act("red_lead", await cast.draft(), "archive", {"reason": "Not now."}))
    made.append(
        await cast.in_review([{"outcome": "logged"}], who="red_lead", expected="logged", expected_reason="Benign.")
    )
    await cast.vote("red_lead", made[-1], "red")
    origin = await cast.validated()
    made.append(await cast.call("red_tech", "POST", f"/tests/{origin['id']}/retests", {}, expect=201))
    page = await cast.call("viewer", "GET", "/tests?archived=false")
    aside = await cast.call("viewer", "GET", "/tests?archived=true")
    listed = {item["id"]: SecurityTestSummary.model_validate(item) for item in page["items"] + aside["items"]}
    for test in made:
        detail = await cast.call("viewer", "GET", f"/tests/{test['id']}")
        summary = SecurityTestSummary.model_validate(detail)
        assert listed[test["id"]] == summary
    for item in page["items"]:
        assert set(item) == set(SecurityTestSummary.model_fields)


async def test_the_list_as_a_table_holds_no_formula(cast: Cast) -> None:
    await cast.draft(name="=cmd|calc", tags=["a", "b"])
    answer = await cast.raw("viewer", "GET", "/tests?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    header, row = answer.text.removeprefix("\ufeff").splitlines()
    assert header.replace('"', "").startswith("number,name,state")
    assert "'=cmd|calc" in row
    assert "T1059.001" in row
