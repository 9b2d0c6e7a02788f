"""The main job in a real browser: six people, each in a window of their own, take a test from draft to validated."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.big_file import big_file
from tests.support.browser import Window, open_window
from tests.support.product import PASSWORD, PEOPLE, Product

NAME = "Encoded PowerShell from a macro"
CELL = re.compile(r"^T1059\.001 PowerShell")
Windows = dict[str, Window]


@pytest.fixture
async def windows(browser: Browser, product: Product) -> AsyncIterator[Windows]:
    async with AsyncExitStack() as stack:
        opened = {who: await stack.enter_async_context(open_window(browser, product.base_url)) for who in PEOPLE}
        for who, window in opened.items():
            await window.log_in(who, PASSWORD)
        yield opened


async def test_the_main_job(windows: Windows, tmp_path: Path) -> None:
    red, blue = windows["red_tech"].page, windows["blue_tech"].page
    red_lead, blue_lead = windows["red_lead"].page, windows["blue_lead"].page
    viewer = windows["viewer"].page

    await viewer.goto("/")
    await expect(viewer.get_by_role("link", name="517 Not evaluated")).to_be_visible()
    await cell_says(viewer, "not evaluated")
    await plan(red)
    await red_works(red, tmp_path)
    await cell_says(viewer, "in progress, 1 test under way")

    await told(blue, NAME)
    await take_from_tasks(blue)
    await blue_works(blue)

    await told(red_lead, NAME)
    await take_from_tasks(red_lead)
    await approve(red_lead, "red")
    await take_from_tasks(blue_lead)
    await reject(blue_lead, "Which host raised the alert?")
    await reopen(blue_lead)

    await told(red, "reopened for round 2")
    await second_round(red, blue)
    for lead, side in ((red_lead, "red"), (blue_lead, "blue")):
        await take_from_tasks(lead)
        await approve(lead, side)
    await expect(blue_lead.get_by_label("Progress of the test").locator("[aria-current=step]")).to_have_text(
        "Confirmed by both leads"
    )

    await cell_says(viewer, "validated")
    await dashboard_says(viewer)
    await technique_says(viewer)
    for window in windows.values():
        window.check()


async def plan(page: Page) -> None:
    """Make a test on T1059.001 from scratch."""
    await page.get_by_role("link", name="All Tests", exact=True).click()
    await page.get_by_role("link", name="New test").first.click()
    await page.get_by_role("combobox", name="Technique").fill("T1059.001")
    option = page.get_by_role("option", name=CELL)
    await expect(option).to_be_visible()
    await option.click()
    form = page.get_by_role("form", name="New test")
    await form.get_by_label("Name (required)").fill(NAME)
    await form.get_by_label("Procedure").fill("powershell -EncodedCommand SQBFAFgA")
    await form.get_by_role("button", name="Plan the test").click()
    await expect(page.get_by_role("heading", name=NAME)).to_be_visible()


async def red_works(page: Page, folder: Path) -> None:
    """Start, record, prove with a file of one byte and one of 300 MB, hand over."""
    await page.get_by_role("button", name="Start the attack").click()
    form = page.get_by_role("form", name="Red's record")
    await form.get_by_label("What was done").fill("Opened the document on the test host.")
    await form.get_by_label("Command as run").fill("powershell -EncodedCommand SQBFAFgA")
    await form.get_by_role("button", name="Now").first.click()
    await form.get_by_label("How it ended").select_option(label="Succeeded")
    await form.get_by_label("Target host").fill("WS-17")
    await form.get_by_role("button", name="Save", exact=True).click()
    await expect(form.get_by_text("Not saved yet")).to_have_count(0)

    small = folder / "one-byte.txt"
    small.write_bytes(b"x")
    big = big_file(folder)
    evidence = page.get_by_role("region", name="Evidence of the red side")
    await attach(page, "red", small)
    await expect(evidence.get_by_role("button", name="one-byte.txt", exact=True)).to_be_visible()
    await attach(page, "red", big.path)
    await expect(evidence.get_by_role("progressbar", name="Upload of memory.dmp")).to_be_visible()
    await expect(evidence.get_by_role("button", name="memory.dmp", exact=True)).to_be_visible()
    await expect(evidence.get_by_text(f"sha256 {big.sha256[:12]}").first).to_be_visible()
    await form.get_by_role("button", name="Hand over to blue").click()
    await expect(page.get_by_text("records what was seen and hands over to the leads.")).to_be_visible()


async def blue_works(page: Page, summary: str = "An alert within a minute.") -> None:
    """Record an observation, prove it, hand over."""
    form = page.get_by_role("form", name="Blue's record")
    await form.get_by_label("What was seen").fill(summary)
    await form.get_by_role("button", name="Add an observation").click()
    seen = form.get_by_role("group", name="Observation 1")
    await seen.get_by_label("What the control did").select_option(label="Alerted")
    await seen.get_by_label("Tool").fill("EDR")
    await seen.get_by_role("button", name="Now").click()
    await form.get_by_role("button", name="Save", exact=True).click()
    await expect(form.get_by_text("Not saved yet")).to_have_count(0)
    evidence = page.get_by_role("region", name="Evidence of the blue side")
    async with page.expect_file_chooser() as chooser:
        await evidence.get_by_role("button", name="Choose files").click()
    await (await chooser.value).set_files([{"name": "alert.json", "mimeType": "application/json", "buffer": b"{}"}])
    await expect(evidence.get_by_role("button", name="alert.json", exact=True)).to_be_visible()
    await form.get_by_role("button", name="Hand over to the leads").click()
    await expect(page.get_by_text("Both leads judge their side's record.")).to_be_visible()


async def second_round(red: Page, blue: Page) -> None:
    """Only blue does its work again; red confirms what it wrote."""
    await red.get_by_role("link", name="My Pending Tasks", exact=True).click()
    await red.get_by_role("button", name=re.compile("^Start the attack: ")).click()
    await red.get_by_role("button", name="It still holds").click()
    await expect(red.get_by_text("Carried over from round 1 and confirmed.")).to_be_visible()
    await red.get_by_role("button", name="Hand over to blue").click()
    await expect(red.get_by_text("records what was seen and hands over to the leads.")).to_be_visible()
    await take_from_tasks(blue)
    await blue_works(blue, "WS-17 raised the alert.")


async def approve(page: Page, side: str) -> None:
    """Judge a side as true and sufficient."""
    judgement = page.get_by_role("region", name=f"Judgement of {side}'s record")
    button = judgement.get_by_role("button", name="This side’s record is true and sufficient")
    # A failed expectation tells what the page shows instead; a click would only tell that it waited.
    await expect(button).to_be_visible()
    await button.click()
    await expect(judgement.get_by_text("✓ True and sufficient")).to_be_visible()


async def reject(page: Page, reason: str) -> None:
    """Judge blue's side as not good enough."""
    judgement = page.get_by_role("region", name="Judgement of blue's record")
    await judgement.get_by_role("button", name="Reject…").click()
    await judgement.get_by_label("Reason (required)").fill(reason)
    await judgement.get_by_role("button", name="Reject this side").click()
    await expect(judgement.get_by_text("✕ Rejected")).to_be_visible()
    await expect(page.get_by_role("button", name="Open the next round")).to_be_visible()


