"""Routes of users."""

import asyncio
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.database import SessionFactory
from app.domain.permissions import Role
from app.ids import new_id
from app.models.audit import AuditLog
from app.models.identity import UserAccount
from app.models.notification import Notification
from tests.builders.users import PASSWORD, auth_headers, build_user, log_in

USERS = "/api/v1/users"
ME = "/api/v1/auth/me"
BODY = {"username": "rhea", "email": "rhea@corp.local", "full_name": "R. Example", "role": "red_tech"}


@pytest.fixture
async def boss(db: AsyncSession, settings: Settings) -> dict[str, str]:
    admin = await build_user(db, role=Role.ADMIN, username="boss")
    return await auth_headers(db, admin, settings)


async def test_a_person_with_an_initial_password_can_sign_in(
    client: AsyncClient, db: AsyncSession, boss: dict[str, str]
) -> None:
    answer = await client.post(USERS, headers=boss, json=BODY | {"password": PASSWORD})
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["location"] == f"{USERS}/{body['id']}"
    assert {name: body[name] for name in BODY} == BODY
    assert (body["is_active"], body["auditor"], body["must_change_password"]) == (True, False, False)
    assert body["one_time_link"] is None
    assert PASSWORD not in answer.text
    headers = await log_in(client, "RHEA")
    assert (await client.get(ME, headers=headers)).json()["role"] == "red_tech"
    listed = await client.get(f"{USERS}/{body['id']}", headers=boss)
    assert listed.json()["last_login_at"] is not None
    entry = (await db.scalars(select(AuditLog).where(AuditLog.action == "user.created"))).one()
    assert (entry.actor_label, entry.subject_label, entry.subject_id) == ("boss", "rhea", body["id"])
    assert PASSWORD not in entry.body


async def test_without_a_password_the_answer_holds_a_link(client: AsyncClient, boss: dict[str, str]) -> None:
    answer = await client.post(USERS, headers=boss, json=BODY)
    token = answer.json()["one_time_link"]["token"]
    assert (
        await client.post("/api/v1/auth/redeem", json={"token": token, "new_password": PASSWORD})
    ).status_code == 200
    await log_in(client, "rhea")


async def test_in_production_an_initial_password_has_to_be_changed(
    client: AsyncClient, boss: dict[str, str], settings: Settings
) -> None:
    settings.environment = "production"
    answer = await client.post(USERS, headers=boss, json=BODY | {"password": PASSWORD})
    assert answer.json()["must_change_password"] is True
    headers = await log_in(client, "rhea")
    refused = await client.get(f"{USERS}/directory", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"username": "RHEA2", "email": "Taken@Example.org"}, (409, "email_taken")),
        ({"username": "BOSS"}, (409, "username_taken")),
        ({"password": "short"}, (422, "weak_password")),
        ({"password": "password1234"}, (422, "weak_password")),
        ({"role": "root"}, (422, "invalid_input")),
        ({"username": "no spaces"}, (422, "invalid_input")),
        ({"username": ""}, (422, "invalid_input")),
        ({"username": "x" * 65}, (422, "invalid_input")),
        ({"full_name": "a\x00b"}, (422, "invalid_input")),
        ({"email": "nobody"}, (422, "invalid_input")),
        ({"is_admin": True}, (422, "invalid_input")),
    ],
)
async def test_refused_people(
    client: AsyncClient,
    db: AsyncSession,
    boss: dict[str, str],
    change: dict[str, object],
    refusal: tuple[int, str],
) -> None:
    await build_user(db, username="theia", email="taken@example.org")
    answer = await client.post(USERS, headers=boss, json=BODY | change)
    assert (answer.status_code, answer.json()["code"]) == refusal
    assert (await db.scalars(select(UserAccount.id).where(UserAccount.username == "rhea"))).all() == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_only_administrators_manage_people(
    client: AsyncClient, db: AsyncSession, settings: Settings, role: Role
) -> None:
    user = await build_user(db, role=role, auditor=True)
    headers = await auth_headers(db, user, settings)
    for method, path in (
        ("GET", USERS),
        ("POST", USERS),
        ("GET", f"{USERS}/{user.id}"),
        ("PATCH", f"{USERS}/{user.id}"),
        ("DELETE", f"{USERS}/{user.id}"),
        ("POST", f"{USERS}/{user.id}/reset"),
    ):
        answer = await client.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
        assert (await client.request(method, path)).status_code == 401
    assert (await client.get(f"{USERS}/directory", headers=headers)).status_code == 200


