"""Answers that are worked out once for all who ask."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import count

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.clock import frozen_at
from app.config import Settings
from app.domain.permissions import Role
from app.errors import NotFound
from app.services import audit
from app.services.shared_answers import SharedAnswers
from tests.builders.coverage import NOW, build_world
from tests.builders.users import auth_headers, build_user

PATHS = (
    "/heatmap",
    "/scores/organization",
    "/scores/tactics",
    "/metrics/summary",
    "/metrics/by-tactic",
    "/metrics/pipeline",
    "/metrics/team-activity",
)


class Maker:
    """Works out an answer that says how often it was asked for."""

    def __init__(self, size: int = 1) -> None:
        self.numbers = count(1)
        self.size = size
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()
        self.go_on.set()

    async def __call__(self) -> bytes:
        number = next(self.numbers)
        self.begun.set()
        await self.go_on.wait()
        return b"%d" % number * self.size


async def one() -> bytes:
    return b"one"


async def fail() -> bytes:
    raise NotFound("nothing", "There is nothing.")


@pytest.mark.parametrize("path", PATHS)
async def test_an_answer_is_kept_for_a_moment_and_until_something_changes(
    client: AsyncClient, db: AsyncSession, settings: Settings, path: str
) -> None:
    await build_world(db)
    headers = await auth_headers(db, await build_user(db, role=Role.VIEWER), settings)

    async def as_of(seconds: float) -> str:
        with frozen_at(NOW + timedelta(seconds=seconds)):
            response = await client.get(f"/api/v1{path}", headers=headers)
        assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
        moment: str = response.json()["as_of"]
        return moment

    first = await as_of(0)
    assert await as_of(9.9) == first
    audit.record(db, None, "test.touched", subject_kind="security_test")
    await db.commit()
    changed = await as_of(9.9)
    assert changed > first
    assert await as_of(10) == changed
    assert await as_of(20) > changed


async def test_other_questions_have_other_answers(client: AsyncClient, db: AsyncSession, settings: Settings) -> None:
    world = await build_world(db)
    headers = await auth_headers(db, await build_user(db, role=Role.VIEWER), settings)
    with frozen_at(NOW):
        for path in PATHS[:5]:
            mobile = (await client.get(f"/api/v1{path}?domain=mobile", headers=headers)).json()
            enterprise = (await client.get(f"/api/v1{path}", headers=headers)).json()
            assert (mobile["domain"], enterprise["domain"]) == ("mobile", "enterprise")
            there = await client.get(f"/api/v1{path}?environment={world.environment_id}", headers=headers)
            nowhere = await client.get(f"/api/v1{path}?environment={world.tactic_id}", headers=headers)
            assert (there.status_code, nowhere.status_code) == (200, 422)
        anonymous = await client.get("/api/v1/heatmap")
        assert anonymous.status_code == 401


async def test_all_who_ask_at_once_wait_for_one(engine: AsyncEngine) -> None:
    shared, make = SharedAnswers(10), Maker()
    make.go_on.clear()
    async with AsyncExitStack() as opened:
        sessions = [await opened.enter_async_context(AsyncSession(engine)) for _ in range(3)]
        asking = [asyncio.create_task(shared.get(session, "question", make)) for session in sessions]
        await make.begun.wait()
        assert await shared.get(await opened.enter_async_context(AsyncSession(engine)), "another", one) == b"one"
        make.go_on.set()
        assert await asyncio.gather(*asking) == [b"1"] * 3


async def test_whoever_leaves_or_fails_fails_alone(engine: AsyncEngine) -> None:
    shared, make = SharedAnswers(10), Maker()
    make.go_on.clear()
    async with AsyncSession(engine) as first, AsyncSession(engine) as second:
        leaving = asyncio.create_task(shared.get(first, "question", make))
        await make.begun.wait()
        staying = asyncio.create_task(shared.get(second, "question", make))
        await second.connection()
        leaving.cancel()
        make.go_on.set()
        assert await staying == b"2"
        assert leaving.cancelled()
        with pytest.raises(NotFound):
            await shared.get(second, "a wrong question", fail)
        assert await shared.get(second, "a wrong question", one) == b"one"


async def test_what_is_kept_is_bounded_and_can_be_turned_off(db: AsyncSession) -> None:
    shared, make = SharedAnswers(10, largest=2_000), Maker(size=900)
    with frozen_at(NOW):
        answers = [await shared.get(db, question, make) for question in ("a", "b", "a", "c", "a", "b")]
    assert [answer[:1] for answer in answers] == [b"1", b"2", b"1", b"3", b"1", b"4"], "b was asked for longest ago"
    never = SharedAnswers(0)
    assert [(await never.get(db, "a", make))[:1] for _ in range(2)] == [b"5", b"6"]
