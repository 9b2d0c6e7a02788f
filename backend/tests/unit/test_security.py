"""Access tokens, keys and password hashes."""

import base64
import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from jose import jwt
from pydantic import SecretStr

from app import clock
from app.config import Settings
from app.security import (
    AUDIENCE,
    CHEAP_COST,
    ISSUER,
    TOKEN_LENGTH,
    AccessClaims,
    InvalidCredential,
    Passwords,
    issue_access_token,
    looks_like_personal_token,
    new_personal_token,
    purpose_key,
    read_access_token,
)

KEY = "a-key-of-more-than-thirty-two-characters"
USER, SESSION = UUID(int=1), UUID(int=2)


def make(**changes: object) -> Settings:
    return Settings(_env_file=None, **({"secret_key": KEY} | changes))  # type: ignore[arg-type]


def forge(settings: Settings, algorithm: str = "HS256", key: str | None = None, **changes: object) -> str:
    now = int(clock.now().timestamp())
    body: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(USER),
        "sid": str(SESSION),
        "jti": "x",
        "epoch": 0,
        "iat": now,
        "exp": now + 60,
    }
    body = {name: value for name, value in (body | changes).items() if value is not None}
    return jwt.encode(body, key or purpose_key(settings, "jwt").hex(), algorithm=algorithm)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_token_says_what_it_was_given(algorithm: str) -> None:
    settings, now = make(algorithm=algorithm), clock.now()
    claims = AccessClaims(USER, SESSION, 3)
    token = issue_access_token(settings, claims, now=now)
    assert read_access_token(settings, token, now=now) == claims
    assert read_access_token(settings, token, now=now + timedelta(minutes=59)) == claims
    with pytest.raises(InvalidCredential):
        read_access_token(settings, token, now=now + timedelta(minutes=60))


def test_the_forgery_itself_is_good() -> None:
    settings = make()
    assert read_access_token(settings, forge(settings), now=clock.now()) == AccessClaims(USER, SESSION, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"aud": "other"},
        *({name: None} for name in ("iss", "aud", "sub", "sid", "jti", "epoch", "iat", "exp")),
        {"exp": "9999999999"},
        {"exp": 1},
        {"epoch": True},
        {"sub": "nobody"},
        {"sid": "../.."},
    ],
)
def test_faulty_claims_are_refused(changes: dict[str, object]) -> None:
    settings = make()
    with pytest.raises(InvalidCredential):
        read_access_token(settings, forge(settings, **changes), now=clock.now())


def test_other_algorithms_keys_and_shapes_are_refused() -> None:
    settings = make()
    good = forge(settings)
    head, body, signature = good.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    for token in (
        forge(settings, algorithm="HS512"),
        forge(settings, key="another"),
        forge(settings, key=KEY),
        f"{none}.{body}.",
        f"{none}.{body}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        "",
        "a.b.c",
        good + "x" * 5_000,
    ):
        with pytest.raises(InvalidCredential):
            read_access_token(settings, token, now=clock.now())


def test_a_rotated_key_still_reads_old_tokens_while_it_is_named() -> None:
    old, now = make(), clock.now()
    token = issue_access_token(old, AccessClaims(USER, SESSION, 0), now=now)
    new = make(secret_key="b" * 40, secret_key_previous=SecretStr(KEY))
    assert read_access_token(new, token, now=now).user_id == USER
    with pytest.raises(InvalidCredential):
        read_access_token(make(secret_key="b" * 40), token, now=now)


def test_each_purpose_has_its_own_key() -> None:
    settings = make()
    keys = {purpose_key(settings, purpose) for purpose in ("jwt", "refresh", "audit", "throttle")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {64}


def test_personal_tokens_carry_a_checksum() -> None:
    token = new_personal_token()
    assert len(token) == TOKEN_LENGTH
    assert looks_like_personal_token(token)
    assert new_personal_token() != token
    wrong = token[:20] + ("0" if token[20] != "0" else "1") + token[21:]
    for text in (wrong, token[:-1], token + "0", token.upper(), str(uuid4()), "ä" * TOKEN_LENGTH):
        assert not looks_like_personal_token(text)


async def test_passwords_are_argon2id_with_the_recommended_cost() -> None:
    hashing = Passwords()
    stored = await hashing.hash("correct")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hashing.verify(stored, "correct")
    assert not await hashing.verify(stored, "wrong")
    assert not await hashing.verify(None, "correct")
    assert not await hashing.verify("not a hash", "correct")
    assert Passwords(CHEAP_COST).needs_rehash(stored)
    assert not hashing.needs_rehash(stored)
