"""ROLE_CHANGES=two_admins: what one administrator asks for, another confirms."""

import asyncio
from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.config import Settings
from app.database import SessionFactory
from app.domain.permissions import Role
from app.models.audit import AuditLog
from app.models.identity import UserAccount
from app.models.notification import Notification
from app.models.role_changes import RoleChange
from tests.builders.users import PASSWORD, auth_headers, build_user, log_in

USERS = "/api/v1/users"
CHANGES = f"{USERS}/role-changes"
Headers = dict[str, str]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.role_changes = "two_admins"
    return settings


@pytest.fixture
async def first(db: AsyncSession, settings: Settings) -> Headers:
    return await auth_headers(db, await build_user(db, role=Role.ADMIN, username="first"), settings)


@pytest.fixture
async def second(db: AsyncSession, settings: Settings) -> Headers:
    return await auth_headers(db, await build_user(db, role=Role.ADMIN, username="second"), settings)


async def waiting(client: AsyncClient, headers: Headers) -> list[dict[str, object]]:
    return list((await client.get(CHANGES, headers=headers)).json()["items"])


async def refusal(client: AsyncClient, headers: Headers, method: str, path: str) -> tuple[int, str]:
    answer = await client.request(method, path, headers=headers)
    return answer.status_code, answer.json()["code"]


async def test_another_administrator_confirms_a_new_role(
    client: AsyncClient, db: AsyncSession, first: Headers, second: Headers
) -> None:
    user = await build_user(db, role=Role.RED_TECH, username="rhea", password=PASSWORD)
    lead = await build_user(db, role=Role.BLUE_LEAD)
    path, change = f"{USERS}/{user.id}", {"role": "red_lead", "auditor": True, "full_name": "Rhea"}
    asked = await client.patch(path, headers=first, json=change)
    assert (asked.status_code, asked.json()["role"], asked.json()["auditor"]) == (202, "red_tech", False)
    assert asked.json()["full_name"] == "Rhea", "what is no right needs nobody"
    # The page sends all fields: what does not change them leaves what waits alone.
    same = {"role": "red_tech", "auditor": False}
    assert (await client.patch(path, headers=first, json=same | {"full_name": "Rhea Two"})).status_code == 200
    [mine] = await waiting(client, first)
    [seen] = await waiting(client, second)
    assert (mine["allowed_actions"], seen["allowed_actions"]) == (["withdraw"], ["confirm", "refuse"])
    assert (seen["role"], seen["auditor"], seen["is_active"]) == ("red_lead", True, None)
    told = (await db.scalars(select(Notification).where(Notification.kind == "role_change_asked"))).one()
    assert (told.title, told.link) == ("first asks to change rhea: role red_lead, auditor yes", "/system/users")
    confirm = f"{CHANGES}/{seen['id']}/confirm"
    assert await refusal(client, first, "POST", confirm) == (403, "second_admin_needed")
    stale = await log_in(client, "rhea")
    done = await client.post(confirm, headers=second)
    assert (done.status_code, done.json()["role"], done.json()["auditor"]) == (200, "red_lead", True)
    assert await refusal(client, stale, "GET", "/api/v1/auth/me") == (401, "session_expired")
    assert await refusal(client, second, "POST", confirm) == (409, "role_change_over")
    assert await waiting(client, second) == []
    entries = {entry.action: entry for entry in await db.scalars(select(AuditLog).order_by(AuditLog.seq))}
    assert entries["user.role_change_asked"].actor_label == "first"
    assert entries["user.role_changed"].actor_label == "second"
    assert '"asked_by":"first"' in entries["user.role_changed"].body
    heard = (await db.scalars(select(Notification.user_id).where(Notification.kind == "role_changed"))).all()
    assert sorted(heard) == sorted([user.id, lead.id])


async def test_a_change_is_refused_withdrawn_replaced_and_ends(
    client: AsyncClient, db: AsyncSession, first: Headers, second: Headers
) -> None:
    path = f"{USERS}/{(await build_user(db, username='rhea')).id}"

    async def ask(role: str) -> str:
        assert (await client.patch(path, headers=first, json={"role": role})).status_code == 202
        [change] = await waiting(client, second)
        return f"{CHANGES}/{change['id']}"

    refused = await ask("red_lead")
    assert (await client.delete(refused, headers=second)).status_code == 204
    withdrawn = await ask("red_lead")
    assert (await client.delete(withdrawn, headers=first)).status_code == 204
    replaced, late = await ask("red_lead"), await ask("admin")
    for over in (refused, withdrawn, replaced):
        assert await refusal(client, second, "POST", f"{over}/confirm") == (409, "role_change_over")
        assert await refusal(client, second, "DELETE", over) == (409, "role_change_over")
    await db.execute(update(RoleChange).values(created_at=clock.now() - timedelta(days=9)))
    await db.execute(update(RoleChange).values(expires_at=clock.now() - timedelta(days=2)))
    assert await waiting(client, second) == []
    assert await refusal(client, second, "POST", f"{late}/confirm") == (409, "role_change_over")
    assert (await client.get(path, headers=first)).json()["role"] == "viewer"
    assert (await db.scalars(select(RoleChange.outcome).order_by(RoleChange.created_at, RoleChange.id))).all() == [
        "refused",
        "withdrawn",
        "replaced",
        None,
    ]
    assert await refusal(client, second, "DELETE", f"{CHANGES}/{refused[-36:-1]}0") == (404, "role_change_not_found")


