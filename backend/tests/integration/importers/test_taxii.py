"""TAXII 2.1 against a server that can be told to misbehave."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from app.errors import AppError, UpstreamFailed
from app.importers.attack import taxii as taxii_way
from app.importers.attack.source import fetch_attack
from app.importers.base import Fetched, FetchRequest, KnownContent
from app.importers.limits import NetworkLimits
from tests.integration.importers.conftest import QUICK, RequestFactory
from tests.support.attack_samples import STAMP, Stix, make, technique
from tests.support.taxii_server import ADDED, MEDIA_TYPE, serve_taxii
from tests.support.web import Handler, answer, serve_web

ENTERPRISE = "x-mitre-collection--1f5f1533-f617-4ca8-9ab4-6a02367fa019"
MOBILE = "x-mitre-collection--dac0d2d7-8653-445c-9bff-82f934c1e858"
OBJECTS = [technique(number, f"T{1000 + number}") for number in range(25)]
COLLECTIONS = {ENTERPRISE: ("Enterprise ATT&CK", OBJECTS), MOBILE: ("Mobile ATT&CK", OBJECTS[:3])}


def objects_of(fetched: Fetched, domain: str = "enterprise") -> list[Stix]:
    found = next(entry for entry in fetched.bundles if entry.domain == domain)
    return list(json.loads(found.path.read_bytes())["objects"])


async def failure_of(request: FetchRequest) -> AppError:
    with pytest.raises(UpstreamFailed) as failed:
        await fetch_attack(request)
    return failed.value


async def test_pages_are_put_together_to_one_bundle(fetch_request: RequestFactory) -> None:
    with serve_taxii(COLLECTIONS, max_page=10) as server:
        fetched = await fetch_attack(fetch_request(pinned="taxii", taxii_url=server.discovery))

    assert objects_of(fetched) == OBJECTS
    assert server.pages == 3
    assert (fetched.bundles[0].taxii_added_last, fetched.bundles[0].way) == (ADDED, "taxii")


@pytest.mark.parametrize("trailing", ["", "/"])
async def test_address_may_be_an_api_root(fetch_request: RequestFactory, trailing: str) -> None:
    with serve_taxii(COLLECTIONS) as server:
        url = server.root.rstrip("/") + trailing
        fetched = await fetch_attack(fetch_request(pinned="taxii", taxii_url=url, domains=("mobile", "enterprise")))

    assert (len(objects_of(fetched)), len(objects_of(fetched, "mobile"))) == (25, 3)


async def test_collection_of_a_private_server_is_found_by_its_title(fetch_request: RequestFactory) -> None:
    own = {"7f4e2a10-0000-4000-8000-000000000001": ("Our ICS mirror", OBJECTS[:2]), "x": ("Topics", OBJECTS)}
    with serve_taxii(own) as server:
        fetched = await fetch_attack(fetch_request(pinned="taxii", taxii_url=server.discovery, domains=("ics",)))
        missing = await failure_of(fetch_request(pinned="taxii", taxii_url=server.discovery, domains=("mobile",)))

    assert len(objects_of(fetched, "ics")) == 2
    assert missing.code == "taxii_no_collection"


async def test_same_next_for_each_page_is_no_error(fetch_request: RequestFactory) -> None:
    """A known server keeps the position itself and gives one token for all pages."""
    position = 0

    def page(request: BaseHTTPRequestHandler) -> None:
        nonlocal position
        part = OBJECTS[position : position + 10]
        position += 10
        envelope = {"objects": part, "more": position < len(OBJECTS), "next": "always"}
        answer(200, json.dumps(envelope).encode(), Content_Type=MEDIA_TYPE)(request)

    with serve_taxii(COLLECTIONS) as server:
        server.faults = dict.fromkeys(range(1, 9), page)
        fetched = await fetch_attack(fetch_request(pinned="taxii", taxii_url=server.discovery))

    assert objects_of(fetched) == OBJECTS


async def test_server_that_has_nothing_new_is_not_read(fetch_request: RequestFactory) -> None:
    known = {"enterprise": KnownContent(taxii_added_last=ADDED)}
    with serve_taxii(COLLECTIONS) as server:
        fetched = await fetch_attack(fetch_request(pinned="taxii", taxii_url=server.discovery, known=known))
        older = {"enterprise": KnownContent(taxii_added_last=STAMP)}
        again = await fetch_attack(fetch_request(pinned="taxii", taxii_url=server.discovery, known=older))

    assert fetched.not_modified
    assert len(objects_of(again)) == 25


async def test_credentials_are_sent_to_the_server(fetch_request: RequestFactory) -> None:
    with serve_taxii(COLLECTIONS) as server:
        await fetch_attack(
            fetch_request(pinned="taxii", taxii_url=server.discovery, taxii_username="u", taxii_password="p")
        )

    assert {seen["authorization"] for _, seen in server.web.seen} == {"Basic dTpw"}
    assert {seen["accept"] for _, seen in server.web.seen} == {MEDIA_TYPE}


async def test_root_on_a_host_that_nobody_named_is_refused(fetch_request: RequestFactory) -> None:
    with serve_web() as web, serve_web("127.0.0.2") as other:
        body = {"title": "Trap", "api_roots": [f"{other.url}/api/"]}
        web.routes["*"] = answer(200, json.dumps(body).encode(), Content_Type=MEDIA_TYPE)
        error = await failure_of(fetch_request(pinned="taxii", taxii_url=f"{web.url}/taxii2/"))

    assert (error.code, other.hits.total()) == ("upstream_host_refused", 0)


def envelope(**body: Any) -> Handler:
    return answer(200, json.dumps(body).encode(), Content_Type=MEDIA_TYPE)


WRONG_PAGES: dict[str, tuple[Handler, str]] = {
    "no JSON": (answer(200, b"{", Content_Type=MEDIA_TYPE), "taxii_wrong_answer"),
    "a list": (answer(200, b"[]", Content_Type=MEDIA_TYPE), "taxii_wrong_answer"),
    "objects that are none": (envelope(objects=["text"]), "taxii_wrong_answer"),
    "another content type": (answer(200, b"{}", Content_Type="text/html"), "taxii_wrong_answer"),
    "no content type": (answer(200, b"{}"), "taxii_wrong_answer"),
    "more, but no next": (envelope(objects=OBJECTS[20:], more=True), "taxii_wrong_answer"),
    "a status": (answer(418, b"secret", Content_Type=MEDIA_TYPE), "taxii_wrong_answer"),
    "forbidden": (answer(403, b"secret"), "upstream_forbidden"),
    "unauthorized": (answer(401, b"secret"), "upstream_unauthorized"),
    "rate limit": (answer(429, b"secret", Retry_After="600"), "upstream_rate_limited"),
    "broken": (answer(500, b"secret"), "upstream_unavailable"),
}


@pytest.mark.parametrize(("page", "code"), WRONG_PAGES.values(), ids=WRONG_PAGES)
async def test_wrong_answer_is_one_clear_error(fetch_request: RequestFactory, page: Handler, code: str) -> None:
    with serve_taxii(COLLECTIONS, max_page=10) as server:
        server.faults = dict.fromkeys(range(2, 9), page)
        error = await failure_of(fetch_request(pinned="taxii", taxii_url=server.discovery))

    assert error.code == code
    assert "secret" not in error.message


WRONG_DISCOVERIES: dict[str, Handler] = {
    "a list": answer(200, b"[]", Content_Type=MEDIA_TYPE),
    "no roots": answer(200, b'{"title": "x"}', Content_Type=MEDIA_TYPE),
    "roots that are none": answer(200, b'{"title": "x", "api_roots": [1]}', Content_Type=MEDIA_TYPE),
    "a web page": answer(200, b"<html>", Content_Type="text/html"),
}


@pytest.mark.parametrize("page", WRONG_DISCOVERIES.values(), ids=WRONG_DISCOVERIES)
async def test_wrong_discovery_is_one_clear_error(fetch_request: RequestFactory, page: Handler) -> None:
    with serve_web() as web:
        web.routes["*"] = page
        error = await failure_of(fetch_request(pinned="taxii", taxii_url=f"{web.url}/taxii2/"))

    assert error.code == "taxii_wrong_answer"


@pytest.mark.parametrize("body", [b'{"collections": [{}]}', b'{"collections": 7}', b'{"collections": [{"id": 1}]}'])
async def test_wrong_collections_are_one_clear_error(fetch_request: RequestFactory, body: bytes) -> None:
    with serve_taxii(COLLECTIONS) as server:
        server.web.routes["/api/v21/collections/"] = answer(200, body, Content_Type=MEDIA_TYPE)
        error = await failure_of(fetch_request(pinned="taxii", taxii_url=server.discovery))

    assert error.code == "taxii_wrong_answer"


async def test_page_that_repeats_itself_ends_the_reading(fetch_request: RequestFactory) -> None:
    with serve_taxii(COLLECTIONS) as server:
        server.faults = dict.fromkeys(range(1, 99), envelope(objects=OBJECTS[:2], more=True, next="on"))
        error = await failure_of(fetch_request(pinned="taxii", taxii_url=server.discovery))

    assert (error.code, server.pages) == ("taxii_no_progress", 2)


def never_ending() -> Callable[[BaseHTTPRequestHandler], None]:
    number = 100

    def page(request: BaseHTTPRequestHandler) -> None:
        nonlocal number
        number += 1
        envelope(objects=[make("tool", number)], more=True, next=str(number))(request)

    return page


async def test_server_that_always_has_more_is_left(fetch_request: RequestFactory) -> None:
    limits = NetworkLimits(taxii_max_pages=5)
    with serve_taxii(COLLECTIONS) as server:
        server.faults = dict.fromkeys(range(1, 99), never_ending())
        error = await failure_of(fetch_request(pinned="taxii", taxii_url=server.discovery, limits=limits))

    assert (error.code, server.pages) == ("taxii_too_many_pages", 6)


@pytest.mark.parametrize("limits", [NetworkLimits(taxii_page_bytes=500), NetworkLimits(taxii_total_bytes=5_000)])
async def test_bytes_are_bounded(fetch_request: RequestFactory, limits: NetworkLimits) -> None:
    with serve_taxii(COLLECTIONS, max_page=10) as server:
        error = await failure_of(fetch_request(pinned="taxii", taxii_url=server.discovery, limits=limits))

    assert error.code == "upstream_too_large"


async def test_server_whose_allowance_is_too_small_is_left_at_its_first_page(fetch_request: RequestFactory) -> None:
    headers = {"X_RateLimit_Remaining": "7"}
    with serve_taxii(COLLECTIONS, max_page=10, headers=headers) as server:
        fetched = await fetch_attack(fetch_request(taxii_url=server.discovery))

    assert server.pages == 1
    assert [(left.way, left.code) for left in fetched.left] == [
        ("taxii", "taxii_allowance"),
        ("github", "upstream_unreachable"),
    ]
    assert fetched.ways == {"enterprise": "bundled"}


async def test_mitres_own_server_is_known_to_grant_ten_requests(
    fetch_request: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taxii_way, "MITRE_HOST", "127.0.0.1")
    with serve_taxii(COLLECTIONS, max_page=10) as server:
        left = (await fetch_attack(fetch_request(taxii_url=server.discovery))).left

    assert left[0].code == "taxii_allowance"


async def test_short_rate_limit_is_waited_for(fetch_request: RequestFactory) -> None:
    with serve_taxii(COLLECTIONS, max_page=10) as server:
        server.faults = {2: answer(429, b"", Retry_After="1")}
        fetched = await fetch_attack(fetch_request(taxii_url=server.discovery, limits=QUICK))

    assert (len(objects_of(fetched)), fetched.left) == (25, ())


async def test_title_of_the_collection_may_tell_the_release(fetch_request: RequestFactory) -> None:
    with serve_taxii({ENTERPRISE: ("Enterprise ATT&CK v16.1", OBJECTS)}) as server:
        fetched = await fetch_attack(fetch_request(pinned="taxii", taxii_url=server.discovery))

    assert fetched.bundles[0].release == "16.1"
