"""Downloads from a server that does everything wrong."""

import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Timer

import pytest

from app.errors import UpstreamFailed
from app.importers.guard import HostGuard
from app.importers.http import Aborted, Downloader, NetworkRules
from app.importers.limits import NetworkLimits
from tests.integration.importers.conftest import NOWHERE, QUICK
from tests.support.web import Handler, Web, answer, in_turn, serve_web

BODY = bytes(range(256)) * 400


@pytest.fixture
def web() -> Iterator[Web]:
    with serve_web() as web:
        yield web


def rules(*urls: str, limits: NetworkLimits = QUICK, allow_private: bool = True) -> NetworkRules:
    return NetworkRules(HostGuard.of(urls, [], allow_private=allow_private), limits)


@pytest.fixture
def downloader(web: Web) -> Iterator[Downloader]:
    with Downloader(rules(web.url)) as downloader:
        yield downloader


def breaking_off(at: int, etag: str = '"one"') -> Handler:
    """Promise the whole body and hang up in the middle of it; a range continues where it began."""

    def respond(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("ETag", etag)
        request.send_header("Content-Length", str(len(BODY)))
        request.end_headers()
        request.wfile.write(BODY[:at])

    return respond


def ranged(etag: str = '"one"') -> Handler:
    """Honour Range and If-Range."""

    def respond(request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        if wanted is None or request.headers.get("If-Range") != etag:
            answer(200, BODY, ETag=etag)(request)
            return
        first = int(wanted.removeprefix("bytes=").removesuffix("-"))
        span = f"bytes {first}-{len(BODY) - 1}/{len(BODY)}"
        answer(206, BODY[first:], ETag=etag, Content_Range=span)(request)

    return respond


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"x" * 65536)


def silent(seconds: float) -> Handler:
    def respond(_request: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)

    return respond


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(UpstreamFailed) as failed:
        work()
    return failed.value.code


def test_download_is_stored_as_it_came_and_its_etag_remembered(
    web: Web, downloader: Downloader, tmp_path: Path
) -> None:
    packed = gzip.compress(BODY)
    web.routes["/a"] = answer(200, packed, ETag='"one"', Content_Encoding="gzip")

    done = downloader.download(f"{web.url}/a", tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == packed
    assert (done.size, done.etag, done.not_modified) == (len(packed), '"one"', False)


def test_known_etag_saves_the_download(web: Web, downloader: Downloader, tmp_path: Path) -> None:
    web.routes["/a"] = answer(304)

    done = downloader.download(f"{web.url}/a", tmp_path / "a", etag='"one"')

    assert done.not_modified
    assert not (tmp_path / "a").exists()
    assert web.seen[0][1]["if-none-match"] == '"one"'


def test_interrupted_download_goes_on_where_it_stopped(web: Web, downloader: Downloader, tmp_path: Path) -> None:
    web.routes["/a"] = in_turn(breaking_off(50_000), ranged())

    downloader.download(f"{web.url}/a", tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == BODY
    resumed = web.seen[1][1]
    assert resumed["if-range"] == '"one"'
    assert 0 < int(resumed["range"].removeprefix("bytes=").removesuffix("-")) <= 50_000


def test_file_that_changed_meanwhile_is_read_from_its_beginning(
    web: Web, downloader: Downloader, tmp_path: Path
) -> None:
    web.routes["/a"] = in_turn(breaking_off(50_000, etag='"old"'), ranged(etag='"new"'))

    done = downloader.download(f"{web.url}/a", tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == BODY
    assert done.etag == '"new"'


def test_download_that_always_breaks_off_fails(web: Web, downloader: Downloader, tmp_path: Path) -> None:
    web.routes["/a"] = breaking_off(10)

    assert code_of(lambda: downloader.download(f"{web.url}/a", tmp_path / "a")) == "upstream_interrupted"
    assert web.hits["/a"] == QUICK.attempts


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_temporary_refusals_are_tried_again(web: Web, downloader: Downloader, tmp_path: Path, status: int) -> None:
    web.routes["/a"] = in_turn(answer(status, Retry_After="0"), answer(200, b"ok"))

    downloader.download(f"{web.url}/a", tmp_path / "a")

    assert (tmp_path / "a").read_bytes() == b"ok"


@pytest.mark.parametrize(
    ("handler", "code", "attempts"),
    [
        (answer(401), "upstream_unauthorized", 1),
        (answer(403), "upstream_forbidden", 1),
        (answer(403, X_RateLimit_Remaining="0", Retry_After="3600"), "upstream_rate_limited", 1),
        (answer(404), "upstream_not_found", 1),
        (answer(418), "upstream_status", 1),
        (answer(429, Retry_After="600"), "upstream_rate_limited", 1),
        (answer(429), "upstream_rate_limited", QUICK.attempts),
        (answer(500), "upstream_unavailable", QUICK.attempts),
    ],
)
def test_each_refusal_has_its_code(
    web: Web, downloader: Downloader, handler: Handler, code: str, attempts: int
) -> None:
    web.routes["/a"] = handler

    assert code_of(lambda: downloader.get(f"{web.url}/a")) == code
    assert web.hits["/a"] == attempts


def test_wish_of_a_patient_server_is_passed_on(web: Web, downloader: Downloader, tmp_path: Path) -> None:
    web.routes["/a"] = answer(429, Retry_After="600")

    with pytest.raises(UpstreamFailed) as failed:
        downloader.download(f"{web.url}/a", tmp_path / "a")

    assert failed.value.retry_after_seconds == 601


def test_body_of_an_upstream_is_never_in_the_error(web: Web, downloader: Downloader, tmp_path: Path) -> None:
    web.routes["/a"] = answer(403, b"secret inner page")

    with pytest.raises(UpstreamFailed) as failed:
        downloader.get(f"{web.url}/a")

    assert "secret" not in failed.value.message


def test_endless_answer_is_cut_off(web: Web, downloader: Downloader, tmp_path: Path) -> None:
    web.routes["/a"] = endless

    assert (
        code_of(lambda: downloader.download(f"{web.url}/a", tmp_path / "a", max_bytes=500_000)) == "upstream_too_large"
    )
    assert code_of(lambda: downloader.get(f"{web.url}/a", max_bytes=500_000)) == "upstream_too_large"
    assert (tmp_path / "a").stat().st_size <= 500_000


def test_packed_answer_is_measured_unpacked(web: Web, downloader: Downloader) -> None:
    web.routes["/a"] = answer(200, gzip.compress(b"x" * 2_000_000), Content_Encoding="gzip")

    assert code_of(lambda: downloader.get(f"{web.url}/a", max_bytes=1_000_000)) == "upstream_too_large"


def test_silent_server_is_left(web: Web, tmp_path: Path) -> None:
    web.routes["/a"] = silent(1.5)
    limits = replace(QUICK, read_seconds=0.1, attempts=2)

    with Downloader(rules(web.url, limits=limits)) as downloader:
        assert code_of(lambda: downloader.get(f"{web.url}/a")) == "upstream_timeout"


def test_whole_download_has_a_time_too(web: Web, tmp_path: Path) -> None:
    web.routes["/a"] = endless
    limits = replace(QUICK, total_seconds=0.2, max_bytes=1 << 40)

    with Downloader(rules(web.url, limits=limits)) as downloader:
        assert code_of(lambda: downloader.get(f"{web.url}/a", max_bytes=1 << 40)) == "upstream_timeout"


def test_closed_port(tmp_path: Path) -> None:
    with Downloader(rules(NOWHERE)) as downloader:
        assert code_of(lambda: downloader.get(NOWHERE)) == "upstream_unreachable"


def test_redirect_within_the_allowed_hosts_is_followed_without_credentials(web: Web, tmp_path: Path) -> None:
    with serve_web("127.0.0.2") as other, Downloader(rules(web.url, other.url)) as downloader:
        web.routes["/a"] = answer(302, Location=f"{other.url}/b")
        web.routes["/same"] = answer(302, Location="/target")
        web.routes["/target"] = answer(200, b"same")
        other.routes["/b"] = answer(200, b"other")
        headers = {"Authorization": "Bearer secret"}

        assert downloader.get(f"{web.url}/a", headers=headers).body == b"other"
        assert downloader.get(f"{web.url}/same", headers=headers).body == b"same"

        assert "authorization" not in other.seen[0][1]
        assert [seen["authorization"] for _, seen in web.seen] == ["Bearer secret"] * 3


def test_redirect_to_a_host_that_nobody_named_is_refused(web: Web, downloader: Downloader) -> None:
    web.routes["/a"] = answer(302, Location="http://169.254.169.254/latest/meta-data")

    assert code_of(lambda: downloader.get(f"{web.url}/a")) == "upstream_host_refused"


def test_redirect_to_a_named_host_with_a_private_address_is_refused(web: Web) -> None:
    class OnlyTheFirst(HostGuard):
        """Permits the test's own server as if it were public."""

        def permits(self, address: str) -> bool:
            return address == "127.0.0.1" or super().permits(address)

    guard = OnlyTheFirst(frozenset({"127.0.0.1", "127.0.0.2"}))
    with serve_web("127.0.0.2") as inner, Downloader(NetworkRules(guard, QUICK)) as downloader:
        web.routes["/a"] = answer(302, Location=f"{inner.url}/b")

        assert code_of(lambda: downloader.get(f"{web.url}/a")) == "upstream_address_refused"
        assert not inner.hits


def test_private_address_is_refused_unless_allowed(web: Web) -> None:
    with Downloader(rules(web.url, allow_private=False)) as downloader:
        assert code_of(lambda: downloader.get(web.url)) == "upstream_address_refused"

    assert not web.hits


def test_name_is_resolved_once_and_keeps_its_host_header(web: Web) -> None:
    url = web.url.replace("127.0.0.1", "localhost")
    web.routes["/a"] = answer(200, b"ok")

    with Downloader(rules(url)) as downloader:
        assert downloader.get(f"{url}/a").body == b"ok"

    assert web.seen[0][1]["host"] == url.removeprefix("http://")


def test_circle_of_redirects_ends(web: Web, downloader: Downloader) -> None:
    web.routes["/a"] = answer(302, Location="/a")

    assert code_of(lambda: downloader.get(f"{web.url}/a")) == "upstream_redirect_loop"


def test_abort_from_another_thread_ends_a_silent_download(web: Web) -> None:
    web.routes["/a"] = silent(3)
    began = time.monotonic()

    with Downloader(rules(web.url, limits=replace(QUICK, read_seconds=20))) as downloader:
        Timer(0.2, downloader.abort).start()
        with pytest.raises(Aborted):
            downloader.get(f"{web.url}/a")
        with pytest.raises(Aborted):
            downloader.get(f"{web.url}/a")

    assert time.monotonic() - began < 2
