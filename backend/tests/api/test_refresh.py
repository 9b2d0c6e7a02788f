"""POST auth/refresh, POST auth/logout, sessions."""

import asyncio
from datetime import timedelta

from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.config import Settings
from app.database import SessionFactory
from app.domain.permissions import Role
from app.models.audit import AuditLog
from app.models.identity import UserSession
from tests.builders.users import PASSWORD, auth_headers, build_user, log_in

REFRESH = "/api/v1/auth/refresh"
LOGOUT = "/api/v1/auth/logout"
ME = "/api/v1/auth/me"
PROOF = {"X-Aegis-Request": "1"}


async def cookie_of(client: AsyncClient, name: str = "rhea") -> str:
    """Log in and take the cookie out of the jar, so that each request says what it sends."""
    await client.post("/api/v1/auth/login", data={"username": name, "password": PASSWORD})
    value = client.cookies["aegis_refresh"]
    client.cookies.clear()
    return value


async def refresh(client: AsyncClient, cookie: str, **headers: str) -> tuple[int, str, str]:
    answer = await client.post(REFRESH, headers={**PROOF, **headers, "Cookie": f"aegis_refresh={cookie}"})
    successor = client.cookies.get("aegis_refresh", "")
    client.cookies.clear()
    return answer.status_code, answer.json().get("code", ""), successor


async def test_a_refresh_rotates_and_the_predecessor_gives_the_same_successor(
    client: AsyncClient, db: AsyncSession
) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    first = await cookie_of(client)
    status, _, second = await refresh(client, first)
    assert (status, second != first) == (200, True)
    assert await refresh(client, first) == (200, "", second)
    status, _, third = await refresh(client, second)
    assert (status, third not in {first, second}) == (200, True)


async def test_an_old_token_ends_the_session(client: AsyncClient, db: AsyncSession) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    first = await cookie_of(client)
    _, _, second = await refresh(client, first)
    _, _, third = await refresh(client, second)
    assert await refresh(client, first) == (401, "session_expired", "")
    assert await refresh(client, third) == (401, "session_expired", "")
    opened = (await db.scalars(select(UserSession))).one()
    assert opened.end_reason == "refresh_reused"
    actions = (await db.scalars(select(AuditLog.action).order_by(AuditLog.seq))).all()
    assert actions == ["session.opened", "session.refresh_reused"]


async def test_after_half_a_minute_the_predecessor_counts_as_reuse(client: AsyncClient, db: AsyncSession) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    first = await cookie_of(client)
    await refresh(client, first)
    with clock.frozen_at(clock.now() + timedelta(seconds=31)):
        assert await refresh(client, first) == (401, "session_expired", "")


async def test_forged_tokens_end_nothing(client: AsyncClient, db: AsyncSession) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    cookie = await cookie_of(client)
    session_id, generation, proof = cookie.split(".")
    for forged in (
        f"{session_id}.{int(generation) + 1}.{proof}",
        f"{session_id}.{generation}.{proof[:-2]}xx",
        f"{session_id}.-1.{proof}",
        f"{session_id}.1",
        "nonsense",
        "0" * 32 + f".0.{proof}",
    ):
        assert await refresh(client, forged) == (401, "session_expired", "")
    assert (await refresh(client, cookie))[0] == 200


