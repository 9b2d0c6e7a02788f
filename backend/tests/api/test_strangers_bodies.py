"""Without a token, 300 MB in any form to any route: refused at the limit, with memory and disk flat."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest

from app.config import Settings
from tests.api.test_access import api_routes, filled
from tests.storage.content import BLOCK, peak_growth_mb
from tests.support.databases import TestServer
from tests.support.live import live_server

SIZE = 300 << 20
# What the kernel's buffers take in on the way, and no more.
UNDERWAY = 16 << 20
FORMS = {
    "JSON, declared": {"Content-Type": "application/json", "Content-Length": str(SIZE)},
    "JSON, chunked": {"Content-Type": "application/json", "Transfer-Encoding": "chunked"},
    "form, chunked": {"Content-Type": "application/x-www-form-urlencoded", "Transfer-Encoding": "chunked"},
    "multipart, declared": {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(SIZE)},
    "multipart, chunked": {"Content-Type": "multipart/form-data; boundary=x", "Transfer-Encoding": "chunked"},
    "packed, chunked": {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked"},
}
ID = "01890000-0000-7000-8000-000000000000"
SOME_ROUTES = (
    ("POST", f"/api/v1/tests/{ID}/evidence?team=red"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/tests"),
    ("GET", "/api/v1/evidence-files?link=x"),
    ("GET", "/health"),
    ("POST", "/nowhere"),
    ("PUT", "/"),
)


@pytest.fixture(scope="module")
def address(postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    urls = postgres_server.clone()
    settings = Settings(
        _env_file=None,
        aegis_data_dir=tmp_path_factory.mktemp("strangers"),
        database_url=urls.app,
        database_owner_url=urls.owner,
        secret_key="a-secret-key-for-tests-only-0123456789abcdef",
        scheduler_enabled=False,
        attack_source="bundled",
    )
    with live_server(settings) as base_url:
        parts = urlsplit(base_url)
        assert parts.hostname is not None
        assert parts.port is not None
        yield parts.hostname, parts.port
    assert [path for path in (settings.aegis_data_dir / "evidence").rglob("*") if path.is_file()] == []
    postgres_server.drop(urls.name)


async def blocks(*, chunked: bool) -> AsyncIterator[bytes]:
    for _ in range(SIZE // len(BLOCK)):
        yield f"{len(BLOCK):x}\r\n".encode() + BLOCK + b"\r\n" if chunked else BLOCK


async def send(address: tuple[str, int], method: str, path: str, headers: dict[str, str]) -> tuple[int, int]:
    """The answer's status, 0 for a connection that was ended without one, and how many bytes were taken."""
    reader, writer = await asyncio.open_connection(*address)
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
    writer.write(head.encode())
    answer = asyncio.create_task(reader.readline())
    sent = 0
    try:
        async for block in blocks(chunked="Transfer-Encoding" in headers):
            if answer.done():
                break
            writer.write(block)
            await asyncio.wait_for(writer.drain(), 10)
            sent += len(block)
    except (ConnectionError, TimeoutError):
        pass
    try:
        line = await asyncio.wait_for(answer, 10)
    except ConnectionError:
        line = b""
    writer.transport.abort()
    return (int(line.split()[1]) if line else 0), sent


async def refused_flat(address: tuple[str, int], routes: list[tuple[str, str]]) -> None:
    wrong: list[str] = []
    answered = 0
    await send(address, "POST", "/api/v1/tests", FORMS["JSON, declared"])  # what a first request loads, stays
    with peak_growth_mb() as growth:
        for method, path in routes:
            for form, headers in FORMS.items():
                status, sent = await send(address, method, path, headers)
                answered += status > 0
                if sent > UNDERWAY or status >= 500 or (status < 400 and method != "GET" and status != 0):
                    wrong.append(f"{method} {path} {form}: {status} after {sent} bytes")
    assert wrong == []
    assert answered > len(routes) * len(FORMS) * 0.5
    assert growth[0] < 50


async def test_300_mb_without_a_token_are_refused_at_the_limit(address: tuple[str, int]) -> None:
    await refused_flat(address, list(SOME_ROUTES))


@pytest.mark.slow
async def test_300_mb_without_a_token_to_every_route(address: tuple[str, int]) -> None:
    await refused_flat(address, [(method, filled(route.path)) for method, route in api_routes()])
