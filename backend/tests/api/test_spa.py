"""The pages are served by the process that serves the API, and neither hides the other."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.routers.spa import serve_spa

PAGE = '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><div id="root"></div>'


@pytest.fixture
def built(app: FastAPI, tmp_path: Path) -> Path:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(PAGE, encoding="utf-8")
    (dist / "assets" / "main-abc123.js").write_text("1", encoding="utf-8")
    (dist / "favicon.svg").write_text("<svg/>", encoding="utf-8")
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    serve_spa(app, dist)
    return dist


@pytest.mark.parametrize("path", ["/", "/techniques/T1059.001", "/tests/42", "/login?next=%2Fmatrix"])
@pytest.mark.usefixtures("built")
async def test_the_page_answers_every_path_of_its_own(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    nonce = response.text.split('content="')[1].split('"')[0]
    assert len(nonce) == 22
    assert f"'nonce-{nonce}'" in response.headers["content-security-policy"]


@pytest.mark.usefixtures("built")
async def test_hashed_files_are_kept_for_ever_and_others_are_asked_about(client: httpx.AsyncClient) -> None:
    script = await client.get("/assets/main-abc123.js")
    assert (script.status_code, script.text) == (200, "1")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    icon = await client.get("/favicon.svg")
    assert (icon.status_code, icon.headers["cache-control"]) == (200, "no-cache")
    again = await client.get("/favicon.svg", headers={"If-None-Match": icon.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/nothing-here"),
        ("POST", "/api/v1/nothing-here"),
        ("GET", "/api"),
        ("POST", "/matrix"),
        ("GET", "/assets/missing.js"),
        ("GET", "/assets/..%2f..%2fsecret.json"),
        ("GET", "/..%2fsecret.json"),
        ("GET", "/missing.css"),
        ("GET", "/metrics/x"),
    ],
)
@pytest.mark.usefixtures("built")
async def test_what_is_not_there_is_a_problem_document(client: httpx.AsyncClient, method: str, path: str) -> None:
    response = await client.request(method, path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["request_id"] == response.headers["x-request-id"]


async def test_an_unbuilt_interface_says_so(app: FastAPI, client: httpx.AsyncClient, tmp_path: Path) -> None:
    serve_spa(app, tmp_path / "nowhere")
    response = await client.get("/")
    assert response.status_code == 404
    assert response.text.startswith("The web interface is not built.")
