"""POST auth/login, GET auth/me."""

from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings
from app.domain.permissions import Role, permissions_of
from app.models.audit import AuditLog
from app.security import CHEAP_COST, passwords_for
from app.services.seeding import ensure_first_admin
from tests.builders.users import PASSWORD, auth_headers, build_user, log_in

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/auth/me"


async def test_the_right_password_opens_a_session(client: AsyncClient, db: AsyncSession) -> None:
    user = await build_user(db, role=Role.RED_TECH, username="Rhea", password=PASSWORD)
    answer = await client.post(LOGIN, data={"username": "rhea", "password": PASSWORD})
    assert answer.status_code == 200
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 3600
    assert body["user"]["username"] == "Rhea"
    assert answer.headers["cache-control"] == "no-store"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("aegis_refresh=")
    for part in ("HttpOnly", "SameSite=strict", "Path=/"):
        assert part in cookie
    assert "Secure" not in cookie
    me = await client.get(ME, headers={"Authorization": f"Bearer {body['access_token']}"})
    assert me.status_code == 200
    assert me.json() == body["user"]
    assert me.json()["permissions"] == sorted(permissions_of(Role.RED_TECH))
    assert me.json()["session"]["idle_minutes"] == 30
    entry = (await db.scalars(select(AuditLog).where(AuditLog.action == "session.opened"))).one()
    assert (entry.actor_id, entry.via, entry.address) == (user.id, "session", "127.0.0.1")
    assert entry.request_id == answer.headers["x-request-id"]
    assert PASSWORD not in entry.body


async def test_over_tls_the_cookie_is_bound_to_the_host(client: AsyncClient, db: AsyncSession) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    answer = await client.post(
        "https://aegis.example.org/api/v1/auth/login", data={"username": "rhea", "password": PASSWORD}
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-aegis_refresh=")
    assert "Secure" in cookie
    assert "Domain" not in cookie


async def test_a_wrong_password_and_an_unknown_name_look_the_same(client: AsyncClient, db: AsyncSession) -> None:
    await build_user(db, username="rhea", password=PASSWORD)
    await build_user(db, username="gone", password=PASSWORD, is_active=False)
    await build_user(db, username="invited")
    answers = [
        await client.post(LOGIN, data={"username": name, "password": word})
        for name, word in (("rhea", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("invited", PASSWORD))
    ]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert {(a.json()["code"], a.json()["detail"]) for a in answers} == {
        ("invalid_credentials", "The name or the password is wrong.")
    }
    entries = (await db.scalars(select(AuditLog).order_by(AuditLog.seq))).all()
    assert [entry.action for entry in entries] == ["session.refused"] * 4
    assert [entry.subject_label for entry in entries] == ["rhea", None, "gone", "invited"]


async def test_form_faults_are_named(client: AsyncClient) -> None:
    for data, field in (({"username": "x"}, "password"), ({"username": "a\x00b", "password": "x"}, "")):
        answer = await client.post(LOGIN, data=data)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field
    assert (await client.post(LOGIN, json={"username": "a", "password": "b"})).status_code == 422


async def test_without_credentials_there_is_no_profile(client: AsyncClient) -> None:
    for header in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer abc"}, {"Authorization": "Bearer "}):
        answer = await client.get(ME, headers=header)
        assert answer.status_code == 401
        assert answer.json()["code"] == "not_authenticated"
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_authentication_is_one_query(
    client: AsyncClient, db: AsyncSession, settings: Settings, statements: list[str]
) -> None:
    headers = await auth_headers(db, await build_user(db), settings)
    statements.clear()
    assert (await client.get("/api/v1/auth/nothing-here", headers=headers)).status_code == 404
    assert statements == []
    assert (await client.get("/api/v1/users", headers=headers)).status_code == 403
    assert len(statements) == 1


async def test_the_first_administrator_is_made_once(client: AsyncClient, db: AsyncSession, settings: Settings) -> None:
    hashing = passwords_for(CHEAP_COST)
    admin = await ensure_first_admin(db, settings, hashing)
    assert admin is not None
    assert await ensure_first_admin(db, settings, hashing) is None
    headers = await log_in(client, "admin", "admin123")
    me = (await client.get(ME, headers=headers)).json()
    assert me["role"] == "admin"
    assert me["uses_default_password"] is True
    assert me["must_change_password"] is False


async def test_in_production_the_first_administrator_must_change_the_password(
    db: AsyncSession, settings: Settings, client: AsyncClient
) -> None:
    production = settings.model_copy(update={"environment": "production"})
    admin = await ensure_first_admin(db, production, passwords_for(CHEAP_COST))
    assert admin is not None
    headers = await auth_headers(db, admin, settings)
    assert (await client.get(ME, headers=headers)).json()["must_change_password"] is True
    refused = await client.get("/api/v1/users", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")
    changed = await client.post(
        "/api/v1/auth/change-password",
        headers=headers,
        json={"current_password": "admin123", "new_password": "nine green bottles"},
    )
    assert changed.status_code == 204
    assert (await client.get("/api/v1/users", headers=headers)).status_code == 200
