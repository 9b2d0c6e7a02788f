"""The ways into ATT&CK and their order."""

import asyncio
import gzip
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import cast

import pytest

from app.errors import AppError, UpstreamFailed
from app.importers.attack.source import SOURCE, fetch_attack
from app.importers.base import FetchRequest, KnownContent
from app.importers.worker import parse_in_worker
from tests.integration.importers.conftest import RequestFactory
from tests.support.attack_samples import bundle, technique
from tests.support.taxii_server import serve_taxii
from tests.support.web import Web, answer, serve_web

CTI = "/raw/mitre/cti/master/enterprise-attack/enterprise-attack.json"
INDEX = "/raw/mitre-attack/attack-stix-data/master/index.json"
ENTERPRISE = "x-mitre-collection--1f5f1533-f617-4ca8-9ab4-6a02367fa019"
SMALL = bundle(technique(1, "T1000"))


@pytest.fixture
def github() -> Iterator[Web]:
    """A stand-in for GitHub with a bundle and an index."""
    with serve_web() as web:
        releases = [
            {"version": "3.1", "modified": "2024-02-01T00:00:00Z"},
            {"version": "2.0", "modified": "2023-02-01T00:00:00Z"},
        ]
        index = {"collections": [{"id": ENTERPRISE, "versions": releases}]}
        web.routes[CTI] = answer(200, SMALL, ETag='"one"')
        web.routes[INDEX] = answer(200, json.dumps(index).encode())
        yield web


async def failure_of(request: FetchRequest) -> AppError:
    with pytest.raises(UpstreamFailed) as failed:
        await fetch_attack(request)
    return failed.value


async def test_github_gives_the_bundle_and_the_index_its_release(
    github: Web, fetch_request: RequestFactory, out_dir: Path
) -> None:
    fetched = await fetch_attack(fetch_request(pinned="github", github_raw_url=f"{github.url}/raw", github_token="t"))

    assert [(found.way, found.origin, found.etag) for found in fetched.bundles] == [
        ("github", f"{github.url}{CTI}", '"one"')
    ]
    assert {seen["authorization"] for _, seen in github.seen} == {"Bearer t"}
    parsed = await parse_in_worker(fetched.bundles, out_dir)
    assert parsed.releases == {"enterprise": "3.1"}


async def test_known_etag_or_known_bytes_mean_nothing_to_do(github: Web, fetch_request: RequestFactory) -> None:
    request = fetch_request(pinned="github", github_raw_url=f"{github.url}/raw")
    first = (await fetch_attack(request)).bundles[0]
    github.routes[CTI] = answer(304)

    by_etag = fetch_request(
        pinned="github",
        github_raw_url=f"{github.url}/raw",
        known={"enterprise": KnownContent(etags={first.origin: str(first.etag)})},
    )
    assert (await fetch_attack(by_etag)).not_modified

    github.routes[CTI] = answer(200, SMALL)
    by_bytes = fetch_request(
        pinned="github",
        github_raw_url=f"{github.url}/raw",
        known={"enterprise": KnownContent(sha256=first.sha256)},
    )
    again = await fetch_attack(by_bytes)
    assert again.not_modified
    assert (again.unchanged, again.ways) == (("enterprise",), {"enterprise": "github"})


async def test_other_repository_serves_where_the_first_has_no_bundle(
    github: Web, fetch_request: RequestFactory
) -> None:
    del github.routes[CTI]
    other = "/raw/mitre-attack/attack-stix-data/master/enterprise-attack/enterprise-attack.json"
    github.routes[other] = answer(200, SMALL)

    fetched = await fetch_attack(fetch_request(pinned="github", github_raw_url=f"{github.url}/raw"))

    assert fetched.bundles[0].origin == f"{github.url}{other}"


async def test_release_can_be_asked_for(github: Web, fetch_request: RequestFactory) -> None:
    tagged = "/raw/mitre/cti/ATT%26CK-v2.0/enterprise-attack/enterprise-attack.json"
    github.routes[tagged] = answer(200, SMALL)

    fetched = await fetch_attack(fetch_request(pinned="github", github_raw_url=f"{github.url}/raw", release="2.0"))

    assert (fetched.bundles[0].release, github.hits[INDEX]) == ("2.0", 0)


async def test_missing_index_costs_the_release_only(github: Web, fetch_request: RequestFactory, out_dir: Path) -> None:
    github.routes[INDEX] = answer(200, b"[]")

    fetched = await fetch_attack(fetch_request(pinned="github", github_raw_url=f"{github.url}/raw"))

    parsed = await parse_in_worker(fetched.bundles, out_dir)
    assert (parsed.releases, parsed.bundles[0].release_origin) == ({"enterprise": None}, "unknown")


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [
        (403, {"X_RateLimit_Remaining": "0", "Retry_After": "900"}, "upstream_rate_limited"),
        (403, {}, "upstream_forbidden"),
        (429, {"Retry_After": "900"}, "upstream_rate_limited"),
        (500, {}, "upstream_unavailable"),
    ],
)
async def test_pinned_way_fails_with_its_own_code(
    github: Web, fetch_request: RequestFactory, status: int, headers: dict[str, str], code: str
) -> None:
    github.routes[CTI] = answer(status, b"secret", **headers)

    error = await failure_of(fetch_request(pinned="github", github_raw_url=f"{github.url}/raw"))

    assert error.code == code
    assert "secret" not in error.message


