"""POST tests/{id}/evidence over real HTTP."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx
import pytest

from app.domain.states import State
from tests.api.evidence.conftest import LIMIT_MB
from tests.api.evidence.scene import BOUNDARY, Scene, head, refused, tail
from tests.storage.content import BLOCK, peak_growth_mb, sha256_of_megabytes


async def body(megabytes: int, *, end: bytes | None = None, gate: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    """A form with a file of that size; it ends only when the gate is open."""
    yield head()
    for _ in range(megabytes):
        yield BLOCK
    if gate is not None:
        await gate.wait()
    yield tail() if end is None else end


async def test_one_byte_is_stored_hashed_and_described(scene: Scene) -> None:
    test_id = await scene.test()
    answer = await scene.upload(
        test_id,
        b"x",
        filename="C:\\temp\\Übung.txt",
        data={"notes": "As seen", "caption": "A byte", "sensitivity": "secret", "collected_at": "2026-05-04T09:30:00Z"},
    )
    assert answer.status_code == 201
    body_ = answer.json()
    assert answer.headers["location"] == f"/api/v1/tests/{test_id}/evidence/{body_['id']}"
    uploaded_at = body_.pop("uploaded_at")
    assert uploaded_at.startswith("20")
    assert body_ == {
        "id": body_["id"],
        "test_id": str(test_id),
        "team": "red",
        "round": 1,
        "filename": "Übung.txt",
        "content_type": "text/plain",
        "size": 1,
        "sha256": hashlib.sha256(b"x").hexdigest(),
        "dangerous": False,
        "late": False,
        "caption": "A byte",
        "notes": "As seen",
        "sensitivity": "secret",
        "collected_at": "2026-05-04T09:30:00Z",
        "collected_from": None,
        "carried": False,
        "uploaded_by": {"id": str(scene.user_ids["red"]), "username": "red", "full_name": "Red"},
        "withdrawn_at": None,
        "withdrawn_by": None,
        "withdraw_reason": None,
    }
    assert scene.object_of(body_["sha256"]).read_bytes() == b"x"
    assert await scene.custody(body_["id"]) == [("received", "red")]
    assert await scene.audit_actions(test_id) == ["evidence.uploaded"]
    assert await scene.contributors(test_id) == {("red", scene.user_ids["red"])}


async def test_300_mb_arrive_whole_with_flat_memory(scene: Scene) -> None:
    test_id = await scene.test()
    with peak_growth_mb() as growth:
        answer = await scene.stream(test_id, body(300))
    assert answer.status_code == 201
    assert (answer.json()["size"], answer.json()["sha256"]) == (300 << 20, sha256_of_megabytes(300))
    assert growth[0] < 50
    verified = await scene.post(f"/tests/{test_id}/evidence/{answer.json()['id']}/verify")
    assert (verified.json()["intact"], verified.json()["sha256"]) == (True, sha256_of_megabytes(300))
    scene.object_of(answer.json()["sha256"]).unlink()


@pytest.mark.parametrize("declared", [True, False])
async def test_over_the_limit_is_413_and_keeps_nothing(scene: Scene, declared: bool) -> None:
    test_id, before = await scene.test(), scene.stored_files()
    megabytes = LIMIT_MB + 2
    length = len(head()) + len(tail()) + (megabytes << 20) if declared else None
    if declared:
        reader, writer = await open_upload(scene, test_id, length)
        status = await reader.readline()
        assert status.split()[1] == b"413"
        writer.close()
    else:
        assert refused(await scene.stream(test_id, body(megabytes)))[0] == 413
    assert scene.stored_files() == before
    assert await scene.evidence_count(test_id) == 0


async def test_one_byte_over_the_limit_is_too_large(scene: Scene) -> None:
    test_id, before = await scene.test(), scene.stored_files()
    answer = await scene.stream(test_id, body(LIMIT_MB, end=b"x" + tail()))
    assert refused(answer) == (413, "file_too_large")
    assert scene.stored_files() == before


async def test_an_empty_file_is_refused(scene: Scene) -> None:
    test_id, before = await scene.test(), scene.stored_files()
    assert refused(await scene.upload(test_id, b"")) == (422, "empty_file")
    assert scene.stored_files() == before


@pytest.mark.parametrize("end", [b"", b"\r\n", f"\r\n--{BOUNDARY}".encode(), f"\r\n--{BOUNDARY}\r\n".encode()])
async def test_a_form_without_its_end_is_truncated(scene: Scene, end: bytes) -> None:
    test_id, before = await scene.test(), scene.stored_files()
    assert refused(await scene.stream(test_id, body(2, end=end))) == (422, "upload_truncated")
    assert scene.stored_files() == before
    assert await scene.evidence_count(test_id) == 0


async def test_a_client_that_leaves_keeps_nothing(scene: Scene) -> None:
    test_id, before = await scene.test(), scene.stored_files()
    _, writer = await open_upload(scene, test_id, 50 << 20)
    writer.write(head() + BLOCK * 3)
    await writer.drain()
    await until(lambda: len(scene.stored_files()) == len(before) + 1)
    writer.close()
    await until(lambda: scene.stored_files() == before)
    assert await scene.evidence_count(test_id) == 0


@pytest.mark.parametrize(
    ("content_type", "content", "code"),
    [
        ("application/json", b"{}", "not_multipart"),
        ("", b"x", "not_multipart"),
        ("multipart/form-data", b"x", "not_multipart"),
        ("multipart/form-data; boundary=", b"x", "not_multipart"),
        (f"multipart/form-data; boundary={'b' * 300}", b"x", "upload_malformed"),
        (f"multipart/form-data; boundary={BOUNDARY}", b"garbage" * 10, "upload_malformed"),
        (f"multipart/form-data; boundary={BOUNDARY}", b"", "upload_truncated"),
        (f"multipart/form-data; boundary={BOUNDARY}", f"--{BOUNDARY}--\r\n".encode(), "file_missing"),
    ],
)
async def test_other_bodies_are_refused(scene: Scene, content_type: str, content: bytes, code: str) -> None:
    test_id, before = await scene.test(), scene.stored_files()
    answer = await scene.post(
        f"/tests/{test_id}/evidence?team=red", content=content, headers={"Content-Type": content_type}
    )
    assert refused(answer) == (422, code)
    assert scene.stored_files() == before


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"sensitivity": "cosmic"}, "sensitivity"),
        ({"collected_at": "yesterday"}, "collected_at"),
        ({"collected_at": "2026-05-04T09:30:00"}, "collected_at"),
        ({"caption": "x" * 501}, "caption"),
        ({"notes": "x" * 20_001}, "notes"),
        ({"notes": "x" * 70_000}, "notes"),
        ({"notes": "a\x00b"}, ""),
        ({"team": "red"}, "team"),
    ],
)
async def test_wrong_fields_are_named_and_keep_nothing(scene: Scene, data: dict[str, str], field: str) -> None:
    test_id, before = await scene.test(), scene.stored_files()
    answer = await scene.upload(test_id, data=data)
    assert refused(answer) == (422, "invalid_input")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert scene.stored_files() == before


async def test_fields_may_follow_the_file(scene: Scene) -> None:
    test_id = await scene.test()
    note = f'\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name="notes"\r\n\r\nafterwards'.encode()
    answer = await scene.stream(test_id, body(1, end=note + tail()))
    assert answer.status_code == 201
    assert answer.json()["notes"] == "afterwards"


async def test_two_files_are_one_too_many(scene: Scene) -> None:
    test_id, before = await scene.test(), scene.stored_files()
    second = b"\r\n" + head("second") + b"y"
    assert refused(await scene.stream(test_id, body(1, end=second + tail()))) == (422, "file_repeated")
    assert scene.stored_files() == before


async def test_a_file_field_without_a_file_is_refused(scene: Scene) -> None:
    test_id = await scene.test()
    text = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\n\r\nx'.encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = await scene.post(f"/tests/{test_id}/evidence?team=red", content=text + tail(), headers=headers)
    assert refused(answer) == (422, "file_missing")


@pytest.mark.parametrize("query", ["", "?team=green", "?team="])
async def test_the_team_must_be_named(scene: Scene, query: str) -> None:
    answer = await scene.post(f"/tests/{await scene.test()}/evidence{query}", files={"file": b"x"})
    assert refused(answer) == (422, "invalid_input")


ALL_STATES = list(State)
RED_STATES = {State.RED_EXECUTING, State.BLUE_EVALUATING, State.IN_REVIEW}
BLUE_STATES = {State.BLUE_EVALUATING, State.IN_REVIEW}
REMEDIATION_STATES = {State.VALIDATED, State.REJECTED}


@pytest.mark.parametrize("state", ALL_STATES)
@pytest.mark.parametrize(
    ("person", "team", "expected_code"),
    [
        (None, "red", "not_authenticated"),
        ("viewer", "red", "not_permitted"),
        ("red_lead", "red", "not_permitted"),
        ("blue_lead", "blue", "not_permitted"),
        ("blue", "red", "wrong_side"),
        ("red", "blue", "wrong_side"),
        ("red", "red", None),
        ("blue", "blue", None),
        ("admin", "red", None),
        ("admin", "blue", None),
        ("red", "remediation", None),
        ("blue", "remediation", None),
    ],
)
async def test_who_may_add_in_which_state(
    scene: Scene, state: State, person: str | None, team: str, expected_code: str | None
) -> None:
    test_id = await scene.test(state)
    answer = await scene.upload(test_id, person=person, team=team)
    states = {"red": RED_STATES, "blue": BLUE_STATES, "remediation": REMEDIATION_STATES}[team]
    if expected_code == "not_authenticated":
        assert refused(answer) == (401, expected_code)
    elif expected_code is not None:
        assert refused(answer) == (403, expected_code)
    elif state in states:
        assert answer.status_code == 201
        late = state is not {"red": State.RED_EXECUTING, "blue": State.BLUE_EVALUATING}.get(team, state)
        assert answer.json()["late"] is late
    else:
        assert refused(answer) == (409, "wrong_state")
    assert await scene.evidence_count(test_id) == (1 if answer.status_code == 201 else 0)


async def test_only_the_assignee_adds(scene: Scene) -> None:
    test_id = await scene.test(red_assignee_id=scene.user_ids["red2"])
    assert refused(await scene.upload(test_id)) == (403, "not_the_assignee")
    assert (await scene.upload(test_id, person="red2")).status_code == 201


async def test_after_the_first_vote_nothing_is_added(scene: Scene) -> None:
    test_id = await scene.test(State.IN_REVIEW)
    await scene.vote(test_id, "red", "red_lead")
    for person, team in (("red", "red"), ("blue", "blue"), ("admin", "red")):
        assert refused(await scene.upload(test_id, person=person, team=team)) == (409, "voting_started")


async def test_an_unknown_test_is_not_found(scene: Scene) -> None:
    assert refused(await scene.upload(uuid4())) == (404, "test_not_found")
    assert refused(await scene.post("/tests/nonsense/evidence?team=red", files={"file": b"x"})) == (
        422,
        "invalid_input",
    )


@pytest.mark.parametrize("move", [State.VALIDATED, State.REJECTED])
async def test_a_test_that_moves_on_during_the_upload_keeps_nothing(scene: Scene, move: State) -> None:
    test_id, before = await scene.test(), scene.stored_files()
    gate = asyncio.Event()
    upload = asyncio.create_task(scene.stream(test_id, body(4, gate=gate)))
    await until(lambda: len(scene.stored_files()) > len(before))
    await scene.move(test_id, move)
    gate.set()
    assert refused(await upload) == (409, "wrong_state")
    assert scene.stored_files() == before
    assert await scene.evidence_count(test_id) == 0


async def test_a_vote_during_the_upload_refuses_it(scene: Scene) -> None:
    test_id, before = await scene.test(State.IN_REVIEW), scene.stored_files()
    gate = asyncio.Event()
    upload = asyncio.create_task(scene.stream(test_id, body(4, gate=gate)))
    await until(lambda: len(scene.stored_files()) > len(before))
    await scene.vote(test_id, "blue", "blue_lead")
    gate.set()
    assert refused(await upload) == (409, "voting_started")
    assert scene.stored_files() == before


async def test_two_uploads_at_a_time(scene: Scene) -> None:
    test_id, before = await scene.test(), scene.stored_files()
    gate = asyncio.Event()
    running = [asyncio.create_task(scene.stream(test_id, body(4, gate=gate))) for _ in range(2)]
    await until(lambda: len(scene.stored_files()) == len(before) + 2)
    third = await scene.upload(test_id)
    assert refused(third) == (429, "too_many_uploads")
    assert third.headers["retry-after"] == "5"
    assert (await scene.upload(test_id, person="red2")).status_code == 201
    gate.set()
    assert [(await task).status_code for task in running] == [201, 201]
    assert (await scene.upload(test_id)).status_code == 201


async def test_a_test_holds_five_files_here(scene: Scene) -> None:
    test_id = await scene.test()
    for _ in range(5):
        assert (await scene.upload(test_id)).status_code == 201
    before = scene.stored_files()
    assert refused(await scene.upload(test_id)) == (409, "too_many_files")
    assert scene.stored_files() == before


async def test_names_are_made_safe(scene: Scene) -> None:
    test_id = await scene.test()
    sent = "..\\..\\evil\u202egpj.exe\u0007" + "é" * 300 + ".png"
    name = (await scene.upload(test_id, filename=sent)).json()["filename"]
    assert len(name) == 200
    assert name.startswith("evilgpj.exe")
    assert name.endswith("é.png")


async def test_an_upload_holds_no_lock_while_it_runs(scene: Scene) -> None:
    test_id, before = await scene.test(), scene.stored_files()
    gate = asyncio.Event()
    upload = asyncio.create_task(scene.stream(test_id, body(3, gate=gate)))
    await until(lambda: len(scene.stored_files()) > len(before))
    await scene.move(test_id, State.RED_EXECUTING)  # would wait for a lock if the upload held one
    assert not upload.done()
    gate.set()
    assert (await upload).status_code == 201


async def open_upload(
    scene: Scene, test_id: UUID, length: int | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which the head of an upload was sent."""
    host, _, port = scene.base_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"POST /api/v1/tests/{test_id}/evidence?team=red HTTP/1.1\r\n"
        f"Host: {host}\r\nAuthorization: Bearer {scene.tokens['red']}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n".encode()
    )
    await writer.drain()
    return reader, writer


async def until(condition) -> None:
    """Wait, ten seconds at most, for something that another thread does."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen")


async def test_the_same_upload_with_its_key_is_kept_once(scene: Scene) -> None:
    test_id, before = await scene.test(), scene.stored_files()

    async def send(content: bytes, **form: str) -> httpx.Response:
        # Each request has a boundary of its own, as a browser's or a script's repetition has.
        async with scene.client("red") as client:
            return await client.post(
                f"/api/v1/tests/{test_id}/evidence?team=red",
                files={"file": ("proof.txt", content)},
                data=form,
                headers={"Idempotency-Key": "the-same"},
            )

    first, second = await asyncio.gather(send(b"once"), send(b"once"))
    again = await send(b"once")
    assert [answer.status_code for answer in (first, second, again)] == [201] * 3
    assert len({answer.json()["id"] for answer in (first, second, again)}) == 1
    assert len(scene.stored_files()) == len(before) + 1, "what came again is not kept"
    assert refused(await send(b"other")) == (422, "idempotency_mismatch")
    assert refused(await send(b"once", notes="other")) == (422, "idempotency_mismatch")
    assert await scene.audit_actions(test_id) == ["evidence.uploaded"]
    assert len(scene.stored_files()) == len(before) + 1
