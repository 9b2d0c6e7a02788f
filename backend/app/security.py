"""Keys by purpose, password hashes, access tokens and refresh tokens. Knows no database and no HTTP."""

import asyncio
import base64
import hashlib
import hmac
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jose import jwt
from jose.exceptions import JOSEError

from app.config import Settings
from app.errors import TooMany

ISSUER = "aegis"
AUDIENCE = "aegis-api"
TOKEN_PREFIX = "aegis_pat_"  # noqa: S105  a public marker that lets scanners find leaked tokens
TOKEN_BYTES = 32
TOKEN_LENGTH = len(TOKEN_PREFIX) + 2 * TOKEN_BYTES + 8
LINK_BYTES = 32
MAX_JWT_LENGTH = 4_096
HASH_PLACES = 4
HASH_WAIT_SECONDS = 8.0

_REQUIRED_CLAIMS = {f"require_{claim}": True for claim in ("exp", "aud", "iss", "sub", "iat", "jti")}


class InvalidCredential(Exception):
    """A token is malformed, forged, expired or meant for something else."""


@lru_cache(maxsize=64)
def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=64, salt=None, info=f"aegis/v1/{purpose}".encode()).derive(secret.encode())


def purpose_key(settings: Settings, purpose: str) -> bytes:
    """64 bytes for one purpose, derived from SECRET_KEY (HKDF, RFC 5869)."""
    return _derive(settings.secret_key.get_secret_value(), purpose)


def purpose_keys(settings: Settings, purpose: str) -> tuple[bytes, ...]:
    """The key to make things with, then, while a rotation lasts, the one that older things were made with."""
    previous = settings.secret_key_previous
    keys = (purpose_key(settings, purpose),)
    return keys if previous is None else (*keys, _derive(previous.get_secret_value(), purpose))


# Passwords


@dataclass(frozen=True, slots=True)
class HashCost:
    """Argon2id parameters: memory in KiB, passes, lanes."""

    memory_kib: int
    passes: int
    lanes: int = 1


OWASP_COST = HashCost(memory_kib=19_456, passes=2)
CHEAP_COST = HashCost(memory_kib=1_024, passes=1)


class Passwords:
    """Argon2id in threads, a few at a time, so that log-ins can neither block the loop nor eat the memory."""

    def __init__(self, cost: HashCost = OWASP_COST, *, places: int = HASH_PLACES) -> None:
        self._hasher = PasswordHasher(
            time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes, hash_len=32, salt_len=16
        )
        self._places = asyncio.Semaphore(places)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to store, parameters and salt included."""
        async with _place(self._places):
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits. Costs the same when nothing is stored."""
        async with _place(self._places):
            return await asyncio.to_thread(self._verify, stored, password)

    def needs_rehash(self, stored: str) -> bool:
        """Whether the stored hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str | None, password: str) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash(secrets.token_hex(16))
        try:
            self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None


class _place:  # noqa: N801  used like a function
    """A place at the semaphore, or a refusal when the queue is too long to wait for."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout(HASH_WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise TooMany("busy", "Too many log-ins at once. Try again.", retry_after_seconds=5) from None

    async def __aexit__(self, *_: object) -> None:
        self._places.release()


@lru_cache(maxsize=4)
def passwords_for(cost: HashCost) -> Passwords:
    """The process-wide hasher of a cost; its semaphore only works when it is shared."""
    return Passwords(cost)


