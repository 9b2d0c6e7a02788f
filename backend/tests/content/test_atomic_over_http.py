"""Atomic Red Team over the API: sync, dry run, catalogue, commands, unknown techniques, upload and refusals."""

import asyncio
import gzip
import io
import tarfile
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.config import Settings
from app.database import SessionFactory
from app.domain.permissions import Role
from app.main import create_app
from app.security import CHEAP_COST, passwords_for
from tests.support.upstream import RecordedUpstream, serve_recorded

pytestmark = pytest.mark.recorded

API = "/api/v1"
ATOMIC = "redcanaryco/atomic-red-team"
TEST_YAML = """
attack_technique: T1003
display_name: OS Credential Dumping
atomic_tests:
- name: A sample
  auto_generated_guid: 11111111-2222-3333-4444-555555555555
  description: Says hello.
  supported_platforms: [linux, "iaas:aws"]
  input_arguments:
    word: {description: What to say, type: String, default: 5}
    place: {description: Where, type: path, default: null}
  dependency_executor_name: bash
  dependencies:
  - {description: "#{place} is there", prereq_command: "test -f #{place}", get_prereq_command: "touch #{place}"}
  executor: {name: sh, elevation_required: true, command: "echo #{word} > #{place}", cleanup_command: "rm #{place}"}
- name: Without an id
  executor: {name: sh, command: "true"}
"""


@pytest.fixture(scope="module")
def upstream(recorded_content) -> Iterator[RecordedUpstream]:
    with serve_recorded(recorded_content) as server:
        yield server


@pytest.fixture(scope="module")
def http_app(attack_factory: SessionFactory, attack_settings: Settings, upstream: RecordedUpstream) -> FastAPI:
    addresses = {"github_api_url": upstream.url, "github_raw_url": upstream.raw, "allow_private_upstreams": True}
    app = create_app(attack_settings.model_copy(update=addresses), session_factory=attack_factory)
    app.state.hashing = passwords_for(CHEAP_COST)
    return app