async def reopen(page: Page) -> None:
    """Send only blue into the next round."""
    await page.get_by_role("button", name="Open the next round").click()
    dialog = page.get_by_role("dialog", name="Open round 2")
    await dialog.get_by_role("radio", name=re.compile("^Only blue")).check()
    await dialog.get_by_label("Reason").fill("Name the host.")
    await dialog.get_by_role("button", name="Open round 2").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_text("starts the attack next.")).to_be_visible()


async def take_from_tasks(page: Page) -> None:
    """Open the test from the list of what waits for this person."""
    await page.get_by_role("link", name="My Pending Tasks", exact=True).click()
    await page.get_by_role("link", name=NAME, exact=True).click()
    await expect(page.get_by_role("heading", name=NAME)).to_be_visible()


async def told(page: Page, what: str) -> None:
    """The bell has a message about the test."""
    await page.reload()
    await page.get_by_role("button", name=re.compile(r"^Notifications, \d+ unread$")).click()
    await expect(page.get_by_role("dialog", name="Notifications").get_by_text(what).first).to_be_visible()
    await page.keyboard.press("Escape")


async def attach(page: Page, team: str, path: Path) -> None:
    """Choose a file for a side."""
    evidence = page.get_by_role("region", name=f"Evidence of the {team} side")
    async with page.expect_file_chooser() as chooser:
        await evidence.get_by_role("button", name="Choose files").click()
    await (await chooser.value).set_files(path)


async def cell_says(page: Page, status: str) -> None:
    """The technique's cell in the matrix, in words."""
    await page.goto("/matrix?q=T1059.001")
    await expect(page.get_by_role("button", name=re.compile(rf"^T1059\.001 PowerShell, {status}"))).to_be_visible()


async def dashboard_says(page: Page) -> None:
    """One technique is validated now, one fewer waits to be evaluated, and the pipeline shows the test."""
    await page.goto("/")
    await expect(page.get_by_role("link", name="1 Validated")).to_be_visible()
    await expect(page.get_by_role("link", name="516 Not evaluated")).to_be_visible()
    await expect(page.get_by_role("link", name="1 leaf", exact=True)).to_be_visible()


async def technique_says(page: Page) -> None:
    """The technique's own page shows the status and the test behind it."""
    await page.goto("/techniques/T1059.001")
    await expect(page.get_by_role("heading", name="PowerShell", exact=True)).to_be_visible()
    await expect(page.get_by_role("main").get_by_text("1 of 1 current result met the expectation")).to_be_visible()
    await expect(page.get_by_role("link", name=NAME, exact=True).first).to_be_visible()
