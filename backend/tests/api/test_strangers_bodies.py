"""Without a token, 300 MB in any form to any route: refused at the limit, with memory and disk flat."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from urllib.parse import urlsplit

import pytest

from app import connections
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


async def refused_flat(address: tuple[str, int], routes: list[tuple[str, str]]) -> float:
    """By how many MB the process grew at most."""
    wrong: list[str] = []
    answered = 0
    await send(address, "POST", "/api/v1/tests", FORMS["JSON, declared"])  # what a first request loads, stays
    with peak_growth_mb() as growth:
        for method, path in routes:
            for form, headers in FORMS.items():
                status, sent = await send(address, method, path, headers)
                answered += status > 0
                # Logging out without a session is nothing, and answered as such.
                fine = method == "GET" or path == "/api/v1/auth/logout"
                if sent > UNDERWAY or status >= 500 or (0 < status < 400 and not fine):
                    wrong.append(f"{method} {path} {form}: {status} after {sent} bytes")
    assert wrong == []
    assert answered > len(routes) * len(FORMS) * 0.5
    assert growth[0] < 50
    return growth[0]


async def test_300_mb_without_a_token_are_refused_at_the_limit(address: tuple[str, int]) -> None:
    await refused_flat(address, list(SOME_ROUTES))


HEADS = {
    "a long path": (b"GET /", b"a" * 65536),
    "one long header": (b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ", b"a" * 65536),
    "many headers": (b"GET /health HTTP/1.1\r\nHost: x\r\n", b"X-Many: a\r\n" * 6000),
    "one long name": (b"GET /health HTTP/1.1\r\nHost: x\r\n", b"a" * 65536),
    "trailers": (
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
        b"X-Trailer: a\r\n" * 5000,
    ),
    "an extension of a chunk": (
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;a=",
        b"a" * 65536,
    ),
}


async def pour(address: tuple[str, int], beginning: bytes, block: bytes) -> tuple[bytes, int]:
    """What was answered to 300 MB of what is no body, and how much of it was taken."""
    reader, writer = await asyncio.open_connection(*address)
    sent = 0
    try:
        writer.write(beginning)
        while sent < SIZE and not reader.at_eof():
            writer.write(block)
            await asyncio.wait_for(writer.drain(), 10)
            sent += len(block)
        answer = await asyncio.wait_for(reader.read(64), 10)
    except ConnectionError:
        answer = b""
    writer.transport.abort()
    return answer, sent


async def test_300_mb_that_are_no_body_are_refused_at_the_limit(address: tuple[str, int]) -> None:
    with peak_growth_mb() as growth:
        taken = {form: (await pour(address, *parts))[1] for form, parts in HEADS.items()}
    assert {form: sent for form, sent in taken.items() if sent > UNDERWAY} == {}
    assert growth[0] < 50
    # A little too much is read to its end, so the answer arrives.
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 70_000 + b"\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 431 ")
    writer.close()


async def test_a_head_that_does_not_come_ends_the_connection(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    whole = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    for beginning in (b"", b"GET /health HT", whole[:-2], whole + b"\r\n", whole + whole[:-2]):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(beginning)
        answer = await asyncio.wait_for(reader.read(), 6)
        assert answer.startswith(b"HTTP/1.1 200 " if beginning.startswith(whole) else b""), beginning
        writer.close()


@pytest.mark.slow
async def test_300_mb_without_a_token_to_every_route(
    address: tuple[str, int], record_property: Callable[[str, object], None]
) -> None:
    routes = [(method, filled(route.path)) for method, route in api_routes()]
    growth = await refused_flat(address, routes)
    record_property("figures", f"{len(routes)} routes in {len(FORMS)} forms, {growth:.0f} MB more at most")