async def test_the_cookie_needs_the_header_and_an_allowed_origin(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    cookie = await cookie_of(client)
    bare = await client.post(REFRESH, headers={"Cookie": f"aegis_refresh={cookie}"})
    assert (bare.status_code, bare.json()["code"]) == (403, "foreign_request")
    assert (await refresh(client, cookie, Origin="https://evil.example"))[:2] == (403, "foreign_request")
    assert (await refresh(client, cookie, Origin="null"))[:2] == (403, "foreign_request")
    out = await client.post(LOGOUT, headers={"Cookie": f"aegis_refresh={cookie}"})
    assert out.status_code == 403
    assert (await refresh(client, cookie, Origin=str(client.base_url).rstrip("/")))[0] == 200
    settings.allowed_origins.append("https://aegis.example.org")
    assert (await refresh(client, cookie, Origin="https://aegis.example.org"))[0] == 200


async def test_a_bearer_token_without_cookie_is_enough(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    headers = await auth_headers(db, await build_user(db), settings)
    answer = await client.post(REFRESH, headers=headers)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    fresh = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    before, after = [(await client.get(ME, headers=h)).json()["session"]["id"] for h in (headers, fresh)]
    assert before == after
    assert (await client.post(REFRESH)).status_code == 401


async def test_refreshing_at_the_same_moment_gives_one_successor(
    real_client: AsyncClient, real_factory: SessionFactory
) -> None:
    async with real_factory() as session:
        await build_user(session, username="rhea", password=PASSWORD)
        await session.commit()
    cookie = await cookie_of(real_client)
    sent = {**PROOF, "Cookie": f"aegis_refresh={cookie}"}
    answers = await asyncio.gather(*(real_client.post(REFRESH, headers=sent) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    successors = {answer.headers["set-cookie"].split(";")[0] for answer in answers}
    assert len(successors) == 1
    async with real_factory() as session:
        assert (await session.scalars(select(UserSession.refresh_generation))).all() == [1]


async def test_logging_out_ends_the_session_and_clears_the_browser(client: AsyncClient, db: AsyncSession) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    headers = await log_in(client, "rhea")
    cookie = client.cookies["aegis_refresh"]
    answer = await client.post(LOGOUT, headers=headers)
    assert answer.status_code == 204
    assert answer.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert "aegis_refresh" not in client.cookies
    gone = await client.get(ME, headers=headers)
    assert (gone.status_code, gone.json()["code"]) == (401, "session_expired")
    assert await refresh(client, cookie) == (401, "session_expired", "")


async def test_logging_out_by_cookie_alone(client: AsyncClient, db: AsyncSession) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    cookie = await cookie_of(client)
    answer = await client.post(LOGOUT, headers={**PROOF, "Cookie": f"aegis_refresh={cookie}"})
    assert answer.status_code == 204
    assert (await db.scalars(select(UserSession.end_reason))).all() == ["logout"]
    assert (await client.post(LOGOUT)).status_code == 204


async def test_a_session_ends_when_idle_and_after_twelve_hours(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    user = await build_user(db)
    headers = await auth_headers(db, user, settings)
    start = clock.now()
    with clock.frozen_at(start + timedelta(minutes=29)):
        assert (await client.get(ME, headers=headers)).status_code == 200
    with clock.frozen_at(start + timedelta(minutes=58)):
        assert (await client.get(ME, headers=headers)).status_code == 200
    with clock.frozen_at(start + timedelta(minutes=59)):
        fresh = {"Authorization": f"Bearer {(await client.post(REFRESH, headers=headers)).json()['access_token']}"}
    with clock.frozen_at(start + timedelta(minutes=61)):
        late = await client.get(ME, headers=headers)
        assert (late.status_code, late.json()["code"]) == (401, "not_authenticated")
    with clock.frozen_at(start + timedelta(minutes=90)):
        idle = await client.get(ME, headers=fresh)
        assert (idle.status_code, idle.json()["code"]) == (401, "session_expired")


async def test_a_busy_session_ends_after_twelve_hours(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    headers = await auth_headers(db, await build_user(db), settings)
    start = clock.now()
    for minutes in range(25, 12 * 60, 25):
        with clock.frozen_at(start + timedelta(minutes=minutes)):
            answer = await client.post(REFRESH, headers=headers)
            assert answer.status_code == 200
            headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    with clock.frozen_at(start + timedelta(hours=12)):
        assert (await client.get(ME, headers=headers)).json()["code"] == "session_expired"
        assert (await client.post(REFRESH, headers=headers)).json()["code"] == "session_expired"


async def test_last_seen_is_written_once_a_minute(client: AsyncClient, db: AsyncSession, settings: Settings) -> None:
    start = clock.now().replace(microsecond=0)
    with clock.frozen_at(start):
        headers = await auth_headers(db, await build_user(db), settings)
    seen = []
    for seconds in (59, 60, 100):
        with clock.frozen_at(start + timedelta(seconds=seconds)):
            await client.get(ME, headers=headers)
        seen.append(await db.scalar(select(UserSession.last_seen_at)))
    assert [(moment - start).seconds for moment in seen] == [0, 60, 60]


async def test_people_see_and_end_their_sessions_and_nobody_elses(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    rhea, theia = await build_user(db, username="rhea"), await build_user(db, username="theia")
    admin = await build_user(db, role=Role.ADMIN)
    here, there = await auth_headers(db, rhea, settings), await auth_headers(db, rhea, settings)
    other, boss = await auth_headers(db, theia, settings), await auth_headers(db, admin, settings)
    listed = (await client.get("/api/v1/auth/sessions", headers=here)).json()
    assert listed["total"] == 2
    assert [item["current"] for item in listed["items"]] == [False, True]
    target = f"/api/v1/auth/sessions/{listed['items'][0]['id']}"
    assert (await client.delete(target, headers=other)).json()["code"] == "session_not_found"
    assert (await client.delete(target, headers=here)).status_code == 204
    assert (await client.get(ME, headers=there)).status_code == 401
    own = f"/api/v1/auth/sessions/{listed['items'][1]['id']}"
    assert (await client.delete(own, headers=boss)).status_code == 204
    assert (await client.get(ME, headers=here)).status_code == 401
    assert sorted(
        (await db.scalars(select(UserSession.end_reason).where(UserSession.ended_at.is_not(None)))).all()
    ) == [
        "ended_by_admin",
        "ended_by_user",
    ]
    again = [await auth_headers(db, rhea, settings) for _ in range(2)]
    assert (await client.delete(f"/api/v1/users/{rhea.id}/sessions", headers=boss)).status_code == 204
    assert [(await client.get(ME, headers=headers)).status_code for headers in (*again, boss)] == [401, 401, 200]
