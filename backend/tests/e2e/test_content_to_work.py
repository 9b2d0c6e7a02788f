"""From a publisher's content to work in a real browser: a synced procedure becomes a running test, a rule a query."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.browser import open_window
from tests.support.content_samples import SAMPLES, tarball
from tests.support.databases import TestServer
from tests.support.product import PASSWORD, Product, running_product
from tests.support.showcase import finished
from tests.support.upstream import serve_recorded

pytestmark = pytest.mark.recorded

TECHNIQUE = "T1003"
TEMPLATE = "Gsecdump"
SYNC_MS = 120_000


@pytest.fixture(scope="module")
def connected(
    postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory, recorded_content: Path
) -> Iterator[Product]:
    """Aegis beside a GitHub that gives what was recorded."""
    folder = tmp_path_factory.mktemp("connected")
    with (
        serve_recorded(recorded_content) as upstream,
        running_product(postgres_server, folder, github_api_url=upstream.url, allow_private_upstreams=True) as product,
    ):
        yield product


async def test_from_sync_now_to_a_started_test(browser: Browser, connected: Product) -> None:
    async with (
        open_window(browser, connected.base_url) as admin,
        open_window(browser, connected.base_url) as red,
    ):
        await admin.log_in("second_admin", PASSWORD)
        await sync_now(admin.page)
        await red.log_in("red_tech", PASSWORD)
        await plan_from_template(red.page)
        await red.page.get_by_role("button", name="Start the attack").click()
        await expect(red.page.get_by_role("form", name="Red's record")).to_be_visible()
        await expect(red.page.get_by_text('"C:\\lab\\gsecdump.exe" -a').first).to_be_visible()
        for window in (admin, red):
            window.check()


async def sync_now(page: Page) -> None:
    """Ask for the first sync, watch it, and read how it ended."""
    await page.goto("/system/data-sources")
    tile = page.get_by_role("region", name="Atomic Red Team")
    await expect(tile.get_by_text("not loaded")).to_be_visible()
    await tile.get_by_role("button", name="Sync now Atomic Red Team").click()
    await expect(tile.get_by_text("1,819 read: 1,819 added")).to_be_visible(timeout=SYNC_MS)
    await expect(tile.get_by_text("Succeeded")).to_be_visible()


async def plan_from_template(page: Page) -> None:
    """Choose a ranked template, fill an input in, and see it in the command before it is planned."""
    await page.goto(f"/tests/new?technique={TECHNIQUE}")
    choice = page.get_by_role("radio", name=re.compile(rf"^{TEMPLATE}"))
    await expect(choice).to_have_accessible_name(re.compile(r"Runs on Windows; .*used by \d+ actors?; never tested\."))
    await choice.click()
    await expect(choice).to_be_checked()
    form = page.get_by_role("form", name="New test")
    await form.get_by_label("gsecdump_exe").fill("C:\\lab\\gsecdump.exe")
    await expect(form.get_by_label("command with these inputs").first).to_contain_text('"C:\\lab\\gsecdump.exe" -a')
    await expect(form.get_by_role("heading", name="Prerequisites")).to_be_visible()
    await form.get_by_role("button", name="Plan the test").click()
    await expect(page.get_by_role("heading", name=re.compile(TEMPLATE))).to_be_visible()


async def test_a_sigma_rule_becomes_a_query(browser: Browser, connected: Product) -> None:
    rules = tarball(SAMPLES["sigma"].files)
    finished(connected, connected.call("admin", "POST", "/data-sources/sigma/upload", expect=202, content=rules))
    async with open_window(browser, connected.base_url) as blue:
        page = blue.page
        await blue.log_in("blue_tech", PASSWORD)
        await page.goto("/detection-rules?source=sigma")
        await page.get_by_role("link", name="Rule 1", exact=True).click()
        for language, words in (
            ("Splunk", 'Image="1.exe"'),
            ("Elasticsearch (Lucene)", "process.executable.caseless:1.exe"),
            ("Microsoft Defender", "FolderPath =~"),
        ):
            await page.get_by_role("tab", name=re.compile(re.escape(language))).click()
            shown = page.get_by_role("tabpanel", name=re.compile(re.escape(language)))
            await expect(shown).to_contain_text(words)
        blue.check()
