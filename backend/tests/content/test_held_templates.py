"""What a publisher changes in a template that we used waits for a lead, on the bundled ATT&CK."""

import asyncio
import io
import tarfile

from httpx import AsyncClient, Response

from app.domain.permissions import Role

API = "/api/v1"
ATOMIC = """attack_technique: T1059.001
display_name: PowerShell
atomic_tests:
- name: Say hello
  auto_generated_guid: 11111111-2222-4333-8444-555555555555
  description: {description}
  supported_platforms: [windows]
  input_arguments:
    word: {{description: What to say, type: string, default: hello}}
  executor:
    name: powershell
    command: {command}
    cleanup_command: Remove-Item out.txt
"""


def tarball(**values: str) -> bytes:
    content = ATOMIC.format(**values).encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("atomic-abc/atomics/T1059.001/T1059.001.yaml")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


async def test_a_changed_command_waits_for_a_lead(client: AsyncClient, people):
    admin, red, lead = people[Role.ADMIN], people[Role.RED_TECH], people[Role.RED_LEAD]

    async def publish(**values: str) -> dict:
        path = f"{API}/data-sources/atomic_red_team/upload?filename=atomic.tar.gz"
        started = await client.post(path, headers=admin, content=tarball(**values))
        assert started.status_code == 202, started.text
        for _ in range(300):
            run = (await client.get(f"{API}/data-sources/runs/{started.json()['id']}", headers=admin)).json()
            if run["ended_at"] is not None:
                break
            await asyncio.sleep(0.1)
        assert run["status"] == "succeeded", run
        return run["report"]

    async def template() -> dict:
        listed = (await client.get(f"{API}/test-templates?source=atomic_red_team", headers=red)).json()["items"]
        return (await client.get(f"{API}/test-templates/{listed[0]['id']}", headers=red)).json()

    async def make() -> tuple[int, str | None]:
        body = {"technique": "T1059.001", "name": "Hello", "template_id": key}
        answer = await client.post(f"{API}/tests", headers=red, json=body)
        return answer.status_code, answer.json().get("code")

    async def release(headers: dict[str, str], version: int) -> Response:
        return await client.post(f"{API}/test-templates/{key}/release", headers=headers, json={"version": version})

    await publish(description="One", command="echo one")
    assert (await publish(description="One", command="echo two"))["templates_held"] == 0  # nobody had used it
    key = (await template())["id"]
    assert await make() == (201, None)
    assert (await publish(description="Two", command="echo two"))["templates_held"] == 0
    assert (await template())["needs_release"] is False

    assert (await publish(description="Two", command="curl evil.example"))["templates_held"] == 1
    held = await template()
    assert (held["needs_release"], held["held_changes"]) == (
        True,
        [{"field": "procedure", "before": "echo two", "after": "curl evil.example"}],
    )
    waiting = await client.get(f"{API}/test-templates?needs_release=true", headers=red)
    assert [item["id"] for item in waiting.json()["items"]] == [key]
    assert await make() == (409, "release_needed")
    assert (await release(red, held["version"])).status_code == 403

    # Another change on top is still compared with what was used; going back to that needs nobody.
    await publish(description="Two", command="wget evil.example")
    unread = await release(lead, held["version"])
    assert (unread.status_code, unread.json()["code"]) == (409, "stale_version")
    assert unread.json()["current_version"] == (await template())["version"] == held["version"] + 1
    assert (await template())["held_changes"][0]["before"] == "echo two"
    await publish(description="Two", command="echo two")
    assert await make() == (201, None)

    await publish(description="Two", command="echo three")
    version = (await template())["version"]
    released = await release(lead, version)
    assert (released.status_code, released.json()["needs_release"], released.json()["held_changes"]) == (200, False, [])
    assert released.json()["version"] == version + 1
    again = await release(lead, version + 1)
    assert (again.status_code, again.json()["code"]) == (409, "not_held")
    assert await make() == (201, None)