@pytest.fixture(scope="module")
async def http(http_app: FastAPI) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(http_app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


def _archive(**files: str | bytes) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(f"top/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return raw.getvalue()


async def _ended(http: AsyncClient, headers: dict[str, str], run_id: str) -> dict:
    for _ in range(3000):
        run = (await http.get(f"{API}/data-sources/runs/{run_id}", headers=headers)).json()
        if run["ended_at"]:
            return run
        await asyncio.sleep(0.1)
    raise AssertionError(run)


async def _uploaded(http: AsyncClient, headers: dict[str, str], body: bytes, **params: str) -> dict:
    started = await http.post(
        f"{API}/data-sources/atomic_red_team/upload", headers=headers, content=body, params={"force": "true"} | params
    )
    assert started.status_code == 202, started.text
    return await _ended(http, headers, started.json()["id"])


async def test_atomic_red_team_from_sync_to_command(http: AsyncClient, people, upstream: RecordedUpstream) -> None:
    admin, lead = people[Role.ADMIN], people[Role.RED_LEAD]
    url = f"{API}/data-sources/atomic_red_team/sync"
    assert (await http.post(url, headers=lead, json={})).status_code == 403
    wrong = await http.post(url, headers=admin, json={"domains": ["enterprise"]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_part")
    tried = await http.post(url, headers=admin, json={"dry_run": True})
    assert tried.status_code == 202
    again = await http.post(url, headers=admin, json={})
    assert (again.status_code, again.json()["code"]) == (409, "sync_running")
    dry = await _ended(http, admin, tried.json()["id"])
    assert (dry["status"], dry["counts"]["added"], dry["report"]["preview"]) == ("succeeded", 1819, True)
    listed = (await http.get(f"{API}/test-templates?source=atomic_red_team", headers=lead)).json()
    assert listed["total"] == 0

    started = await http.post(f"{API}/system/import-atomic-red-team", headers=admin)
    assert (started.status_code, started.json()["status"]) == (202, "queued")
    run = await _ended(http, admin, started.json()["id"])
    assert (run["status"], run["counts"]["read"], run["counts"]["added"]) == ("succeeded", 1819, 1819)
    assert run["report"]["stubs"] == 11

    listed = (await http.get(f"{API}/test-templates?technique=T1003.001&platform=Windows", headers=lead)).json()
    assert listed["total"] > 5
    untested = (await http.get(f"{API}/test-templates?technique=T1003.001&tested=false", headers=lead)).json()
    assert untested["total"] == listed["total"]
    named = (await http.get(f"{API}/test-templates?technique=T1003&q=Gsecdump", headers=lead)).json()["items"][0]
    detail = (await http.get(f"{API}/test-templates/{named['id']}", headers=lead)).json()
    assert [item["name"] for item in detail["inputs"]] == ["gsecdump_exe", "gsecdump_bin_hash", "gsecdump_url"]
    assert (detail["licence"], len(detail["dependencies"])) == ("MIT", 1)
    command = await http.get(
        f"{API}/test-templates/{named['id']}/command", headers=lead, params={"input": "gsecdump_exe=C:\\g.exe"}
    )
    assert command.json()["command"] == '"C:\\g.exe" -a\n'
    assert (command.json()["missing"], command.json()["filename"]) == ([], "gsecdump.cmd")
    wrong = await http.get(f"{API}/test-templates/{named['id']}/command", headers=lead, params={"input": "x=1"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_input")


async def test_unknown_techniques_wait_for_a_lead(http: AsyncClient, people) -> None:
    lead, viewer = people[Role.RED_LEAD], people[Role.VIEWER]
    url = f"{API}/content/unresolved"
    listed = (await http.get(url, headers=viewer)).json()
    assert (listed["total"], listed["items"][0]["attack_id"], listed["items"][0]["templates"]) == (11, "T1685", 77)
    stub = (await http.get(f"{API}/techniques/T1685", headers=viewer)).json()
    assert (stub["unresolved"], stub["name"]) == (True, "Disable or Modify Tools")
    templates = (await http.get(f"{API}/test-templates?technique=T1685", headers=viewer)).json()
    assert templates["total"] == 77
    made = await http.post(
        f"{API}/tests",
        headers=lead,
        json={"technique": "T1685", "name": "On a stub", "template_id": templates["items"][0]["id"]},
    )
    assert (made.status_code, made.json()["technique"]["attack_id"]) == (201, "T1685")
    body = {"technique": "T1562.001"}
    assert (await http.post(f"{url}/T1685/choose", headers=viewer, json=body)).status_code == 403
    done = await http.post(f"{url}/t1685/choose", headers=lead, json=body)
    assert (done.status_code, done.json()) == (200, {"attack_id": "T1685", "technique": "T1562.001", "links": 77})
    assert (await http.get(f"{API}/test-templates?technique=T1562.001", headers=viewer)).json()["total"] >= 77
    assert (await http.get(url, headers=viewer)).json()["total"] == 10
    back = await http.post(f"{url}/T1685/choose", headers=lead, json={"technique": None})
    assert back.json()["links"] == 77
    assert (await http.get(url, headers=viewer)).json()["total"] == 11
    nothing = await http.post(f"{url}/T1077/choose", headers=lead, json=body)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_unresolved")


async def test_an_uploaded_archive_takes_the_same_way(http: AsyncClient, people) -> None:
    admin = people[Role.ADMIN]
    run = await _uploaded(http, admin, _archive(**{"atomics/T1003/T1003.yaml": TEST_YAML}), filename="own.tar.gz")
    assert (run["status"], run["way"], run["counts"]["read"], run["counts"]["skipped"]) == ("succeeded", "upload", 2, 1)
    assert [problem["code"] for problem in run["problems"]] == ["missing_field"]
    listed = (await http.get(f"{API}/test-templates?q=A%20sample&active=true", headers=admin)).json()
    key = listed["items"][0]["id"]
    assert listed["items"][0]["platforms"] == ["IaaS", "Linux"]
    command = (
        await http.get(f"{API}/test-templates/{key}/command", headers=admin, params={"input": "word=a b"})
    ).json()
    assert (command["command"], command["missing"]) == ("echo a b > #{place}", ["place"])
    assert command["prerequisites"] == [
        {"description": "#{place} is there", "check": "test -f #{place}", "get": "touch #{place}", "executor": "bash"}
    ]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (_archive(**{"atomics/T1003/T1003.yaml": TEST_YAML})[:-40], "truncated_archive"),
        (_archive(**{"../../etc/x": "a"}), "unsafe_archive"),
        (b"no archive at all", "damaged_archive"),
        (_archive(**{"readme.md": "nothing"}), "no_content"),
        (_archive(**{"atomics/T1003/T1003.yaml": BOMB}), "yaml_bomb"),
        (gzip.compress(b"\0" * (64 << 20)), "no_content"),
        (_archive(**{"atomics/T1003/T1003.yaml": b"name: \xff\xfe"}), "not_utf8"),
    ],
    ids=["truncated", "climbs", "garbage", "empty", "yaml-bomb", "zeros", "encoding"],
)
async def test_a_bad_archive_fails_with_its_reason_and_changes_nothing(
    http: AsyncClient, people, body: bytes, code: str
) -> None:
    admin = people[Role.ADMIN]
    before = (await http.get(f"{API}/test-templates/stats", headers=admin)).json()
    run = await _uploaded(http, admin, body)
    assert (run["status"], run["error"]["code"]) == ("failed", code)
    assert (await http.get(f"{API}/test-templates/stats", headers=admin)).json() == before
