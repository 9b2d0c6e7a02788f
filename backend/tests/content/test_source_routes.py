"""Data sources, uploads and runs over the API."""

import asyncio
import gzip
import json

import pytest
from httpx import AsyncClient

from app.config import Settings
from app.domain.permissions import Role
from app.errors import UpstreamFailed
from app.services.content.mirrors import settings_for

API = "/api/v1"
SOURCES = f"{API}/data-sources"


async def ended(client: AsyncClient, headers, run_id):
    for _ in range(300):
        run = (await client.get(f"{SOURCES}/runs/{run_id}", headers=headers)).json()
        if run["ended_at"] is not None:
            return run
        await asyncio.sleep(0.1)
    raise AssertionError(run)


async def test_source_after_the_first_start(client: AsyncClient, people):
    listed = (await client.get(SOURCES, headers=people[Role.VIEWER])).json()
    assert [item["name"] for item in listed["items"]] == [
        *(
            "mitre_attack",
            "mitre_cti",
            "atomic_red_team",
            "caldera",
            "lolbas",
            "gtfobins",
            "sigma",
            "elastic",
            "d3fend",
            "compliance",
        )
    ]
    source = listed["items"][0]
    assert source["version"] == "18.1"
    assert source["domains"] == ["enterprise"]
    assert source["parts"][0]["summary"] is True
    assert (source["items"]["technique"], source["items"]["tactic"]) == (835, 14)
    second = listed["items"][1]
    assert (set(second["items"]), second["next_run_at"]) == ({"campaign", "group", "software"}, None)
    assert source["last_run"]["status"] == "succeeded"
    counts = source["last_run"]["counts"]
    assert counts["read"] == counts["added"] + counts["updated"] + counts["unchanged"] + counts["skipped"]


async def test_status_shows_the_summary_banner(client: AsyncClient, people):
    body = (await client.get(f"{API}/system/status", headers=people[Role.VIEWER])).json()
    assert [banner["code"] for banner in body["banners"]] == ["attack_summary"]
    assert body["attack"][0]["release"] == "18.1"


async def test_only_admins_keep_sources(client: AsyncClient, people):
    for role in Role:
        answer = await client.patch(f"{SOURCES}/mitre_attack", headers=people[role], json={"interval_hours": 48})
        assert answer.status_code == (200 if role is Role.ADMIN else 403)
        if role is not Role.ADMIN:
            assert (await client.post(f"{API}/system/sync-mitre", headers=people[role])).status_code == 403


async def test_a_mirror_is_one_that_the_operator_allows(client: AsyncClient, people):
    admin, path = people[Role.ADMIN], f"{SOURCES}/sigma"
    before = (await client.get(path, headers=admin)).json()
    assert (before["base_url"], before["default_base_url"], before["auto"]) == (None, "https://api.github.com", True)
    for url in (
        "https://evil.example/api",
        "http://api.github.com",
        "https://user:secret@api.github.com",
        "https://169.254.169.254/latest",
        "https://api.github.com/?next=1",
        "ftp://api.github.com",
        "https://api.github.com@evil.example",
    ):
        refused = await client.patch(path, headers=admin, json={"base_url": url})
        assert (refused.status_code, refused.json()["code"]) == (422, "base_url_refused"), url
        assert refused.json()["errors"][0]["field"] == "base_url"
    changes = {"base_url": "https://codeload.github.com/mirror/", "auto": False}
    after = (await client.patch(path, headers=admin, json=changes)).json()
    assert (after["base_url"], after["auto"], after["next_run_at"]) == (
        "https://codeload.github.com/mirror",
        False,
        None,
    )
    back = (await client.patch(path, headers=admin, json={"base_url": None, "auto": True})).json()
    assert (back["base_url"], back["auto"]) == (None, True)


def test_a_mirror_that_is_no_longer_allowed_is_not_asked() -> None:
    settings = Settings(_env_file=None, github_token="ghp_secret", upstream_hosts=["mirror.example"])
    theirs = settings_for(settings, "github_api_url", "https://mirror.example/api")
    # The token is for the operator's GitHub, not for whoever keeps a copy of it.
    assert (theirs.github_api_url, theirs.github_token) == ("https://mirror.example/api", None)
    assert settings_for(settings, "github_api_url", "https://api.github.com").github_token is not None
    with pytest.raises(UpstreamFailed) as raised:
        settings_for(settings.model_copy(update={"upstream_hosts": []}), "github_api_url", "https://mirror.example/api")
    assert raised.value.code == "upstream_host_refused"


async def test_unknown_source_is_404(client: AsyncClient, people):
    admin = people[Role.ADMIN]
    for answer in (
        await client.get(f"{SOURCES}/nowhere", headers=admin),
        await client.post(f"{SOURCES}/nowhere/sync", headers=admin),
        await client.post(f"{SOURCES}/nowhere/upload", headers=admin, content=b"{}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "source_not_found")


async def test_same_content_again_is_all_unchanged(client: AsyncClient, people):
    admin = people[Role.ADMIN]
    started = await client.post(f"{API}/system/sync-mitre", headers=admin)
    assert started.status_code == 202
    assert started.json()["status"] == "queued"
    run = await ended(client, admin, started.json()["id"])
    assert run["status"] == "succeeded", run
    assert run["counts"]["unchanged"] == run["counts"]["read"] > 20_000
    runs = (await client.get(f"{SOURCES}/mitre_attack/runs", headers=admin)).json()
    assert runs["items"][0]["id"] == run["id"]


async def test_two_at_once_are_refused_and_the_queued_one_can_be_cancelled(client: AsyncClient, people):
    admin = people[Role.ADMIN]
    first = await client.post(f"{SOURCES}/mitre_attack/sync", headers=admin, json={"force": True})
    second = await client.post(f"{SOURCES}/mitre_attack/sync", headers=admin)
    assert (second.status_code, second.json()["code"]) == (409, "sync_running")
    key = first.json()["id"]
    cancelled = await client.post(f"{SOURCES}/mitre_attack/runs/{key}/cancel", headers=admin)
    assert cancelled.status_code == 200
    run = await ended(client, admin, key)
    assert run["status"] == "cancelled"
    late = await client.post(f"{SOURCES}/mitre_attack/runs/{key}/cancel", headers=admin)
    assert (late.status_code, late.json()["code"]) == (409, "run_ended")


async def test_broken_uploads_fail_and_change_nothing(client: AsyncClient, people, attack_settings):
    admin = people[Role.ADMIN]
    before = (await client.get(f"{API}/techniques/T1059.001", headers=admin)).json()
    empty = await client.post(f"{SOURCES}/mitre_attack/upload", headers=admin, content=b"")
    assert (empty.status_code, empty.json()["code"]) == (422, "file_empty")
    for body in (b"not json", gzip.compress(b"{}"), json.dumps({"type": "bundle", "objects": []}).encode()):
        started = await client.post(f"{SOURCES}/mitre_attack/upload", headers=admin, content=body)
        assert started.status_code == 202, started.text
        run = await ended(client, admin, started.json()["id"])
        assert run["status"] == "failed"
        assert run["error"]["code"]
    form = await client.post(
        f"{SOURCES}/mitre_attack/upload", headers=admin, files={"file": ("enterprise-attack-18.1.json", b"{")}
    )
    assert form.status_code == 202, form.text
    assert (await ended(client, admin, form.json()["id"]))["status"] == "failed"
    assert (await client.get(f"{API}/techniques/T1059.001", headers=admin)).json() == before
    assert list((attack_settings.aegis_data_dir / "uploads").iterdir()) == []
