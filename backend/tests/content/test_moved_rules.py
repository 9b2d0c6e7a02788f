"""Rules that go to another file, or get another comment, say the same; what people read of them goes along."""

import asyncio

from httpx import AsyncClient

from app.domain.permissions import Role
from tests.support.content_samples import SAMPLES, tarball

API = "/api/v1"


async def test_path_and_text_follow_an_unchanged_rule(client: AsyncClient, people):
    admin = people[Role.ADMIN]
    first, second = (str(SAMPLES["sigma"].files[name]) for name in ("rules/a.yml", "rules/b.yml"))

    async def upload(files: dict[str, str]) -> dict:
        url, params = f"{API}/data-sources/sigma/upload", {"filename": "content.tar.gz", "part": "all"}
        started = await client.post(url, headers=admin, content=tarball(files), params=params)
        for _ in range(600):
            run = (await client.get(f"{API}/data-sources/runs/{started.json()['id']}", headers=admin)).json()
            if run["ended_at"] is not None:
                return {name: number for name, number in run["counts"].items() if number}
            await asyncio.sleep(0.03)
        raise AssertionError(run)

    async def shown() -> dict:
        listed = await client.get(f"{API}/detection-rules?source=sigma&q=Rule 1", headers=admin)
        return (await client.get(f"{API}/detection-rules/{listed.json()['items'][0]['id']}", headers=admin)).json()

    assert await upload({"rules/a.yml": first, "rules/b.yml": second}) == {"read": 2, "added": 2}
    before = await shown()
    moved = first.replace("detection:", "# why\ndetection:")
    files = {"rules/windows/a.yml": moved, "rules/b.yml": second.replace("Rule 2", "Rule two")}
    assert await upload(files) == {"read": 2, "updated": 1, "unchanged": 1}
    after = await shown()
    assert (before["path"], after["path"]) == ("rules/a.yml", "rules/windows/a.yml")
    assert (after["source_text"], after["url"].endswith("rules/windows/a.yml")) == (moved, True)
    assert after["updated_at"] == before["updated_at"]