# Access tokens


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says. Rights are never in it: they are read from the database."""

    user_id: UUID
    session_id: UUID
    role_epoch: int


def issue_access_token(settings: Settings, claims: AccessClaims, *, now: datetime) -> str:
    """A signed JWT, good for ACCESS_TOKEN_EXPIRE_MINUTES."""
    body = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(claims.user_id),
        "jti": secrets.token_hex(16),
        "sid": str(claims.session_id),
        "epoch": claims.role_epoch,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=settings.access_token_expire_minutes)).timestamp()),
    }
    token: str = jwt.encode(body, purpose_key(settings, "jwt").hex(), algorithm=settings.algorithm)
    return token


def read_access_token(settings: Settings, token: str, *, now: datetime) -> AccessClaims:
    """The claims of a token that is ours, complete and in date.

    Raises InvalidCredential for every fault, without saying which.
    """
    if len(token) > MAX_JWT_LENGTH:
        raise InvalidCredential
    for key in purpose_keys(settings, "jwt"):
        try:
            # The expiry is compared below, against the application's own clock.
            body = jwt.decode(
                token,
                key.hex(),
                algorithms=[settings.algorithm],
                audience=AUDIENCE,
                issuer=ISSUER,
                options=_REQUIRED_CLAIMS | {"verify_exp": False, "verify_iat": False},
            )
        except (JOSEError, ValueError, TypeError):
            continue
        return _claims_of(body, now)
    raise InvalidCredential


def _claims_of(body: dict[str, object], now: datetime) -> AccessClaims:
    expires, epoch = body.get("exp"), body.get("epoch")
    if type(expires) is not int or type(epoch) is not int or expires <= now.timestamp():
        raise InvalidCredential
    try:
        return AccessClaims(UUID(str(body.get("sub"))), UUID(str(body.get("sid"))), epoch)
    except ValueError:
        raise InvalidCredential from None


# Refresh tokens


def make_refresh_token(settings: Settings, session_id: UUID, seed: str, generation: int) -> str:
    """The refresh token of one generation of a session.

    It can be made again from the session's row and the key, so a lost answer is repeated, not replaced.
    """
    return (
        f"{session_id.hex}.{generation}.{_refresh_mac(purpose_key(settings, 'refresh'), session_id, seed, generation)}"
    )


def _refresh_mac(key: bytes, session_id: UUID, seed: str, generation: int) -> str:
    digest = hmac.digest(key, f"{session_id.hex}.{generation}.{seed}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class RefreshParts:
    """A refresh token taken apart, before its proof is checked."""

    session_id: UUID
    generation: int
    proof: str


def split_refresh_token(token: str) -> RefreshParts:
    """The parts of a refresh token. Raises InvalidCredential when it has another form."""
    session, _, rest = token.partition(".")
    generation, _, proof = rest.partition(".")
    if len(token) > 200 or not generation.isascii() or not generation.isdigit() or len(generation) > 9:
        raise InvalidCredential
    try:
        return RefreshParts(UUID(hex=session), int(generation), proof)
    except ValueError:
        raise InvalidCredential from None


def refresh_token_is_ours(settings: Settings, parts: RefreshParts, seed: str) -> bool:
    """Whether the proof in a refresh token was made by us for this session and generation."""
    return any(
        hmac.compare_digest(
            _refresh_mac(key, parts.session_id, seed, parts.generation).encode(), parts.proof.encode(errors="replace")
        )
        for key in purpose_keys(settings, "refresh")
    )


# Personal access tokens and one-time links


def new_personal_token() -> str:
    """`aegis_pat_`, 256 random bits in hex, and a checksum so that a scanner can tell it from noise."""
    body = secrets.token_hex(TOKEN_BYTES)
    return f"{TOKEN_PREFIX}{body}{_checksum(body)}"


def looks_like_personal_token(text: str) -> bool:
    """Whether the form and checksum are right; no proof that the token exists."""
    if len(text) != TOKEN_LENGTH or not text.startswith(TOKEN_PREFIX) or not text.isascii():
        return False
    body = text[len(TOKEN_PREFIX) : -8]
    return text[-8:] == _checksum(body)


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def new_link_token() -> str:
    """The secret of a one-time link."""
    return secrets.token_urlsafe(LINK_BYTES)


def token_hash(token: str) -> str:
    """SHA-256 in hex: enough for secrets of 256 random bits, and quick to look up."""
    return hashlib.sha256(token.encode("utf-8", errors="replace")).hexdigest()


def keyed_digest(settings: Settings, purpose: str, text: str) -> str:
    """A digest that nobody without the key can compare guesses with."""
    return hmac.digest(purpose_key(settings, purpose), text.encode("utf-8", errors="replace"), "sha256").hex()


def keyed_digests(settings: Settings, purpose: str, text: str) -> tuple[str, ...]:
    """The digest as it is made now, then, while a rotation lasts, as it was made with the key before."""
    data = text.encode("utf-8", errors="replace")
    return tuple(hmac.digest(key, data, "sha256").hex() for key in purpose_keys(settings, purpose))
