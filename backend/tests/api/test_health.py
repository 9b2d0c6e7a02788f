"""Liveness says nothing, readiness names what fails, and only to those who may know."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import Settings

STRANGER = ("192.0.2.7", 40000)


def stranger(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app, client=STRANGER), base_url="http://aegis.test")


async def test_health_is_exactly_ok(client: httpx.AsyncClient) -> None:
    response = await client.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_ready_when_all_is_there(client: httpx.AsyncClient) -> None:
    response = await client.get("/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ready", "failing": []})
    assert response.headers["cache-control"] == "no-store"


async def test_not_ready_when_the_schema_is_old(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.routers.health.head_revision", lambda: "9999")
    response = await client.get("/ready")
    assert (response.status_code, response.json()) == (503, {"status": "not_ready", "failing": ["migrations"]})
    async with stranger(app) as other:
        response = await other.get("/ready")
    assert (response.status_code, response.json()) == (503, {"status": "not_ready", "failing": []})


async def test_not_ready_without_storage(
    app: FastAPI, client: httpx.AsyncClient, settings: Settings, db: AsyncSession
) -> None:
    assert await db.scalar(text("SELECT 1")) == 1
    folder = settings.aegis_data_dir / "evidence"
    folder.rename(folder.with_name("gone"))
    response = await client.get("/ready")
    assert (response.status_code, response.json()) == (503, {"status": "not_ready", "failing": ["storage"]})


async def test_metrics_are_for_this_machine_only(app: FastAPI, client: httpx.AsyncClient) -> None:
    await client.get("/health")
    response = await client.get("/metrics")
    assert response.status_code == 200
    assert 'aegis_http_requests_total{method="GET",route="/health",status="200"}' in response.text
    through_a_proxy = await client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"})
    assert (through_a_proxy.status_code, through_a_proxy.json()["code"]) == (404, "not_found")
    async with stranger(app) as other:
        assert (await other.get("/metrics")).status_code == 404


async def test_metrics_open_to_the_holder_of_the_token(app: FastAPI, settings: Settings) -> None:
    app.state.settings = Settings(_env_file=None, **{**settings.model_dump(), "metrics_token": "scrape-me-0123456789"})
    async with stranger(app) as other:
        right = await other.get("/metrics", headers={"Authorization": "Bearer scrape-me-0123456789"})
        wrong = await other.get("/metrics", headers={"Authorization": "Bearer scrape-me-0123456780"})
    assert (right.status_code, wrong.status_code) == (200, 404)