async def test_a_new_person_begins_as_a_viewer_and_others_are_shut_out_at_once(
    client: AsyncClient, first: Headers, second: Headers
) -> None:
    body = {"username": "rhea", "role": "blue_lead", "password": PASSWORD}
    made = await client.post(USERS, headers=first, json=body)
    assert (made.status_code, made.json()["role"]) == (201, "viewer")
    [change] = await waiting(client, second)
    confirmed = await client.post(f"{CHANGES}/{change['id']}/confirm", headers=second)
    assert confirmed.json()["role"] == "blue_lead"
    assert (await client.delete(f"{USERS}/{made.json()['id']}", headers=first)).status_code == 204
    viewer = await client.post(USERS, headers=first, json={"username": "theia", "role": "viewer"})
    assert (viewer.status_code, await waiting(client, second)) == (201, [])


async def test_nobody_gets_rid_of_the_second_one_or_becomes_him(
    client: AsyncClient, db: AsyncSession, settings: Settings, first: Headers, second: Headers
) -> None:
    him = (await client.get("/api/v1/auth/me", headers=second)).json()["id"]
    me = (await client.get("/api/v1/auth/me", headers=first)).json()["id"]
    assert (await client.delete(f"{USERS}/{him}", headers=first)).status_code == 202
    assert (await client.patch(f"{USERS}/{him}", headers=first, json={"role": "viewer"})).status_code == 202
    assert (await client.patch(f"{USERS}/{me}", headers=first, json={"role": "red_lead"})).status_code == 202
    changes = {change["user"]["username"]: change for change in await waiting(client, first)}  # type: ignore[index]  # JSON
    # With his log-in reset, the account may be the first one's by now.
    await client.post(f"{USERS}/{him}/reset", headers=first)
    assert [change["allowed_actions"] for change in await waiting(client, second)] == [["refuse"], ["refuse"]]
    own = f"{CHANGES}/{changes['first']['id']}/confirm"
    assert await refusal(client, second, "POST", own) == (403, "not_independent")
    third = await auth_headers(db, await build_user(db, role=Role.ADMIN, username="third"), settings)
    token = (await client.post("/api/v1/auth/tokens", headers=third, json={"name": "script"})).json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert await refusal(client, bearer, "POST", own) == (403, "token_not_permitted")
    assert await refusal(client, bearer, "DELETE", own.removesuffix("/confirm")) == (403, "token_not_permitted")
    assert (await client.post(own, headers=third)).json()["role"] == "red_lead"
    marked = await db.get_one(UserAccount, him)
    assert marked.role == "admin"
    # Whoever is no administrator any more asks for nothing.
    left = f"{CHANGES}/{changes['second']['id']}/confirm"
    assert await refusal(client, third, "POST", left) == (409, "role_change_over")
    assert await waiting(client, third) == []


async def test_one_administrator_needs_nobody_and_marks_his_own_change(
    client: AsyncClient, db: AsyncSession, first: Headers
) -> None:
    user = await build_user(db)
    assert (await client.patch(f"{USERS}/{user.id}", headers=first, json={"role": "admin"})).status_code == 200
    assert (await client.delete(f"{USERS}/{user.id}", headers=first)).status_code == 202
    assert (await db.scalars(select(RoleChange.is_active))).all() == [False]


async def test_two_who_confirm_at_once_change_once(
    real_client: AsyncClient, real_factory: SessionFactory, settings: Settings
) -> None:
    async with real_factory() as session:
        admins = [await build_user(session, role=Role.ADMIN) for _ in range(3)]
        asking, *others = [await auth_headers(session, admin, settings) for admin in admins]
        user = await build_user(session)
        await session.commit()
    path = f"{USERS}/{user.id}"
    assert (await real_client.patch(path, headers=asking, json={"role": "red_tech"})).status_code == 202
    [change] = await waiting(real_client, asking)
    confirm = f"{CHANGES}/{change['id']}/confirm"
    answers = await asyncio.gather(*(real_client.post(confirm, headers=other) for other in others))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    async with real_factory() as session:
        assert (await session.get_one(UserAccount, user.id)).role_epoch == 1
