"""Repositories from a GitHub that has a bad day."""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import orjson
import pytest

from app.errors import UpstreamFailed
from app.importers.content import WHOLE, ContentRequest, KnownPart
from app.importers.github_archive import Repository, fetch_repository
from app.importers.http import Downloader
from tests.integration.importers.conftest import QUICK
from tests.support.web import Web, answer, in_turn, serve_web

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = Repository("owner", "content")
NEWEST = "/repos/owner/content/commits/HEAD"
TARBALL = f"/repos/owner/content/tarball/{COMMIT}"
PACKED = "/legacy.tar.gz"


def _tarball() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("owner-content-0123456/a.yml"))
    return out.getvalue()


BODY = _tarball()


@pytest.fixture
def web() -> Iterator[Web]:
    with serve_web() as web:
        web.routes[NEWEST] = answer(200, orjson.dumps({"sha": COMMIT}))
        web.routes[TARBALL] = answer(302, Location=f"{web.url}{PACKED}")
        web.routes[PACKED] = answer(200, BODY)
        yield web


@pytest.fixture
def fetch(web: Web, tmp_path: Path):
    """Fetch the repository: `fetch(known=…)` gives the archive, or None."""

    def run(known: str | None = None, **changes: object):
        request = ContentRequest(
            work_dir=tmp_path,
            parts=(WHOLE,),
            github_api_url=web.url,
            github_token="ghp_secret",
            allow_private=True,
            limits=QUICK,
            known={WHOLE: KnownPart(release=known)},
            **changes,
        )
        with Downloader(request.rules()) as downloader:
            return fetch_repository(request, downloader, WHOLE, REPOSITORY)

    return run


def refused(work: Callable[[], object]) -> UpstreamFailed:
    with pytest.raises(UpstreamFailed) as raised:
        work()
    return raised.value


def test_the_commit_comes_first_and_a_known_one_ends_it(web: Web, fetch) -> None:
    archive = fetch()
    assert (archive.release, archive.sha256) == (COMMIT, hashlib.sha256(BODY).hexdigest())
    assert fetch(known=COMMIT) is None
    assert (web.hits[NEWEST], web.hits[TARBALL], web.hits[PACKED]) == (2, 1, 1)


def test_a_bad_moment_is_waited_for(web: Web, fetch) -> None:
    web.routes[NEWEST] = in_turn(answer(429, Retry_After="0"), answer(500), web.routes[NEWEST])
    web.routes[PACKED] = in_turn(answer(503), web.routes[PACKED])
    assert fetch().release == COMMIT


def test_an_exhausted_allowance_is_told_at_once(web: Web, fetch) -> None:
    web.routes[NEWEST] = answer(403, X_RateLimit_Remaining="0", Retry_After="1800")
    failed = refused(fetch)
    assert (failed.code, failed.retry_after_seconds, web.hits[NEWEST]) == ("upstream_rate_limited", 1801, 1)


def test_a_tarball_that_breaks_off_never_counts_as_whole(web: Web, fetch) -> None:
    def half(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(BODY)))
        request.end_headers()
        request.wfile.write(BODY[: len(BODY) // 2])

    web.routes[PACKED] = half
    assert refused(fetch).code == "upstream_interrupted"
    assert web.hits[PACKED] == QUICK.attempts


@pytest.mark.parametrize(
    "commit", [b"no json", b'{"sha": "../../etc"}', b"[]", b'{"sha": null}'], ids=["text", "path", "list", "null"]
)
def test_what_is_no_commit_is_not_asked_for(web: Web, fetch, commit: bytes) -> None:
    web.routes[NEWEST] = answer(200, commit)
    assert refused(fetch).code == "upstream_unexpected"
    assert set(web.hits) == {NEWEST}


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("http://169.254.169.254/latest/meta-data", "upstream_host_refused"),
        ("https://elsewhere.example/x.tar.gz", "upstream_host_refused"),
        ("file:///etc/passwd", "upstream_host_refused"),
    ],
    ids=["metadata", "elsewhere", "file"],
)
def test_a_redirect_leads_nowhere_else(web: Web, fetch, to: str, code: str) -> None:
    web.routes[TARBALL] = answer(302, Location=to)
    assert refused(fetch).code == code


def test_a_named_host_that_resolves_to_the_inside_is_refused(web: Web, fetch) -> None:
    web.routes[TARBALL] = answer(302, Location="http://169.254.169.254/x")
    # Link-local stays refused even where private upstreams are allowed and the operator named the host.
    assert refused(lambda: fetch(allowed_hosts=frozenset({"169.254.169.254"}))).code == "upstream_address_refused"


def test_the_token_stays_with_its_host(web: Web, fetch) -> None:
    with serve_web() as other:
        other.routes[PACKED] = answer(200, BODY)
        web.routes[TARBALL] = answer(302, Location=f"{other.url}{PACKED}")
        assert fetch().release == COMMIT
        assert [headers.get("authorization") for _, headers in other.seen] == [None]
    assert {headers.get("authorization") for _, headers in web.seen} == {"Bearer ghp_secret"}
