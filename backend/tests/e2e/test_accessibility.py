"""Every page in both themes: axe finds nothing, the console is quiet, nothing comes from elsewhere, keys suffice."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.axe import violations
from tests.support.browser import HEIGHT, WIDTH, Window, open_window
from tests.support.databases import TestServer
from tests.support.pages import BY_NAME, PAGES, PageSpec, show, sign_in
from tests.support.product import Product, running_product
from tests.support.showcase import furnish

THEMES = ("light", "dark")
PEOPLE_WHO_LOOK = sorted({spec.who for spec in PAGES})


@pytest.fixture(scope="module")
def full(
    postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Product, dict[str, str]]]:
    with running_product(postgres_server, tmp_path_factory.mktemp("full")) as product:
        yield product, furnish(product)


async def faults_of(window: Window, spec: PageSpec, things: dict[str, str]) -> list[str]:
    page = await show(window, spec, things)
    found = await violations(page)
    return [f"{spec.name}: {fault}" for fault in found + window.faults]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("who", PEOPLE_WHO_LOOK)
async def test_a_page_with_content_is_accessible_and_quiet(
    browser: Browser, full: tuple[Product, dict[str, str]], theme: str, who: str
) -> None:
    product, things = full
    faults: list[str] = []
    async with open_window(browser, product.base_url, theme=theme) as window:
        await sign_in(window, who)
        for spec in (spec for spec in PAGES if spec.who == who):
            faults += await faults_of(window, spec, things)
            window.faults.clear()
    assert faults == []


@pytest.mark.parametrize("theme", THEMES)
async def test_a_page_without_content_is_accessible_and_quiet(browser: Browser, product: Product, theme: str) -> None:
    faults: list[str] = []
    for who in ("red_lead", "blue_tech"):
        async with open_window(browser, product.base_url, theme=theme) as window:
            await sign_in(window, who)
            for spec in (spec for spec in PAGES if spec.empty and spec.who == who):
                faults += await faults_of(window, spec, {})
                window.faults.clear()
    assert faults == []


async def test_at_200_percent_nothing_is_cut_off(browser: Browser, full: tuple[Product, dict[str, str]]) -> None:
    product, things = full
    # What a person sees who zooms a window of this size to 200 %: half as many CSS pixels each way.
    for who in ("red_lead", "blue_tech"):
        async with open_window(browser, product.base_url, width=WIDTH // 2, height=HEIGHT // 2) as window:
            await sign_in(window, who)
            for spec in (spec for spec in PAGES if spec.main and spec.who == who):
                page = await show(window, spec, things)
                sideways = await page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                assert (spec.name, sideways) == (spec.name, 0)
                assert await violations(page) == []
            window.check()


async def tab_to(page: Page, role: str, name: str, *, at_most: int = 80) -> None:
    """Press Tab until the control has the focus."""
    control = page.get_by_role(role, name=name, exact=True).first
    await expect(control).to_be_visible()
    for _ in range(at_most):
        await page.keyboard.press("Tab")
        if await control.evaluate("element => element === document.activeElement"):
            outline = await control.evaluate("element => getComputedStyle(element).outlineStyle")
            assert outline != "none", f"{name} has the focus and does not show it"
            return
    raise AssertionError(f"{name} was not reached in {at_most} steps")


async def test_the_main_actions_by_keys_alone(browser: Browser, full: tuple[Product, dict[str, str]]) -> None:
    product, things = full
    async with open_window(browser, product.base_url) as window:
        page = window.page
        await page.goto("/login")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await tab_to(page, "textbox", "User name")
        await page.keyboard.type("red_tech")
        await page.keyboard.press("Tab")
        await page.keyboard.type("a quiet morning in the lab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1, name="Dashboard")).to_be_visible()
        await tab_to(page, "link", "All Tests")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1, name="All Tests")).to_be_visible()
        await tab_to(page, "link", "New test")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1, name="New test")).to_be_visible()
        await show(window, BY_NAME["test-red"], things)
        await tab_to(page, "button", "Hand over to blue")
        window.check()


async def test_the_matrix_by_keys(browser: Browser, full: tuple[Product, dict[str, str]]) -> None:
    product, things = full
    async with open_window(browser, product.base_url) as window:
        await sign_in(window, "red_lead")
        page = await show(window, BY_NAME["matrix"], things)
        cell = page.locator("[data-cell][tabindex='0']")
        await cell.focus()
        first = await focused_cell(page)
        await page.keyboard.press("ArrowRight")
        right = await focused_cell(page)
        assert right.partition("/")[0] != first.partition("/")[0]
        await page.keyboard.press("ArrowDown")
        down = await focused_cell(page)
        assert down.partition("/")[0] == right.partition("/")[0]
        assert down != right
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("[?&]at="))
        await expect(page.get_by_role("complementary").filter(has_text=down.partition("/")[2]).first).to_be_visible()
        await page.keyboard.press("Escape")
        assert await focused_cell(page) == down
        window.check()


async def focused_cell(page: Page) -> str:
    """`tactic/technique` of the cell that has the focus."""
    return str(await page.evaluate("document.activeElement.dataset.cell"))
