"""Votes are independent, sealed, final and never lost."""

import asyncio
from collections import Counter

from sqlalchemy import func, select, text

from app.database import SessionFactory
from app.models.coverage import CurrentResult
from app.models.security_test import TestTransition, Vote
from tests.builders.cast import Cast


async def test_a_vote_is_seen_by_its_author_only_until_the_decision(cast: Cast) -> None:
    test = await cast.in_review()
    mine = await cast.vote("red_lead", test, "red", notes="Fine work.")
    assert [(v["decision"], v["notes"]) for v in mine["votes"]] == [("approve", "Fine work.")]
    for who in ("blue_lead", "admin", "viewer", "red_tech"):
        seen = await cast.call(who, "GET", f"/tests/{test['id']}")
        assert [(v["user"]["username"], v["decision"], v["notes"]) for v in seen["votes"]] == [("red_lead", None, None)]
        timeline = await cast.raw(who, "GET", f"/tests/{test['id']}/timeline")
        assert "Fine work." not in timeline.text
    audit = await cast.raw("admin", "GET", "/audit-logs")
    assert audit.status_code == 200
    assert "Fine work." not in audit.text
    decided = await cast.vote("blue_lead", test, "blue")
    assert [v["notes"] for v in decided["votes"] if v["side"] == "red"] == ["Fine work."]
    assert "Fine work." in (await cast.raw("admin", "GET", "/audit-logs")).text


async def test_the_same_vote_again_changes_nothing_and_another_is_refused(cast: Cast) -> None:
    test = await cast.in_review()
    await cast.vote("red_lead", test, "red")
    again = await cast.vote("red_lead", test, "red", expect=200)
    assert len(again["votes"]) == 1
    changed = await cast.vote("red_lead", test, "red", "reject", notes="No.", expect=409)
    assert changed["code"] == "already_voted"
    other = await cast.vote("admin", test, "red", expect=409)
    assert other["code"] == "already_voted"


async def test_two_leads_at_the_same_moment_give_one_transition(busy_cast: Cast, real_factory: SessionFactory) -> None:
    for _ in range(5):
        test = await busy_cast.in_review()
        answers = await asyncio.gather(
            busy_cast.raw("red_lead", "POST", f"/tests/{test['id']}/votes", {"side": "red", "decision": "approve"}),
            busy_cast.raw("blue_lead", "POST", f"/tests/{test['id']}/votes", {"side": "blue", "decision": "approve"}),
            *(
                busy_cast.raw("red_lead", "POST", f"/tests/{test['id']}/votes", {"side": "red", "decision": "approve"})
                for _ in range(3)
            ),
        )
        assert Counter(a.status_code for a in answers) == {201: 2, 200: 3}
        async with real_factory() as session:
            events = await session.scalars(select(TestTransition.event).where(TestTransition.test_id == test["id"]))
            counted = Counter(events)
            assert (counted["vote_cast"], counted["validated"]) == (2, 1)
    async with real_factory() as session:
        assert await session.scalar(select(func.count()).select_from(Vote)) == 10
        assert await session.scalar(select(func.count()).select_from(CurrentResult)) == 1
        gaps = await session.scalar(text("SELECT max(seq) - count(*) FROM audit_log"))
        assert gaps == 0


async def test_an_edit_and_a_hand_over_at_the_same_moment_lose_nothing(busy_cast: Cast) -> None:
    test = await busy_cast.executing()
    version = test["red"]["version"]
    edits = [
        busy_cast.raw("red_tech", "PATCH", f"/tests/{test['id']}/red", {"version": version, "summary": f"Edit {n}."})
        for n in range(6)
    ]
    answers = await asyncio.gather(*edits)
    assert Counter(a.status_code for a in answers) == {200: 1, 409: 5}
    kept = next(a.json() for a in answers if a.status_code == 200)
    stored = await busy_cast.call("viewer", "GET", f"/tests/{test['id']}")
    assert stored["red"]["summary"] == kept["red"]["summary"]
    assert stored["red"]["version"] == version + 1


async def test_a_personal_token_cannot_vote(cast: Cast) -> None:
    test = await cast.in_review()
    made = await cast.call("red_lead", "POST", "/auth/tokens", {"name": "script", "expires_in_days": 7}, expect=201)
    headers = {"Authorization": f"Bearer {made['token']}"}
    body = {"side": "red", "decision": "approve"}
    answer = await cast.raw("viewer", "POST", f"/tests/{test['id']}/votes", body, headers=headers)
    assert answer.status_code == 403
    reading = await cast.raw("viewer", "GET", f"/tests/{test['id']}", headers=headers)
    assert reading.status_code == 200
    assert "vote_red" not in reading.json()["allowed_actions"]
