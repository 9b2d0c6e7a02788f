"""Makes docs/screenshots: every page in both themes, with the year of the demo, and some before anybody has worked."""

import asyncio
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from PIL import Image

BACKEND = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BACKEND))

from app.logging import configure_logging  # noqa: E402  needs the path
from app.services.demo import PASSWORD, PEOPLE  # noqa: E402  needs the path
from tests.support.browser import open_window, running_browser  # noqa: E402  needs the path
from tests.support.content_samples import tarball  # noqa: E402  needs the path
from tests.support.databases import start_server  # noqa: E402  needs the path
from tests.support.pages import FIRST_ADMIN, PAGES, PRODUCT_PEOPLE, PageSpec, show, sign_in  # noqa: E402  needs the path
from tests.support.product import running_product  # noqa: E402  needs the path
from tests.support.showcase import PROCEDURES, UNKNOWN  # noqa: E402  needs the path

PICTURES = BACKEND.parent / "docs" / "screenshots"
THEMES = ("light", "dark")
MAX_BYTES = 150_000
COLOURS = (256, 128, 64, 32)
TECHNIQUE = "T1059.001"


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """The demo as `make demo` starts it, on a port of its own."""
    settings = {"PORT": "0", "PYTHONPATH": str(BACKEND), "SCHEDULER_ENABLED": "false", "ATTACK_SOURCE": "bundled"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "demo", "--data-dir", str(folder / "demo")],
        cwd=folder,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if "http://" not in line:
            raise RuntimeError("the demo did not start")
        yield "http://" + line.partition("http://")[2].split()[0]
    finally:
        process.terminate()
        process.wait()


def credentials() -> dict[str, tuple[str, str]]:
    """Who of the demo's people shows the pages of a role: the first that has it."""
    return {str(role): (username, PASSWORD) for username, _, role in reversed(PEOPLE)} | {"admin": FIRST_ADMIN}


def things(base_url: str, people: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Ids that the paths of pages need, seen with the eyes of those who act on them."""
    with httpx.Client(base_url=f"{base_url}/api/v1", timeout=60) as client:

        def signed_in(who: str) -> dict[str, str]:
            username, password = people[who]
            answer = client.post("/auth/login", data={"username": username, "password": password}).raise_for_status()
            client.cookies.clear()
            return {"Authorization": f"Bearer {answer.json()['access_token']}"}

        def items(who: str, path: str) -> list[dict[str, str]]:
            headers = signed_in(who)
            found: list[dict[str, str]] = client.get(path, headers=headers).raise_for_status().json()["items"]
            return found

        def test(who: str, query: str) -> str:
            found = items(who, f"/tests?limit=1&mine=true&{query}") or items(who, f"/tests?limit=1&{query}")
            if not found:
                raise RuntimeError(f"the demo has no test for {who} with {query}")
            return found[0]["id"]

        return {
            "executing": test("red_tech", "state=red_executing"),
            "evaluating": test("blue_tech", "state=blue_evaluating"),
            "in_review": test("red_lead", "state=in_review"),
            "validated": test("viewer", f"state=validated&technique={TECHNIQUE}"),
            "finding": items("viewer", "/findings?limit=1&status=in_remediation")[0]["id"],
            "rule": items("viewer", "/detection-rules?limit=1&firing=fired")[0]["id"],
            "run": items("admin", "/data-sources/mitre_attack/runs")[0]["id"],
            "own_template": items("red_lead", "/test-templates?source=custom")[0]["id"],
            **take_in(client, signed_in("admin")),
        }


def take_in(client: httpx.Client, headers: dict[str, str]) -> dict[str, str]:
    """Give the demo a publisher's procedures: it has none of its own to show."""
    path = "/data-sources/atomic_red_team/upload"
    run = client.post(path, headers=headers, content=tarball(PROCEDURES)).raise_for_status().json()
    while run.get("ended_at") is None:
        time.sleep(0.1)
        run = client.get(f"/data-sources/runs/{run['id']}", headers=headers).raise_for_status().json()
    found = client.get("/test-templates?technique=T1033&source=atomic_red_team", headers=headers).raise_for_status()
    return {"source_run": run["id"], "template": found.json()["items"][0]["id"], "unresolved": UNKNOWN}


def save(picture: bytes, path: Path) -> None:
    """Write a picture with all its colours, or with as many as its size allows."""
    whole = Image.open(io.BytesIO(picture)).convert("RGB")
    whole.save(path, optimize=True)
    for colours in COLOURS:
        if path.stat().st_size <= MAX_BYTES:
            return
        # An octree keeps the few pixels of a rare colour, such as a team's mark.
        whole.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        raise RuntimeError(f"{path.name} has more than {MAX_BYTES} bytes")


async def take(
    base_url: str, specs: list[PageSpec], people: Mapping[str, tuple[str, str]], ids: dict[str, str], suffix: str = ""
) -> None:
    """Photograph pages in both themes."""
    async with running_browser() as browser:
        for theme in THEMES:
            for who in sorted({spec.who for spec in specs}):
                async with open_window(browser, base_url, theme=theme) as window:
                    await sign_in(window, who, people)
                    for spec in (spec for spec in specs if spec.who == who):
                        page = await show(window, spec, ids)
                        save(
                            await page.screenshot(animations="disabled"), PICTURES / f"{spec.name}{suffix}-{theme}.png"
                        )


def main() -> None:
    """Make all pictures, or those of the pages that are named as arguments."""
    configure_logging("WARNING")
    wanted = [spec for spec in PAGES if not sys.argv[1:] or spec.name in sys.argv[1:]]
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        with running_demo(Path(folder)) as base_url:
            people = credentials()
            asyncio.run(take(base_url, wanted, people, things(base_url, people)))
        empty = [spec for spec in wanted if spec.empty]
        pg = Path(folder) / "pg"
        pg.mkdir()
        server = start_server(pg, None)
        try:
            with running_product(server, Path(folder) / "empty") as product:
                asyncio.run(take(product.base_url, empty, PRODUCT_PEOPLE, {}, "-empty"))
        finally:
            server.postgres.stop()


if __name__ == "__main__":
    main()
