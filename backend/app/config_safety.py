"""What settings must not say: keys of `.env` that are probably misspelt, and values that production refuses.

Each refusal is one sentence that names the setting.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
MIN_SECRET_LENGTH = 32
MIN_SECRET_CHARACTERS = 8
MIN_PASSWORD_LENGTH = 12
MIN_TOKEN_LENGTH = 16
NEAR = 2
"""How many letters may differ between a key and a setting for the key to count as a slip."""
SHORT = 4
"""Of names this short, HOST and PORT, only one letter: HOME and PATH are near by chance."""
PREFIXES = (
    "ACCESS_TOKEN_",
    "ADMIN_",
    "ATTACK_",
    "AUDIT_",
    "CONTENT_",
    "DATABASE_",
    "EVIDENCE_",
    "INTEGRITY_",
    "MINIO_",
    "SCORING_WEIGHT_",
    "SECRET_KEY",
    "SESSION_",
    "TAXII_",
    "UPSTREAM_",
)
"""A key that begins like our settings but is none of them is a slip too, however many letters differ."""
OF_OTHERS = frozenset({"HTTP_PROXY", "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD", "MINIO_IMAGE", "DATABASE_IMAGE"})
"""Keys of the containers beside us, which share the file."""
DEFAULT_DATABASE_PASSWORDS = frozenset({"", "postgres", "password", "aegis", "admin", "changeme", "change-me"})


class Safe(Protocol):
    """The settings that are looked at."""

    host: str
    allowed_origins: list[str]
    trusted_proxies: list[str]
    public_url: str | None
    audit_syslog_url: str | None
    database_url: str | None
    database_owner_url: str | None
    minio_endpoint: str | None
    minio_public_endpoint: str | None
    minio_secure: bool
    secret_key: Any
    secret_key_previous: Any
    admin_password: Any
    metrics_token: Any
    minio_access_key: Any
    minio_secret_key: Any

    @property
    def aegis_behind(self) -> str:
        """What stands before us."""


def misspelt_keys(file: Path, known: Iterable[str]) -> str | None:
    """The first key of an `.env` file that is probably a slip, as a sentence; None when there is none."""
    if not file.is_file():
        return None
    settings = set(known)
    names = settings | {f"{name}_FILE" for name in settings}
    for key in dotenv_values(file):
        upper = key.upper()
        if upper in names or upper in OF_OTHERS:
            continue
        close = [name for name in sorted(settings) if within(upper, name, NEAR if len(name) > SHORT else 1)]
        if close:
            return f"{key} in {file} is no setting; did you mean {close[0]}?"
        if upper.startswith(PREFIXES):
            return f"{key} in {file} is no setting; all of them are in .env.example."
    return None


def within(left: str, right: str, most: int) -> bool:
    """Whether at most so many letters were added, dropped or changed between two words."""
    if abs(len(left) - len(right)) > most:
        return False
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1] <= most


def unsafe_anywhere(settings: Safe, *, default_admin: bool) -> str | None:
    """Why these settings must not be run with, in development too."""
    if default_admin and settings.host not in LOOPBACK and settings.aegis_behind != "compose":
        return "ADMIN_PASSWORD is still the default; set it before HOST may be anything but 127.0.0.1."
    for proxy in settings.trusted_proxies:
        try:
            network = ipaddress.ip_network(proxy, strict=False)
        except ValueError:
            return f"TRUSTED_PROXIES: {proxy} is no address or network."
        if network.prefixlen == 0:
            return "TRUSTED_PROXIES must name proxies, not every address: clients could say where they come from."
    for origin in settings.allowed_origins:
        if origin != "*" and not _is_origin(origin):
            return f"ALLOWED_ORIGINS: {origin} is no origin such as https://aegis.example."
    return None


def unsafe_in_production(settings: Safe, *, default_secret: str, default_admin: bool, default_store: str) -> str | None:
    """The first setting that production refuses, as a sentence; None when all are safe."""
    return next(
        (
            sentence
            for sentences in (
                _secrets(settings, default_secret, default_admin=default_admin),
                _stores(settings, default_store),
                _addresses(settings),
            )
            for sentence in sentences
        ),
        None,
    )


def _secrets(settings: Safe, default_secret: str, *, default_admin: bool) -> Iterator[str]:
    keys = (("SECRET_KEY", settings.secret_key), ("SECRET_KEY_PREVIOUS", settings.secret_key_previous))
    for name, secret in keys:
        key = secret.get_secret_value() if secret is not None else None
        if key is not None and (
            key == default_secret or len(key) < MIN_SECRET_LENGTH or len(set(key)) < MIN_SECRET_CHARACTERS
        ):
            yield f"{name} must be set to at least {MIN_SECRET_LENGTH} random characters in production."
    if default_admin or len(settings.admin_password.get_secret_value()) < MIN_PASSWORD_LENGTH:
        yield f"ADMIN_PASSWORD must be set to at least {MIN_PASSWORD_LENGTH} characters in production."
    token = settings.metrics_token
    if token is not None and len(token.get_secret_value()) < MIN_TOKEN_LENGTH:
        yield f"METRICS_TOKEN must have at least {MIN_TOKEN_LENGTH} characters in production."


def _stores(settings: Safe, default_store: str) -> Iterator[str]:
    if settings.minio_endpoint:
        for name, secret in (
            ("MINIO_ACCESS_KEY", settings.minio_access_key),
            ("MINIO_SECRET_KEY", settings.minio_secret_key),
        ):
            if secret.get_secret_value() == default_store:
                yield f"{name} must not be the default in production."
    for name, url in (("DATABASE_URL", settings.database_url), ("DATABASE_OWNER_URL", settings.database_owner_url)):
        password = urlsplit(url).password if url else None
        if password is not None and unquote(password).lower() in DEFAULT_DATABASE_PASSWORDS:
            yield f"{name} must not carry a default password in production."


def _addresses(settings: Safe) -> Iterator[str]:
    for origin in settings.allowed_origins:
        if origin == "*":
            yield "ALLOWED_ORIGINS must name origins, not *, in production."
        elif _is_open(origin):
            yield f"ALLOWED_ORIGINS: {origin} must be https in production."
    if settings.public_url is not None and _is_open(settings.public_url):
        yield "PUBLIC_URL must be https in production."
    syslog = urlsplit(settings.audit_syslog_url) if settings.audit_syslog_url is not None else None
    if syslog is not None and syslog.scheme != "tls" and syslog.hostname not in LOOPBACK:
        yield "AUDIT_SYSLOG_URL must begin with tls:// in production."


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}"


def _is_open(url: str) -> bool:
    """Whether what goes to this address can be read on the way."""
    parts = urlsplit(url)
    return parts.scheme != "https" and parts.hostname not in LOOPBACK
