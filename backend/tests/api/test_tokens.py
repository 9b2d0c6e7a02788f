"""Routes of personal access tokens."""

from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import clock
from app.config import Settings
from app.domain.permissions import Permission, Role, permissions_of
from app.models.audit import AuditLog
from app.models.identity import AccessToken
from app.security import new_personal_token
from tests.builders.users import auth_headers, build_user

TOKENS = "/api/v1/auth/tokens"
ME = "/api/v1/auth/me"


async def make(client: AsyncClient, headers: dict[str, str], **body: object) -> dict[str, str]:
    answer = await client.post(TOKENS, headers=headers, json={"name": "script"} | body)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_a_token_is_shown_once_and_kept_as_a_hash(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    headers = await auth_headers(db, await build_user(db), settings)
    answer = await client.post(TOKENS, headers=headers, json={"name": "nightly", "expires_in_days": 30})
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["location"] == f"{TOKENS}/{body['id']}"
    secret = body.pop("token")
    assert secret.startswith("aegis_pat_")
    assert body["hint"] == secret[-4:]
    listed = await client.get(TOKENS, headers=headers)
    assert listed.json()["items"] == [body]
    assert secret not in listed.text
    stored = (await db.scalars(select(AccessToken))).one()
    assert secret[10:] not in stored.token_hash
    assert (stored.expires_at - stored.created_at).days == 30
    assert secret not in " ".join((await db.scalars(select(AuditLog.body))).all())


async def test_a_token_has_what_its_owner_has_but_never_the_vote(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    headers = await auth_headers(db, await build_user(db, role=Role.ADMIN), settings)
    me = (await client.get(ME, headers=await make(client, headers))).json()
    assert me["permissions"] == sorted(permissions_of(Role.ADMIN) - {Permission.TEST_VOTE, Permission.AUDIT_READ})
    assert me["session"] is None
    scoped = await make(client, headers, scopes=["test:read", "audit:read"])
    assert (await client.get(ME, headers=scoped)).json()["permissions"] == ["audit:read", "profile:own", "test:read"]
    assert (await client.get("/api/v1/audit-logs", headers=scoped)).status_code == 200
    assert (await client.get("/api/v1/users", headers=scoped)).status_code == 403


async def test_what_a_token_may_never_do(client: AsyncClient, db: AsyncSession, settings: Settings) -> None:
    user = await build_user(db, role=Role.ADMIN)
    headers = await auth_headers(db, user, settings)
    token = await make(client, headers)
    person = f"/api/v1/users/{user.id}"
    password = {"current_password": "x", "new_password": "y"}
    for method, path, body in (
        ("POST", TOKENS, {"name": "child"}),
        ("DELETE", f"{TOKENS}/{user.id}", None),
        ("DELETE", f"/api/v1/auth/sessions/{user.id}", None),
        ("POST", "/api/v1/auth/change-password", password),
        ("POST", "/api/v1/users", {"username": "x", "role": "viewer"}),
        ("PATCH", person, {"role": "viewer"}),
        ("POST", f"{person}/reset", None),
        ("DELETE", person, None),
    ):
        answer = await client.request(method, path, headers=token, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "token_not_permitted"), path
    assert (await client.get("/api/v1/users", headers=token)).status_code == 200
    assert (await client.post("/api/v1/auth/logout", headers=token)).json()["code"] == "no_session"
    assert (await client.post("/api/v1/auth/refresh", headers=token)).status_code == 401


async def test_a_role_change_narrows_a_token(client: AsyncClient, db: AsyncSession, settings: Settings) -> None:
    user = await build_user(db, role=Role.RED_TECH)
    token = await make(client, await auth_headers(db, user, settings), scopes=["test:create", "test:read"])
    user.role = Role.VIEWER
    assert (await client.get(ME, headers=token)).json()["permissions"] == ["profile:own", "test:read"]


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"scopes": ["user:manage"]}, (422, "scope_not_permitted")),
        ({"scopes": ["test:vote"]}, (422, "scope_not_permitted")),
        ({"scopes": ["audit:read"]}, (403, "scope_needs_admin")),
        ({"scopes": ["everything"]}, (422, "invalid_input")),
        ({"expires_in_days": 366}, (422, "invalid_input")),
        ({"expires_in_days": 0}, (422, "invalid_input")),
        ({"name": ""}, (422, "invalid_input")),
        ({"allowed_addresses": ["10.0.0.0/99"]}, (422, "invalid_input")),
    ],
)
async def test_refused_tokens(
    client: AsyncClient, db: AsyncSession, settings: Settings, body: dict[str, object], refusal: tuple[int, str]
) -> None:
    headers = await auth_headers(db, await build_user(db, role=Role.BLUE_LEAD, auditor=True), settings)
    answer = await client.post(TOKENS, headers=headers, json={"name": "script"} | body)
    assert (answer.status_code, answer.json()["code"]) == refusal
    assert (await db.scalars(select(AccessToken))).all() == []


async def test_a_token_ends_by_time_by_revocation_and_by_place(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    user, other = await build_user(db), await build_user(db)
    headers = await auth_headers(db, user, settings)
    token = await make(client, headers, expires_in_days=1)
    with clock.frozen_at(clock.now() + timedelta(days=1)):
        assert (await client.get(ME, headers=token)).status_code == 401
    assert (await client.get(ME, headers=token)).status_code == 200
    row = (await db.scalars(select(AccessToken).execution_options(populate_existing=True))).one()
    assert row.last_used_address == "127.0.0.1"
    stranger = await client.delete(f"{TOKENS}/{row.id}", headers=await auth_headers(db, other, settings))
    assert (stranger.status_code, stranger.json()["code"]) == (404, "token_not_found")
    assert (await client.delete(f"{TOKENS}/{row.id}", headers=headers)).status_code == 204
    assert (await client.delete(f"{TOKENS}/{row.id}", headers=headers)).status_code == 204
    assert (await client.get(ME, headers=token)).status_code == 401
    assert (await client.get(TOKENS, headers=headers)).json()["total"] == 0
    elsewhere = await make(client, headers, allowed_addresses=["10.1.2.3/8"])
    assert (await client.get(ME, headers=elsewhere)).status_code == 401
    here = await make(client, headers, allowed_addresses=["10.0.0.0/8", "127.0.0.0/8"])
    assert (await client.get(ME, headers=here)).status_code == 200


async def test_tokens_that_do_not_exist_or_are_misspelt(client: AsyncClient) -> None:
    real = new_personal_token()
    for secret in (real, real[:-1] + "x", "aegis_pat_", "aegis_pat_" + "0" * 72):
        answer = await client.get(ME, headers={"Authorization": f"Bearer {secret}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


async def test_a_repeated_request_does_not_show_the_secret_again(
    client: AsyncClient, db: AsyncSession, settings: Settings
) -> None:
    headers = await auth_headers(db, await build_user(db), settings) | {"Idempotency-Key": "one"}
    assert (await client.post(TOKENS, headers=headers, json={"name": "script"})).status_code == 201
    again = await client.post(TOKENS, headers=headers, json={"name": "script"})
    assert (again.status_code, again.json()["code"]) == (409, "already_created")
    assert len((await db.scalars(select(AccessToken))).all()) == 1
