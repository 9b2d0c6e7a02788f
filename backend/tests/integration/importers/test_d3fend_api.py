"""D3FEND over HTTP as its server answers: in bulk, without news, and technique by technique."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import orjson
import pytest

from app.errors import UpstreamFailed
from app.importers.content import WHOLE, ContentRequest, KnownPart
from app.importers.d3fend.source import DEFINITION
from app.importers.http import Downloader
from tests.integration.importers.conftest import QUICK
from tests.support.parsing import parse_path
from tests.support.upstream import RecordedUpstream
from tests.support.web import Handler, answer, serve_web

pytestmark = pytest.mark.recorded

PARSER = "app.importers.d3fend.parser"


def fetch(url: str, folder: Path, known: KnownPart | None = None, **more: object):
    request = ContentRequest(
        work_dir=folder,
        parts=(WHOLE,),
        d3fend_api_url=url,
        allow_private=True,
        known={WHOLE: known} if known else {},
        **more,
    )
    with Downloader(request.rules()) as downloader:
        return DEFINITION.part(WHOLE).network(request, downloader, WHOLE)


def test_the_bulk_file_and_then_no_news(recorded_upstream: RecordedUpstream, tmp_path: Path):
    url = f"{recorded_upstream.url}/d3fend"
    (tmp_path / "one").mkdir()
    found = fetch(url, tmp_path / "one")
    assert found is not None
    assert (found.release, found.way) == ("0.17.0", "api")
    records = parse_path(PARSER, found.path).records
    assert (len(records), sum(len(record.techniques) for record in records)) == (202, 2566)
    (tmp_path / "two").mkdir()
    known = KnownPart(sha256=found.sha256, release=found.release, etag=found.etag)
    assert fetch(url, tmp_path / "two", known) is None


def test_technique_by_technique_where_there_is_no_bulk_file(recorded_upstream: RecordedUpstream, tmp_path: Path):
    class WithoutBulk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            status, body = 404, b"{}"
            if "full-mappings" not in self.path and not self.path.endswith("/T1546.json"):
                with urlopen(f"{recorded_upstream.url}/d3fend{self.path}", timeout=20) as reply:
                    status, body = 200, reply.read()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), WithoutBulk)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        found = fetch(f"http://127.0.0.1:{server.server_port}", tmp_path)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert found is not None
    parsed = parse_path(PARSER, found.path)
    assert parsed.codes == {"offensive-technique/attack/T1546.json": "upstream_not_found"}
    assert sum(len(record.techniques) for record in parsed.records) == 4079
    assert len({link.attack_id for record in parsed.records for link in record.techniques}) == 405


def test_an_archive_below_the_content_folder(recorded_content: Path, tmp_path: Path):
    request = ContentRequest(work_dir=tmp_path, parts=(WHOLE,), content_dir=recorded_content)
    found = DEFINITION.part(WHOLE).offline(request, WHOLE)
    assert (found.release, found.way) == ("0.17.0", "offline")


LISTED = orjson.dumps({"@graph": [{"@id": "d3f:FileAnalysis", "d3f:d3fend-id": "D3-FA", "rdfs:label": "Files"}]})
ASKED = orjson.dumps({"@graph": [{"@id": "d3f:T1059"}, {"@id": "d3f:../../etc"}, {"@id": "d3f:T1001"}]})
COUNTERED = orjson.dumps(
    {"off_to_def": {"results": {"bindings": [{"def_tech": {"value": "http://d3fend.mitre.org/x#FileAnalysis"}}]}}}
)


@pytest.mark.parametrize("gone", [answer(200, b"<!doctype html><title>D3FEND</title>"), answer(410), answer(404)])
def test_a_page_in_the_place_of_the_bulk_file_is_none(tmp_path: Path, gone: Handler) -> None:
    with serve_web() as web:
        web.routes |= {
            "/api/ontology/inference/d3fend-full-mappings.json": gone,
            "/api/technique/all.json": answer(200, LISTED),
            "/api/offensive-technique/all.json": answer(200, ASKED),
            "/api/offensive-technique/attack/T1059.json": answer(200, COUNTERED),
        }
        found = fetch(web.url, tmp_path, limits=QUICK)
        assert not [path for path, _ in web.seen if "etc" in path]
    assert found is not None
    assert (found.release, found.etag) == (None, None)
    parsed = parse_path(PARSER, found.path)
    assert [[link.attack_id for link in record.techniques] for record in parsed.records] == [["T1059"]]
    assert parsed.codes == {"offensive-technique/attack/T1001.json": "upstream_not_found"}


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(1 << 16):
        request.wfile.write(b" " * (1 << 16))


@pytest.mark.parametrize(
    ("handler", "code"),
    [
        (answer(500), "upstream_unavailable"),
        (answer(403), "upstream_forbidden"),
        (answer(429, Retry_After="3600"), "upstream_rate_limited"),
        (answer(302, Location="http://169.254.169.254/latest"), "upstream_host_refused"),
        (answer(302, Location="file:///etc/passwd"), "upstream_host_refused"),
        (endless, "upstream_too_large"),
    ],
    ids=["500", "403", "429", "metadata", "file", "endless"],
)
def test_what_a_server_may_do_instead_of_answering(tmp_path: Path, handler: Handler, code: str) -> None:
    with serve_web() as web:
        web.routes["*"] = handler
        with pytest.raises(UpstreamFailed) as raised:
            fetch(web.url, tmp_path, limits=QUICK)
    assert raised.value.code == code
