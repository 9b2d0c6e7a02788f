"""POST auth/change-password, POST auth/redeem, delays after failures."""

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
from app.models.identity import LoginThrottle, UserAccount
from app.services.rights import changed_recently
from app.services.throttle import attempt_of
from tests.builders.users import PASSWORD, auth_headers, build_user, log_in

CHANGE = "/api/v1/auth/change-password"
LOGIN = "/api/v1/auth/login"
ME = "/api/v1/auth/me"
NEW = "nine green bottles"


async def test_a_change_ends_other_sessions_and_keeps_this_one_and_tokens(
    client: AsyncClient, db: AsyncSession
) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    here, there = await log_in(client, "rhea"), await log_in(client, "rhea")
    token = (await client.post("/api/v1/auth/tokens", headers=here, json={"name": "script"})).json()["token"]
    answer = await client.post(CHANGE, headers=here, json={"current_password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 204
    assert (await client.get(ME, headers=here)).status_code == 200
    assert (await client.get(ME, headers=there)).json()["code"] == "session_expired"
    assert (await client.get(ME, headers={"Authorization": f"Bearer {token}"})).status_code == 200
    assert (await client.post(LOGIN, data={"username": "rhea", "password": PASSWORD})).status_code == 401
    await log_in(client, "rhea", NEW)
    bodies = " ".join((await db.scalars(select(AuditLog.body))).all())
    assert NEW not in bodies
    assert PASSWORD not in bodies


async def test_refused_changes(client: AsyncClient, db: AsyncSession) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    headers = await log_in(client, "rhea")
    for current, new, code, field in (
        ("not it", NEW, "wrong_password", "current_password"),
        (PASSWORD, PASSWORD, "weak_password", "new_password"),
        (PASSWORD, "short", "weak_password", "new_password"),
        (PASSWORD, "x" * 129, "weak_password", "new_password"),
        (PASSWORD, "P@ssw0rd12345!", "weak_password", "new_password"),
        (PASSWORD, "aegis-aegis-2026", "weak_password", "new_password"),
        (PASSWORD, "rhea-rhea-rhea", "weak_password", "new_password"),
        (PASSWORD, "123456789012", "weak_password", "new_password"),
    ):
        answer = await client.post(CHANGE, headers=headers, json={"current_password": current, "new_password": new})
        assert answer.status_code == 422
        body = answer.json()
        assert (body["code"], body["errors"][0]["field"]) == (code, field)
    assert (await client.get(ME, headers=headers)).status_code == 200


async def test_spaces_around_a_password_belong_to_it(client: AsyncClient, db: AsyncSession) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    headers = await log_in(client, "rhea")
    new = f"  {NEW}  "
    assert (
        await client.post(CHANGE, headers=headers, json={"current_password": PASSWORD, "new_password": new})
    ).status_code == 204
    await log_in(client, "rhea", new)
    assert (await client.post(LOGIN, data={"username": "rhea", "password": NEW})).status_code == 401


async def test_a_reset_link_works_once_and_leaves_its_mark(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    admin = await build_user(db, role=Role.ADMIN)
    lead = await build_user(db, role=Role.BLUE_LEAD, username="hestia", password=PASSWORD)
    old = await log_in(client, "hestia")
    boss = await auth_headers(db, admin, settings)
    issued = await client.post(f"/api/v1/users/{lead.id}/reset", headers=boss)
    assert issued.status_code == 200
    link = issued.json()["one_time_link"]
    assert link["path"] == f"/set-password#{link['token']}"
    weak = await client.post("/api/v1/auth/redeem", json={"token": link["token"], "new_password": "short"})
    assert weak.json()["code"] == "weak_password"
    done = await client.post("/api/v1/auth/redeem", json={"token": link["token"], "new_password": NEW})
    assert (done.status_code, done.json()) == (200, {"username": "hestia"})
    again = await client.post("/api/v1/auth/redeem", json={"token": link["token"], "new_password": NEW})
    assert (again.status_code, again.json()["code"]) == (422, "link_invalid")
    assert (await client.get(ME, headers=old)).status_code == 401
    headers = await log_in(client, "hestia", NEW)
    # A change of his own afterwards hides nothing.
    await client.post(CHANGE, headers=headers, json={"current_password": NEW, "new_password": "ten green bottles"})
    stored = await db.get_one(UserAccount, lead.id, populate_existing=True)
    assert stored.credentials_changed_by == admin.id
    at = clock.now()
    assert changed_recently(stored, at)
    assert not changed_recently(stored, at + timedelta(days=8))
    assert link["token"] not in " ".join((await db.scalars(select(AuditLog.body))).all())


async def test_whoever_knows_the_old_password_does_not_undo_a_reset_that_comes_in_between(
    real_client: AsyncClient, real_factory: SessionFactory, settings: Settings
) -> None:
    async with real_factory() as session:
        boss = await auth_headers(session, await build_user(session, role=Role.ADMIN), settings)
        user = await build_user(session, username="hestia", password=PASSWORD)
        thief = await auth_headers(session, user, settings)
        await session.commit()
    issued = await real_client.post(f"/api/v1/users/{user.id}/reset", headers=boss)
    link = {"token": issued.json()["one_time_link"]["token"], "new_password": NEW}
    undone = {"current_password": PASSWORD, "new_password": "what the thief wants"}
    answers = await asyncio.gather(
        *(real_client.post(CHANGE, headers=thief, json=undone) for _ in range(3)),
        real_client.post("/api/v1/auth/redeem", json=link),
    )
    *changes, redeemed = [answer.status_code for answer in answers]
    assert changes.count(204) <= 1
    if redeemed == 200:
        await log_in(real_client, "hestia", NEW)


async def test_a_newer_link_and_time_make_a_link_useless(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    boss = await auth_headers(db, await build_user(db, role=Role.ADMIN), settings)
    user = await build_user(db)
    first, second = [
        (await client.post(f"/api/v1/users/{user.id}/reset", headers=boss)).json()["one_time_link"]["token"]
        for _ in range(2)
    ]
    stale = await client.post("/api/v1/auth/redeem", json={"token": first, "new_password": NEW})
    assert stale.json()["code"] == "link_invalid"
    with clock.frozen_at(clock.now() + timedelta(hours=24, seconds=1)):
        late = await client.post("/api/v1/auth/redeem", json={"token": second, "new_password": NEW})
    assert late.json()["code"] == "link_invalid"


async def fail(client: AsyncClient, name: str, times: int) -> list[int]:
    return [
        (await client.post(LOGIN, data={"username": name, "password": f"wrong {n}"})).status_code for n in range(times)
    ]


async def test_failures_delay_and_the_delay_ends(client: AsyncClient, db: AsyncSession) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    start = clock.now()
    with clock.frozen_at(start):
        assert await fail(client, "Rhea", 6) == [401] * 5 + [429]
        refused = await client.post(LOGIN, data={"username": "rhea", "password": PASSWORD})
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
        wait = int(refused.headers["retry-after"])
        assert wait == 2
        # Somebody else at the same desk is not held up.
        await build_user(db, username="theia", password=PASSWORD)
        await log_in(client, "theia")
    with clock.frozen_at(start + timedelta(seconds=wait)):
        await log_in(client, "rhea")
        assert await fail(client, "rhea", 5) == [401] * 5


async def test_strangers_cannot_keep_somebody_out_of_a_known_place(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    user = await build_user(db, username="rhea", password=PASSWORD)
    await log_in(client, "rhea")
    at = clock.now()
    for row in (await db.scalars(select(LoginThrottle))).all():
        await db.delete(row)
    attempt = attempt_of(settings, user.username, "192.0.2.7")
    db.add(
        LoginThrottle(
            key=attempt.keys["account"], failures=99, last_failed_at=at, blocked_until=at + timedelta(seconds=60)
        )
    )
    await db.flush()
    await log_in(client, "rhea")


async def test_successes_are_never_delayed(client: AsyncClient, db: AsyncSession) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    for _ in range(60):
        await log_in(client, "rhea")
    assert (await db.scalars(select(LoginThrottle))).all() == []


async def test_one_address_guessing_many_names_is_delayed(client: AsyncClient) -> None:
    with clock.frozen_at(clock.now()):
        statuses = [(await fail(client, f"name-{n}", 1))[0] for n in range(52)]
    assert statuses == [401] * 50 + [429] * 2
