"""Aegis as a person finds it after the first start: real HTTP, the bundled ATT&CK, six people who can log in."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from app import clock
from app.config import Settings
from app.seed import seed_database
from tests.support.databases import DatabaseUrls, TestServer
from tests.support.live import live_server

SECRET_KEY = "a-secret-key-for-tests-only-0123456789abcdef"
PASSWORD = "a quiet morning in the lab"
FIRST_START = "template_first_start"
PEOPLE = {
    "red_tech": "red_tech",
    "blue_tech": "blue_tech",
    "red_lead": "red_lead",
    "blue_lead": "blue_lead",
    "viewer": "viewer",
    "second_admin": "admin",
}
TIMEOUT_SECONDS = 120
TECHNIQUES = 691


@dataclass
class Product:
    """A running Aegis and what is needed to speak to it."""

    base_url: str
    settings: Settings
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=TIMEOUT_SECONDS))

    def log_in(self, username: str, password: str = PASSWORD) -> dict[str, str]:
        """An Authorization header by the real log-in."""
        form = {"username": username, "password": password}
        answer = self.client.post(f"{self.base_url}/api/v1/auth/login", data=form)
        # The browser's cookie is not for scripts.
        self.client.cookies.clear()
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def raw(self, who: str, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        """The answer as it is."""
        if body is not None:
            more["json"] = body
        headers = self.headers[who] | more.pop("headers", {})
        return self.client.request(method, f"{self.base_url}/api/v1{path}", headers=headers, **more)

    def call(self, who: str, method: str, path: str, body: object = None, *, expect: int = 200, **more: Any) -> Any:
        """The parsed answer; the status code is checked."""
        answer = self.raw(who, method, path, body, **more)
        assert answer.status_code == expect, f"{who} {method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def add_people(self) -> None:
        """Let the first administrator create everybody, and log everybody in."""
        self.headers["admin"] = self.log_in("admin", "admin123")
        for name, role in PEOPLE.items():
            body = {"username": name, "full_name": name.replace("_", " ").capitalize(), "role": role}
            self.call("admin", "POST", "/users", body | {"password": PASSWORD}, expect=201)
            self.headers[name] = self.log_in(name)


def ago(minutes: float) -> str:
    """A moment before now, as the API takes it."""
    return (clock.now() - timedelta(minutes=minutes)).isoformat()


@contextmanager
def running_product(server: TestServer, folder: Path, **changes: Any) -> Iterator[Product]:
    """Serve a database of its own until the block ends. `changes` are settings."""
    name = f"product_{folder.name}".replace("-", "_")
    make_first_start(server, folder)
    server.create(name, template=FIRST_START)
    try:
        settings = product_settings(server.urls(name), folder, **changes)
        with live_server(settings) as base_url:
            product = Product(base_url, settings)
            with product.client:
                product.add_people()
                yield product
    finally:
        server.drop(name)


def product_settings(urls: DatabaseUrls, folder: Path, **changes: Any) -> Settings:
    """Settings that depend on nothing of the machine."""
    fixed: dict[str, Any] = {
        "aegis_data_dir": folder / "aegis",
        "database_url": urls.app,
        "database_owner_url": urls.owner,
        "secret_key": SECRET_KEY,
        "scheduler_enabled": False,
        "attack_source": "bundled",
        "evidence_min_free_gb": 0.1,
    }
    return Settings(_env_file=None, **(fixed | changes))


def make_first_start(server: TestServer, folder: Path) -> None:
    """Seed once for all tests of a worker; the next ones copy the database."""

    def seed(urls: DatabaseUrls) -> None:
        # On a thread: the tests' own event loop may be running here.
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(asyncio.run, seed_database(product_settings(urls, folder))).result()
        with server.postgres.connect_as_admin(urls.name) as connection:
            found = connection.execute("SELECT count(*) FROM technique WHERE is_active").fetchone()
        assert found == (TECHNIQUES,), "the first start did not bring ATT&CK; its log says why"

    server.fill_template(FIRST_START, seed)
