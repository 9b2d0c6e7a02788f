"""The pages that show the contract."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.config import Settings
from app.database import SessionFactory
from app.main import create_app
from app.routers.api_docs import CONTRACT, serve_api_docs

PAGES = ("/docs", "/redoc")
ADDRESSES = re.compile(r'(?:src|href)="([^"]+)"')


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_needs_nothing_but_our_own_files(client: AsyncClient, path: str) -> None:
    page = await client.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert re.search(r"<script(?![^>]* src=)", page.text) is None
    for address in ADDRESSES.findall(page.text):
        if address.startswith("data:"):
            continue
        assert address.startswith("/docs/")
        file = await client.get(address)
        assert (file.status_code, len(file.content) > 100) == (200, True)
        assert file.headers["x-content-type-options"] == "nosniff"


async def test_the_contract_is_where_the_pages_look(client: AsyncClient) -> None:
    answer = await client.get("/openapi.json")
    assert (answer.status_code, answer.json()["info"]["title"]) == (200, "Aegis")
    assert not [path for path in answer.json()["paths"] if path.startswith(PAGES)]
    assert answer.content == CONTRACT.read_bytes()


async def test_without_the_committed_contract_it_is_worked_out(tmp_path: Path) -> None:
    app = FastAPI(title="Aegis", openapi_url=None)
    serve_api_docs(app, tmp_path / "none.json")
    async with AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1") as client:
        assert (await client.get("/openapi.json")).json()["info"]["title"] == "Aegis"


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json", "/docs/files/swagger-ui.css", "/docs/own/swagger.js"])
async def test_production_shows_none_of_it(settings: Settings, session_factory: SessionFactory, path: str) -> None:
    production: FastAPI = create_app(
        settings.model_copy(update={"environment": "production"}), session_factory=session_factory
    )
    async with AsyncClient(transport=ASGITransport(production), base_url="http://127.0.0.1") as client:
        assert (await client.get(path)).status_code == 404
