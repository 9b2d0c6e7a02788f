"""A lead who is away names somebody to judge in their place."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app import clock
from app.database import SessionFactory
from app.models.audit import AuditLog
from app.models.deputies import Deputy
from app.models.identity import UserAccount
from tests.builders.cast import Cast


def until(days: float) -> str:
    return (clock.now() + timedelta(days=days)).isoformat()


async def name(cast: Cast, who: str = "viewer", lead: str = "red_lead", *, expect: int = 201, days: float = 14) -> Any:
    body = {"user_id": str(cast.ids[who]), "until": until(days), "reason": "On leave."}
    return await cast.call(lead, "POST", "/deputies", body, expect=expect)


async def test_a_deputy_votes_in_the_place_of_the_lead_and_the_vote_says_so(
    cast: Cast, session_factory: SessionFactory
) -> None:
    test = await cast.in_review()
    await cast.vote("viewer", test, "red", expect=403)
    named = await name(cast)
    assert (named["side"], named["active"], named["lead"]["username"]) == ("red", True, "red_lead")
    assert (await cast.call("viewer", "GET", "/notifications"))["items"][0]["kind"] == "deputy"
    seen = await cast.call("viewer", "GET", f"/tests/{test['id']}")
    assert [a for a in seen["allowed_actions"] if a.startswith("vote")] == ["vote_red"]
    waiting = await cast.call("viewer", "GET", "/tests?waiting_for=me")
    assert [item["id"] for item in waiting["items"]] == [test["id"]]
    refused = await cast.raw("viewer", "POST", f"/tests/{test['id']}/votes", {"side": "blue", "decision": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong_side")
    voted = await cast.vote("viewer", test, "red")
    assert [(v["role"], v["as_deputy_of"]["username"]) for v in voted["votes"]] == [("viewer", "red_lead")]
    await cast.vote("red_lead", test, "red", expect=409)
    done = await cast.vote("blue_lead", test, "blue")
    assert (done["state"], [v["as_deputy_of"] is None for v in done["votes"] if v["side"] == "blue"]) == (
        "validated",
        [True],
    )
    async with session_factory() as session:
        entries = (await session.scalars(select(AuditLog).where(AuditLog.action == "test.vote_cast"))).all()
        assert [str(cast.ids["red_lead"]) in entry.body for entry in entries] == [True, False]
        actions = await session.scalars(select(AuditLog.action).where(AuditLog.action.like("deputy.%")))
        assert actions.all() == ["deputy.named"]


async def test_a_deputy_who_worked_on_the_round_cannot_judge_it(cast: Cast) -> None:
    named = await name(cast, "other_admin")
    assert named["deputy"]["username"] == "other_admin"
    test = await cast.draft("other_admin")
    test = await cast.red(await cast.act("other_admin", test, "start"), "other_admin", summary="Ran it.")
    assert "vote_red" not in (await cast.call("other_admin", "GET", f"/tests/{test['id']}"))["allowed_actions"]


@pytest.mark.parametrize("end", ["ended", "expired", "lead_gone", "technician_now"])
async def test_it_ends(cast: Cast, session_factory: SessionFactory, end: str) -> None:
    test = await cast.in_review()
    named = await name(cast)
    if end == "ended":
        await cast.call("blue_lead", "DELETE", f"/deputies/{named['id']}", expect=403)
        await cast.call("red_lead", "DELETE", f"/deputies/{named['id']}", expect=204)
        await cast.call("red_lead", "DELETE", f"/deputies/{named['id']}", expect=204)
    else:
        async with session_factory() as session, session.begin():
            past = clock.now() - timedelta(days=1)
            if end == "expired":
                await session.execute(update(Deputy).values(created_at=past - timedelta(days=1), until=past))
            else:
                # The lead leads no more, or the deputy works on the tests now: nobody judges such work.
                who = UserAccount.id == cast.ids["red_lead" if end == "lead_gone" else "viewer"]
                await session.execute(update(UserAccount).where(who).values(role="blue_tech"))
    await cast.vote("viewer", test, "red", expect=403)
    assert (await cast.call("viewer", "GET", "/deputies?active=true"))["total"] == 0
    assert (await cast.call("viewer", "GET", "/deputies?active=false"))["items"][0]["id"] == named["id"]


async def test_who_can_name_whom_until_when(cast: Cast) -> None:
    for wrong in ("red_tech", "red_lead"):
        assert (await name(cast, wrong, expect=422))["code"] == "not_a_deputy"
    for days in (-1, 91):
        assert (await name(cast, days=days, expect=422))["code"] == "invalid_end"
    assert (await name(cast, lead="admin", expect=403))["code"] == "not_a_lead"
    await name(cast, lead="viewer", expect=403)
    first, second = await name(cast), await name(cast, "blue_lead")
    listed = (await cast.call("viewer", "GET", "/deputies"))["items"]
    assert [(d["id"], d["active"]) for d in listed] == [(second["id"], True), (first["id"], False)]
    # A deputy may hand the task back, and names nobody.
    await cast.call("blue_lead", "DELETE", f"/deputies/{second['id']}", expect=204)
    script = await cast.call("red_lead", "POST", "/auth/tokens", {"name": "s", "expires_in_days": 1}, expect=201)
    headers = {"Authorization": f"Bearer {script['token']}"}
    refused = await cast.raw(
        "red_lead", "POST", "/deputies", {"user_id": first["id"], "until": until(1)}, headers=headers
    )
    assert refused.status_code == 403
