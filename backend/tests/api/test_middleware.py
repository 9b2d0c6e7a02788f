"""What surrounds every request: its name, its limits, its headers, its log line."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog
from fastapi import FastAPI, Request
from starlette.types import Message

from app.config import Settings
from app.error_handlers import install_error_handlers
from app.errors import Unauthenticated
from app.logging import configure_logging
from app.middleware import install_middleware
from app.middleware.body_limits import BodyLimits
from app.middleware.security_headers import content_policy

UPLOAD = "/api/v1/tests/7/evidence"


async def check_token(request: Request) -> None:
    if request.headers.get("authorization") != "Bearer good":
        raise Unauthenticated("not_authenticated", "Sign in, or send a token.")


@pytest.fixture
def small() -> FastAPI:
    """An application of nothing but the middleware and routes that show what reaches them."""
    app = FastAPI()
    install_error_handlers(app)

    @app.post("/api/v1/echo")
    async def echo(request: Request) -> dict[str, int]:
        return {"read": len(await request.body())}

    @app.post("/api/v1/parsed")
    async def parsed(body: dict[str, str]) -> dict[str, str]:
        return body

    @app.post(UPLOAD)
    async def upload(request: Request) -> dict[str, int]:
        return {"read": sum([len(chunk) async for chunk in request.stream()])}

    @app.get("/crash/{number}")
    async def crash(number: int) -> None:
        raise RuntimeError(f"unforeseen {number}")

    settings = Settings(_env_file=None, max_evidence_mb=3, minio_endpoint="store.example:9000")
    install_middleware(app, settings, check_upload=check_token)
    return app


@pytest.fixture
async def small_client(small: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(small, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    for handler in before:
        root.removeHandler(handler)
    configure_logging("INFO", stream=stream)
    yield stream
    for handler in list(root.handlers):
        root.removeHandler(handler)
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()


def lines_of(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def chunks(size: int, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


@pytest.mark.parametrize(
    ("content_type", "size", "status"),
    [
        ("application/json", 1024 * 1024, 200),
        ("application/json", 1024 * 1024 + 1, 413),
        ("application/x-www-form-urlencoded", 64 * 1024, 200),
        ("application/x-www-form-urlencoded", 64 * 1024 + 1, 413),
        ("multipart/form-data; boundary=x", 64 * 1024 + 1, 413),
    ],
)
@pytest.mark.parametrize("declared", [True, False])
async def test_bodies_are_bounded_by_kind(
    small_client: httpx.AsyncClient, content_type: str, size: int, status: int, declared: bool
) -> None:
    body = b"x" * size if declared else chunks(1, size) if size < 70_000 else chunks(size, 1)
    response = await small_client.post("/api/v1/echo", content=body, headers={"Content-Type": content_type})
    assert response.status_code == status
    if status == 413:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["code"] == "body_too_large"


async def test_a_body_that_grows_too_large_in_a_model_is_413_not_400(
    small_client: httpx.AsyncClient,
) -> None:
    response = await small_client.post(
        "/api/v1/parsed", content=chunks(64 * 1024, 17), headers={"Content-Type": "application/json"}
    )
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


async def test_an_upload_has_its_own_limit(small_client: httpx.AsyncClient) -> None:
    good = {"Authorization": "Bearer good", "Content-Type": "multipart/form-data; boundary=x"}
    fits = await small_client.post(UPLOAD, content=chunks(1024 * 1024, 4), headers=good)
    assert (fits.status_code, fits.json()) == (200, {"read": 4 * 1024 * 1024})
    over = await small_client.post(UPLOAD, content=chunks(1024 * 1024, 5), headers=good)
    assert (over.status_code, over.json()["code"]) == (413, "body_too_large")
    assert over.headers["connection"] == "close"


async def test_not_a_byte_of_a_strangers_upload_is_read(small_client: httpx.AsyncClient) -> None:
    touched = []

    async def body() -> AsyncIterator[bytes]:
        touched.append(True)
        yield b"x"

    response = await small_client.post(UPLOAD, content=body(), headers={"Authorization": "Bearer bad"})
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")
    assert response.headers["www-authenticate"] == "Bearer"
    assert touched == []


async def test_a_sender_who_stops_sending_is_answered(small: FastAPI) -> None:
    sent: list[Message] = []

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def keep(message: Message) -> None:
        sent.append(message)

    async def reader(_scope: object, receive: object, _send: object) -> None:
        await receive()  # type: ignore[operator]

    limits = BodyLimits(reader, small, uploads=(), check_upload=check_token, idle_seconds=0.02)
    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/echo", "headers": [(b"content-length", b"70000")],
        "query_string": b"", "server": ("127.0.0.1", 80), "scheme": "http",
    }  # fmt: skip
    await limits(scope, never, keep)
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["code"] == "body_too_slow"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("trace-0042.a_b", True),
        ("short", False),
        ("x" * 65, False),
        ("has space in it", False),
        ("new\\nline-here", False),
    ],
)
async def test_a_request_id_is_taken_over_only_when_it_is_sane(
    small_client: httpx.AsyncClient, given: str, kept: bool
) -> None:
    response = await small_client.post("/api/v1/echo", headers={"X-Request-ID": given})
    answered = response.headers["x-request-id"]
    assert (answered == given) is kept
    assert kept or len(answered) == 32


async def test_a_crash_is_answered_with_name_and_headers_but_no_inside(
    small_client: httpx.AsyncClient, log_lines: io.StringIO
) -> None:
    response = await small_client.get("/crash/3?token=abc")
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "unforeseen" not in response.text
    assert response.json()["request_id"] == response.headers["x-request-id"]
    assert response.headers["x-content-type-options"] == "nosniff"
    crash, access = lines_of(log_lines)
    assert "RuntimeError: unforeseen 3" in str(crash["exception"])
    assert crash["request_id"] == access["request_id"] == response.headers["x-request-id"]
    assert access["event"] == "http.request"
    assert (access["status"], access["route"], access["path"]) == (500, "/crash/{number}", "/crash/3")
    assert "abc" not in log_lines.getvalue()


async def test_log_lines_hold_no_secrets_and_cannot_be_forged(log_lines: io.StringIO) -> None:
    log = structlog.get_logger("tests")
    log.warning("login\n{}", user="a\x1b[31m\u202eevil\u2028", password="hunter2", note="y" * 2000, deep={"token": "t"})
    (line,) = lines_of(log_lines)
    assert log_lines.getvalue().count("\n") == 1
    assert "\x1b" not in str(line["user"])
    assert line["user"] == "a\\x1b[31m\\u202eevil\\u2028"
    assert (line["password"], line["deep"]) == ("[hidden]", {"token": "[hidden]"})
    assert line["note"] == "y" * 1000 + "… (+1000)"


async def test_headers_of_every_answer(small_client: httpx.AsyncClient) -> None:
    response = await small_client.post("/api/v1/echo", headers={"Cache-Control": "max-age=1"})
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in response.headers
    policy = response.headers["content-security-policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert policy == content_policy(nonce, "http://store.example:9000")
    assert (await small_client.post("/api/v1/echo")).headers["content-security-policy"] != policy


def test_the_content_policy_names_what_a_page_may_do() -> None:
    assert content_policy("N", None) == (
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-N'; img-src 'self' blob: data:; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; object-src 'none'; "
        "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    )