async def test_a_role_change_acts_at_once_and_is_told(
    client: AsyncClient, db: AsyncSession, boss: dict[str, str], settings: Settings
) -> None:
    user = await build_user(db, role=Role.RED_TECH, username="rhea", password=PASSWORD)
    leads = [await build_user(db, role=role) for role in (Role.RED_LEAD, Role.BLUE_LEAD)]
    old = await log_in(client, "rhea")
    answer = await client.patch(f"{USERS}/{user.id}", headers=boss, json={"role": "viewer"})
    assert (answer.status_code, answer.json()["role"]) == (200, "viewer")
    assert answer.json()["role_changed_at"] is not None
    stale = await client.get(ME, headers=old)
    assert (stale.status_code, stale.json()["code"]) == (401, "session_expired")
    # The session itself goes on: a refresh brings a token with the new rights.
    fresh = (await client.post("/api/v1/auth/refresh", headers=old)).json()
    assert fresh["user"]["role"] == "viewer"
    told = (await db.scalars(select(Notification.user_id).where(Notification.kind == "role_changed"))).all()
    assert sorted(told) == sorted([user.id, *(lead.id for lead in leads)])
    entry = (await db.scalars(select(AuditLog).where(AuditLog.action == "user.role_changed"))).one()
    assert '"before":{"role":"red_tech"}' in entry.body
    assert '"after":{"role":"viewer"}' in entry.body


async def test_patches_merge_and_never_carry_a_password(
    client: AsyncClient, db: AsyncSession, boss: dict[str, str]
) -> None:
    user = await build_user(db, username="rhea", email="rhea@example.org")
    path = f"{USERS}/{user.id}"
    changed = (await client.patch(path, headers=boss, json={"full_name": "Rhea Two", "auditor": True})).json()
    assert (changed["full_name"], changed["auditor"], changed["email"]) == ("Rhea Two", True, "rhea@example.org")
    assert (await client.patch(path, headers=boss, json={"email": None})).json()["email"] is None
    assert (await client.patch(path, headers=boss, json={})).status_code == 200
    for body in ({"password": PASSWORD}, {"role": None}, {"username": "new"}, {"is_active": "maybe"}):
        assert (await client.patch(path, headers=boss, json=body)).status_code == 422
    missing = await client.patch(f"{USERS}/{new_id()}", headers=boss, json={"role": "viewer"})
    assert (missing.status_code, missing.json()["code"]) == (404, "user_not_found")
    assert (await client.patch(f"{USERS}/nonsense", headers=boss, json={})).status_code == 422
    assert (await db.scalars(select(AuditLog.action).order_by(AuditLog.seq))).all() == ["user.updated"] * 2


async def test_deactivation_ends_sessions_and_tokens(
    client: AsyncClient, db: AsyncSession, boss: dict[str, str]
) -> None:
    user = await build_user(db, username="rhea", password=PASSWORD)
    headers = await log_in(client, "rhea")
    token = (await client.post("/api/v1/auth/tokens", headers=headers, json={"name": "script"})).json()["token"]
    path = f"{USERS}/{user.id}"
    assert (await client.delete(path, headers=boss)).status_code == 204
    assert (await client.delete(path, headers=boss)).status_code == 204
    assert (await client.get(path, headers=boss)).json()["is_active"] is False
    for credentials in (headers, {"Authorization": f"Bearer {token}"}):
        assert (await client.get(ME, headers=credentials)).status_code == 401
    assert (await client.post("/api/v1/auth/login", data={"username": "rhea", "password": PASSWORD})).status_code == 401
    reset = await client.post(f"{path}/reset", headers=boss)
    assert (reset.status_code, reset.json()["code"]) == (409, "user_inactive")
    assert (await client.patch(path, headers=boss, json={"is_active": True})).json()["is_active"] is True
    await log_in(client, "rhea")
    assert (await client.get(ME, headers={"Authorization": f"Bearer {token}"})).status_code == 401
    actions = (await db.scalars(select(AuditLog.action).where(AuditLog.action.startswith("user.")))).all()
    assert actions == ["user.deactivated", "user.reactivated"]


