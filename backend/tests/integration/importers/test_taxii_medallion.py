"""Both versions of TAXII against real servers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.errors import UpstreamFailed
from app.importers.attack import taxii_session
from app.importers.attack.source import fetch_attack
from app.importers.base import Fetched, FetchRequest, KnownContent
from app.importers.worker import parse_in_worker
from tests.integration.importers.conftest import QUICK, RequestFactory
from tests.support.attack_samples import technique
from tests.support.medallion import (
    ADDED,
    PASSWORD,
    USER,
    Medallion,
    serve_medallion_20,
    serve_medallion_21,
)
from tests.support.taxii_server import as_stix21

PATIENT = replace(QUICK, read_seconds=20)
"""Its memory backend walks all objects for each one that it gives."""
OBJECTS = [technique(number, f"T{1000 + number}") for number in range(250)]


@pytest.fixture(scope="module")
def server_21(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Medallion]:
    folder = tmp_path_factory.mktemp("medallion-21")
    with serve_medallion_21(folder, "Enterprise ATT&CK", as_stix21(OBJECTS)) as server:
        yield server


@pytest.fixture(scope="module")
def server_20(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Medallion]:
    with serve_medallion_20(tmp_path_factory.mktemp("medallion-20"), "Enterprise ATT&CK", OBJECTS) as server:
        yield server


@pytest.fixture(params=["2.1", "2.0"])
def server(request: pytest.FixtureRequest) -> Medallion:
    name = {"2.1": "server_21", "2.0": "server_20"}[request.param]
    found: Medallion = request.getfixturevalue(name)
    return found


def request_to(fetch_request: RequestFactory, url: str, **changes: Any) -> FetchRequest:
    usual = {"pinned": "taxii", "taxii_url": url, "limits": PATIENT, "taxii_username": USER, "taxii_password": PASSWORD}
    return fetch_request(**(usual | changes))


def ids_of(fetched: Fetched) -> list[str]:
    return sorted(item["id"] for item in json.loads(fetched.bundles[0].path.read_bytes())["objects"])


@pytest.mark.parametrize("page_size", [40, 100, 5_000])
async def test_every_object_arrives_whatever_the_page(
    fetch_request: RequestFactory, server: Medallion, page_size: int
) -> None:
    limits = replace(PATIENT, taxii_page_size=page_size)

    fetched = await fetch_attack(request_to(fetch_request, server.discovery, limits=limits))

    assert ids_of(fetched) == sorted(item["id"] for item in OBJECTS)


async def test_api_root_serves_as_address(fetch_request: RequestFactory, server: Medallion, out_dir: Path) -> None:
    fetched = await fetch_attack(request_to(fetch_request, server.root))

    parsed = await parse_in_worker(fetched.bundles, out_dir)
    assert (parsed.read, parsed.skipped, parsed.lines) == (250, 0, {"technique": 250})


async def test_wrong_password_is_one_clear_error(fetch_request: RequestFactory, server: Medallion) -> None:
    with pytest.raises(UpstreamFailed) as failed:
        await fetch_attack(request_to(fetch_request, server.discovery, taxii_password="wrong"))

    assert failed.value.code == "upstream_unauthorized"


async def test_nothing_added_since_means_nothing_to_read(fetch_request: RequestFactory, server_21: Medallion) -> None:
    later = {"enterprise": KnownContent(taxii_added_last=ADDED)}
    earlier = {"enterprise": KnownContent(taxii_added_last="2024-02-01T00:00:00.000000Z")}

    unchanged = await fetch_attack(request_to(fetch_request, server_21.discovery, known=later))
    changed = await fetch_attack(request_to(fetch_request, server_21.discovery, known=earlier))

    assert unchanged.not_modified
    assert len(ids_of(changed)) == 250
    assert changed.bundles[0].taxii_added_last == ADDED


async def test_collection_that_ends_early_is_an_error(
    fetch_request: RequestFactory, server_20: Medallion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server announces more objects than it gives: a quiet loss must not look like a whole collection."""
    respond = taxii_session.BridgeAdapter.send

    def promising_more(self: taxii_session.BridgeAdapter, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = respond(self, request, *args, **kwargs)
        span = response.headers.get("Content-Range", "")
        if span.endswith("/250"):
            response.headers["Content-Range"] = span.replace("/250", "/260")
        if response.status_code == 416:
            response.status_code = 206
            response.headers["Content-Range"] = "items 250-250/260"
            response.headers["Content-Type"] = "application/vnd.oasis.stix+json; version=2.0"
            response._content = b"{}"
        return response

    monkeypatch.setattr(taxii_session.BridgeAdapter, "send", promising_more)
    with pytest.raises(UpstreamFailed) as failed:
        await fetch_attack(request_to(fetch_request, server_20.discovery))

    assert failed.value.code == "taxii_shortfall"