async def test_auto_goes_from_taxii_to_github_and_says_why(github: Web, fetch_request: RequestFactory) -> None:
    fetched = await fetch_attack(fetch_request(github_raw_url=f"{github.url}/raw"))

    assert fetched.ways == {"enterprise": "github"}
    assert [(left.way, left.domain, left.code) for left in fetched.left] == [("taxii", None, "upstream_unreachable")]


async def test_auto_prefers_what_the_operator_gave(tmp_path: Path, fetch_request: RequestFactory) -> None:
    (tmp_path / "enterprise-attack-9.0.json").write_bytes(SMALL)
    (tmp_path / "attack").mkdir()
    (tmp_path / "attack" / "enterprise-attack-10.1.json.gz").write_bytes(gzip.compress(SMALL))
    (tmp_path / "attack" / "enterprise-attack.json").write_bytes(SMALL)

    fetched = await fetch_attack(fetch_request(content_dir=tmp_path))

    assert [(found.way, found.origin, found.release) for found in fetched.bundles] == [
        ("offline", "attack/enterprise-attack-10.1.json.gz", "10.1")
    ]
    assert fetched.left == ()


async def test_taxii_goes_before_github(github: Web, fetch_request: RequestFactory) -> None:
    with serve_taxii({ENTERPRISE: ("Enterprise ATT&CK", [technique(1, "T1000")])}) as taxii:
        fetched = await fetch_attack(fetch_request(taxii_url=taxii.discovery, github_raw_url=f"{github.url}/raw"))

    assert fetched.ways == {"enterprise": "taxii"}


async def test_each_domain_finds_its_own_way(github: Web, tmp_path: Path, fetch_request: RequestFactory) -> None:
    (tmp_path / "ics-attack-1.0.json").write_bytes(SMALL)

    fetched = await fetch_attack(
        fetch_request(domains=("enterprise", "mobile", "ics"), content_dir=tmp_path, github_raw_url=f"{github.url}/raw")
    )

    assert fetched.ways == {"ics": "offline", "enterprise": "github"}
    assert list(fetched.missing) == ["mobile"]
    assert [(left.way, left.domain, left.code) for left in fetched.left] == [
        ("offline", "enterprise", "offline_missing"),
        ("offline", "mobile", "offline_missing"),
        ("taxii", None, "upstream_unreachable"),
        ("github", "mobile", "upstream_not_found"),
        ("bundled", None, "bundled_missing"),
    ]


async def test_without_any_network_the_bundled_package_is_taken(fetch_request: RequestFactory) -> None:
    fetched = await fetch_attack(fetch_request())

    assert [(found.way, found.summary, found.form) for found in fetched.bundles] == [("bundled", True, "lookup")]
    assert [left.way for left in fetched.left] == ["taxii", "github"]


async def test_bundled_package_is_left_out_where_more_is_stored_already(fetch_request: RequestFactory) -> None:
    error = await failure_of(fetch_request(bundled_allowed=False))

    assert error.code == "attack_unavailable"
    assert [entry["way"] for entry in cast("list[dict[str, str]]", error.extra["left"])] == ["taxii", "github"]


@pytest.mark.parametrize(("changes", "code"), [({}, "offline_not_set"), ({"content_dir": "x"}, "offline_missing")])
async def test_pinned_offline_never_asks_the_network(
    tmp_path: Path, fetch_request: RequestFactory, changes: dict[str, str], code: str
) -> None:
    folders = {name: tmp_path / folder for name, folder in changes.items()}

    assert (await failure_of(fetch_request(pinned="offline", **folders))).code == code


async def test_upload_is_all_that_is_looked_at(tmp_path: Path, fetch_request: RequestFactory, out_dir: Path) -> None:
    (tmp_path / "body").write_bytes(gzip.compress(SMALL))

    fetched = await fetch_attack(
        fetch_request(upload=tmp_path / "body", upload_name="../enterprise-attack-12.1.json.gz", content_dir=tmp_path)
    )

    assert [(found.origin, found.release, found.domain) for found in fetched.bundles] == [
        ("enterprise-attack-12.1.json.gz", "12.1", None)
    ]
    parsed = await parse_in_worker(fetched.bundles, out_dir)
    assert parsed.releases == {"enterprise": "12.1"}


async def test_cancelling_ends_a_silent_download(fetch_request: RequestFactory) -> None:
    def silent(_request: BaseHTTPRequestHandler) -> None:
        time.sleep(1.5)

    with serve_web() as web:
        web.routes["*"] = silent
        task = asyncio.create_task(fetch_attack(fetch_request(pinned="github", github_raw_url=f"{web.url}/raw")))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 1


def test_source_names_its_publisher() -> None:
    assert (SOURCE.name, SOURCE.ways) == ("mitre_attack", ("offline", "taxii", "github", "bundled"))


def test_request_does_not_show_its_credentials(fetch_request: RequestFactory) -> None:
    request = fetch_request(github_token="hidden-1", taxii_password="hidden-2", proxy="http://u:hidden-3@proxy")

    assert "hidden" not in repr(request)