async def test_the_last_administrator_stays(client: AsyncClient, db: AsyncSession, boss: dict[str, str]) -> None:
    await build_user(db, role=Role.ADMIN, is_active=False)
    me = (await client.get(ME, headers=boss)).json()["id"]
    path = f"{USERS}/{me}"
    for answer in (
        await client.delete(path, headers=boss),
        await client.patch(path, headers=boss, json={"role": "viewer"}),
        await client.patch(path, headers=boss, json={"is_active": False}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
    await build_user(db, role=Role.ADMIN)
    assert (await client.patch(path, headers=boss, json={"role": "viewer"})).status_code == 200


async def test_two_administrators_who_demote_each_other_leave_one(
    real_client: AsyncClient, real_factory: SessionFactory, settings: Settings
) -> None:
    for turn in range(5):
        async with real_factory() as session:
            pair = [await build_user(session, role=Role.ADMIN, username=f"admin-{turn}-{n}") for n in range(2)]
            headers = [await auth_headers(session, admin, settings) for admin in pair]
            for other in (await session.scalars(select(UserAccount))).all():
                other.role = "admin" if other in pair else "viewer"
            await session.commit()
        answers = await asyncio.gather(
            real_client.patch(f"{USERS}/{pair[1].id}", headers=headers[0], json={"role": "viewer"}),
            real_client.delete(f"{USERS}/{pair[0].id}", headers=headers[1]),
        )
        statuses = sorted(answer.status_code for answer in answers)
        # The loser is told either that he is the last one, or that he is no administrator any more.
        assert statuses[0] in {200, 204}
        assert statuses[1] in {401, 403, 409}
        async with real_factory() as session:
            left = await session.scalars(
                select(UserAccount.id).where(UserAccount.role == "admin", UserAccount.is_active)
            )
            assert len(left.all()) == 1


async def test_lists_are_filtered_paged_and_exported(
    client: AsyncClient, db: AsyncSession, boss: dict[str, str]
) -> None:
    for name, role in (("ariel", Role.RED_TECH), ("bianca", Role.BLUE_TECH), ("calypso", Role.RED_TECH)):
        await build_user(db, role=role, username=name, full_name=f"={name}")
    await build_user(db, username="dione", is_active=False)

    async def names(query: str) -> list[str]:
        return [item["username"] for item in (await client.get(f"{USERS}?{query}", headers=boss)).json()["items"]]

    assert await names("") == ["ariel", "bianca", "boss", "calypso", "dione"]
    assert await names("role=red_tech&role=blue_tech") == ["ariel", "bianca", "calypso"]
    assert await names("is_active=false") == ["dione"]
    assert await names("q=bianca@exam") == ["bianca"]
    assert await names("q=%25") == []
    page = (await client.get(f"{USERS}?limit=2&offset=1", headers=boss)).json()
    assert ([item["username"] for item in page["items"]], page["total"]) == (["bianca", "boss"], 5)
    assert (await client.get(f"{USERS}?limit=201", headers=boss)).status_code == 422
    table = await client.get(f"{USERS}?format=csv&q=ariel", headers=boss)
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    header, row = table.text.lstrip("\ufeff").splitlines()
    assert header.startswith('"id","username","full_name"')
    assert '"\'=ariel"' in row


async def test_the_directory_shows_no_addresses(
    client: AsyncClient, db: AsyncSession, settings: Settings, boss: dict[str, str]
) -> None:
    viewer = await build_user(db, username="vesta")
    headers = await auth_headers(db, viewer, settings)
    found = (await client.get(f"{USERS}/directory?q=bos", headers=headers)).json()
    assert [sorted(item) for item in found["items"]] == [["full_name", "id", "is_active", "role", "username"]]
    assert (await client.get(f"{USERS}/directory?q=example.org", headers=headers)).json()["total"] == 0
    assert (await client.get(f"{USERS}/directory?role=admin", headers=headers)).json()["total"] == 1


async def test_the_same_request_twice_makes_one_person(
    client: AsyncClient, db: AsyncSession, boss: dict[str, str]
) -> None:
    headers = boss | {"Idempotency-Key": "make-rhea-1"}
    first = await client.post(USERS, headers=headers, json=BODY)
    second = await client.post(USERS, headers=headers, json=BODY)
    assert [first.status_code, second.status_code] == [201, 201]
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["one_time_link"] is not None
    assert second.json()["one_time_link"] is None
    other = await client.post(USERS, headers=headers, json=BODY | {"username": "theia"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert (await client.post(USERS, headers=boss | {"Idempotency-Key": "x" * 201}, json=BODY)).status_code == 422
    assert len((await db.scalars(select(UserAccount.id).where(UserAccount.username == "rhea"))).all()) == 1


async def test_the_same_request_at_the_same_moment_makes_one_person(
    real_client: AsyncClient, real_factory: SessionFactory, settings: Settings
) -> None:
    async with real_factory() as session:
        headers = await auth_headers(session, await build_user(session, role=Role.ADMIN), settings)
        await session.commit()
    headers["Idempotency-Key"] = "race"
    answers = await asyncio.gather(*(real_client.post(USERS, headers=headers, json=BODY) for _ in range(6)))
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({UUID(answer.json()["id"]) for answer in answers}) == 1
