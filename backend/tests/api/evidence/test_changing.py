"""Verification and withdrawal."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update

from app.database import session_scope
from app.domain.permissions import Side
from app.domain.states import State
from app.models.evidence import Evidence
from app.models.security_test import SecurityTest, TestRound
from app.services.evidence import carry_evidence, count_evidence, sealed_hashes
from tests.api.evidence.scene import Scene, refused
from tests.support.databases import TestServer


async def uploaded(scene: Scene, state: State = State.RED_EXECUTING, content: bytes = b"proof") -> dict[str, str]:
    answer = await scene.upload(await scene.test(state), content)
    assert answer.status_code == 201
    body: dict[str, str] = answer.json()
    return body


def path_of(evidence: dict[str, str], action: str) -> str:
    return f"/tests/{evidence['test_id']}/evidence/{evidence['id']}/{action}"


async def test_an_intact_file_is_verified_once_a_minute(scene: Scene) -> None:
    evidence = await uploaded(scene)
    first = (await scene.post(path_of(evidence, "verify"), person="viewer")).json()
    assert {name: first[name] for name in ("intact", "sha256", "expected_sha256", "size", "cached")} == {
        "intact": True,
        "sha256": evidence["sha256"],
        "expected_sha256": evidence["sha256"],
        "size": 5,
        "cached": False,
    }
    second = (await scene.post(path_of(evidence, "verify"), person="red")).json()
    assert second == first | {"cached": True}
    assert await scene.custody(evidence["id"]) == [("received", "red"), ("verified", "viewer")]


async def test_an_altered_file_is_found_out_and_audited(scene: Scene) -> None:
    evidence = await uploaded(scene, content=b"the original")
    scene.object_of(evidence["sha256"]).write_bytes(b"the 0riginal")
    answer = (await scene.post(path_of(evidence, "verify"), person="viewer")).json()
    assert answer["intact"] is False
    assert answer["sha256"] != evidence["sha256"] == answer["expected_sha256"]
    assert answer["size"] == 12
    assert (await scene.custody(evidence["id"]))[1:] == [("altered", "viewer")]
    assert await scene.audit_actions(UUID(evidence["id"])) == [
        "custody.received",
        "custody.altered",
        "evidence.found_altered",
    ]


async def test_a_missing_file_is_found_out(scene: Scene) -> None:
    evidence = await uploaded(scene, content=b"soon missing")
    scene.object_of(evidence["sha256"]).unlink()
    answer = (await scene.post(path_of(evidence, "verify"), person="viewer")).json()
    assert (answer["intact"], answer["sha256"], answer["size"]) == (False, None, None)
    assert (await scene.custody(evidence["id"]))[1:] == [("missing", "viewer")]


async def test_one_verification_at_a_time(scene: Scene) -> None:
    both = [await uploaded(scene, content=mark + bytes(100 << 20)) for mark in (b"a", b"b")]
    answers = await asyncio.gather(*[scene.post(path_of(each, "verify"), person="blue") for each in both])
    done, busy = sorted(answers, key=lambda answer: answer.status_code)
    assert done.json()["intact"] is True
    assert refused(busy) == (429, "verification_running")
    again = await asyncio.gather(*[scene.post(path_of(each, "verify"), person="blue") for each in both])
    assert [answer.json()["intact"] for answer in again] == [True, True]
    for each in both:
        scene.object_of(each["sha256"]).unlink()


async def test_verifying_what_is_not_there(scene: Scene) -> None:
    test_id = await scene.test()
    assert refused(await scene.post(f"/tests/{test_id}/evidence/{uuid4()}/verify")) == (404, "evidence_not_found")


async def test_withdrawing_hides_the_file_and_keeps_its_hash(scene: Scene) -> None:
    evidence = await uploaded(scene)
    answer = await scene.post(path_of(evidence, "withdraw"), json={"reason": "Wrong host."})
    assert answer.status_code == 200
    body = answer.json()
    assert body["withdrawn_at"] is not None
    assert (body["withdrawn_by"]["username"], body["withdraw_reason"]) == ("red", "Wrong host.")
    assert body["sha256"] == evidence["sha256"]
    test_id = UUID(evidence["test_id"])
    listed = (await scene.get(f"/tests/{test_id}/evidence")).json()["items"]
    assert listed == [body]
    for action in ("download", "preview"):
        assert refused(await scene.get(path_of(evidence, action))) == (409, "evidence_withdrawn")
    assert refused(await scene.post(path_of(evidence, "withdraw"), json={"reason": "Again."})) == (
        409,
        "already_withdrawn",
    )
    assert await scene.custody(evidence["id"]) == [("received", "red"), ("withdrawn", "red")]
    assert await scene.audit_actions(test_id) == ["evidence.uploaded", "evidence.withdrawn"]
    async with scene.factory() as session:
        round_id = (await session.execute(select(TestRound.id).where(TestRound.test_id == test_id))).scalar_one()
        assert await count_evidence(session, round_id, "red") == 0
        assert [item["withdrawn"] for item in (await sealed_hashes(session, [round_id]))[round_id]] == [True]


async def test_a_link_issued_before_the_withdrawal_is_dead(scene: Scene) -> None:
    evidence = await uploaded(scene)
    url = (await scene.get(path_of(evidence, "download"))).json()["url"]
    await scene.post(path_of(evidence, "withdraw"), json={"reason": "Wrong host."})
    assert refused(await scene.fetch(url)) == (404, "evidence_not_found")


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (None, (401, "not_authenticated")),
        ("viewer", (403, "wrong_side")),
        ("blue", (403, "wrong_side")),
        ("red", None),
        ("red_lead", None),
        ("blue_lead", None),
        ("admin", None),
    ],
)
async def test_who_may_withdraw(scene: Scene, person: str | None, expected: tuple[int, str] | None) -> None:
    evidence = await uploaded(scene, State.IN_REVIEW)
    answer = await scene.post(path_of(evidence, "withdraw"), person=person, json={"reason": "Because."})
    if expected is None:
        assert answer.status_code == 200
    else:
        assert refused(answer) == expected


async def test_nothing_is_withdrawn_after_the_first_vote_or_the_decision(scene: Scene) -> None:
    evidence = await uploaded(scene, State.IN_REVIEW)
    test_id = UUID(evidence["test_id"])
    await scene.vote(test_id, "red", "red_lead")
    for person in ("red", "red_lead", "admin"):
        answer = await scene.post(path_of(evidence, "withdraw"), person=person, json={"reason": "Because."})
        assert refused(answer) == (409, "voting_started")
    await scene.move(test_id, State.REJECTED)
    answer = await scene.post(path_of(evidence, "withdraw"), person="admin", json={"reason": "Because."})
    assert refused(answer) == (409, "wrong_state")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "   "}, {"reason": "x" * 2001}, {"why": "x"}])
async def test_a_withdrawal_needs_a_reason(scene: Scene, body: dict[str, str]) -> None:
    evidence = await uploaded(scene)
    assert refused(await scene.post(path_of(evidence, "withdraw"), json=body)) == (422, "invalid_input")


async def test_carried_evidence_stands_in_the_new_round_and_cannot_be_withdrawn_in_the_old(scene: Scene) -> None:
    evidence = await uploaded(scene)
    test_id = UUID(evidence["test_id"])
    async with session_scope(scene.factory) as session:
        old = (await session.execute(select(TestRound).where(TestRound.test_id == test_id))).scalar_one()
        new = TestRound(test_id=test_id, no=2, opened_by_id=scene.user_ids["red_lead"])
        session.add(new)
        await session.flush()
        assert await carry_evidence(session, old=old, new=new, side=Side.RED) == 1
        assert await carry_evidence(session, old=old, new=new, side=Side.BLUE) == 0
        await session.execute(update(SecurityTest).where(SecurityTest.id == test_id).values(current_round=2))
        await session.flush()
        assert await count_evidence(session, new.id, "red") == 1
    items = (await scene.get(f"/tests/{test_id}/evidence")).json()["items"]
    assert [(item["round"], item["carried"]) for item in items] == [(1, False), (2, True)]
    assert refused(await scene.post(path_of(evidence, "withdraw"), json={"reason": "Because."})) == (409, "past_round")
    assert (await scene.get(path_of(items[1], "download"))).status_code == 200


async def test_the_daily_quota_counts_the_last_24_hours(scene: Scene) -> None:
    test_id = await scene.test()
    evidence = (await scene.upload(test_id, person="red2")).json()
    huge = text("UPDATE evidence_object SET size = :size WHERE sha256 = :sha AND id = :id")
    async with scene.factory() as session:
        row = (await session.execute(select(Evidence).where(Evidence.id == UUID(evidence["id"])))).scalar_one()
    async with session_scope(scene.factory) as session:
        await session.execute(huge, {"size": 20 << 30, "sha": evidence["sha256"], "id": row.object_id})
    other = await scene.test()
    answer = await scene.upload(other, person="red2")
    assert refused(answer) == (429, "daily_quota_exceeded")
    assert refused(await scene.upload(test_id)) == (413, "test_quota_exceeded")
    async with session_scope(scene.factory) as session:
        await session.execute(
            update(Evidence).where(Evidence.id == row.id).values(created_at=Evidence.created_at - timedelta(hours=25))
        )
    assert (await scene.upload(other, person="red2")).status_code == 201


async def test_custody_cannot_be_rewritten(scene: Scene, postgres_server: TestServer) -> None:
    evidence = await uploaded(scene)
    async with scene.factory() as session:
        allowed = await session.scalar(
            text("SELECT has_table_privilege(current_user, 'custody_event', 'UPDATE, DELETE, TRUNCATE')")
        )
    assert allowed is False
    assert await scene.custody(evidence["id"]) == [("received", "red")]
