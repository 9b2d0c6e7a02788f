"""A real Chromium, and pages that note everything that must not happen on them."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    async_playwright,
    expect,
)

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
)
WIDTH, HEIGHT = 1440, 900
PATIENCE_MS = 30_000
"""Long, because nothing is to fail on a busy machine; waiting ends when the state is there."""


def find_browser() -> str:
    """The browser's program. Without one the tests fail: they are never passed over."""
    given = os.environ.get("AEGIS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if given is None:
        raise RuntimeError("no Chromium: install it (make install does) or name it with AEGIS_CHROMIUM")
    return given


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """A browser that speaks to this machine only."""
    # Chromium refuses to run as root inside its own sandbox.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=[*QUIET, *sandbox])
        yield browser
        await browser.close()


@dataclass
class Window:
    """One person's browser window: a context of its own with one page."""

    context: BrowserContext
    page: Page
    base_url: str
    faults: list[str] = field(default_factory=list)
    """Errors on the console (breaches of the content policy among them), crashes, requests to other hosts."""
    expected: tuple[str, ...] = ()
    """Parts of messages that belong to what a test does on purpose."""

    def watch(self) -> None:
        """Begin to note faults."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_crash)
        self.context.on("request", self._on_request)

    async def log_in(self, username: str, password: str) -> None:
        """Sign in by the form."""
        await self.page.goto("/login")
        await self.page.get_by_label("User name").fill(username)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Sign in").click()
        await expect(self.page.get_by_role("navigation").first).to_be_visible()

    def check(self) -> None:
        """Nothing bad may have happened."""
        assert [fault for fault in self.faults if not any(part in fault for part in self.expected)] == []

    def _on_console(self, message: ConsoleMessage) -> None:
        # Before the first log-in the page asks whether a session is left; the browser reports the no by itself.
        is_first_question = "401" in message.text and "/auth/refresh" in message.location.get("url", "")
        if message.type in {"error", "warning"} and not is_first_question:
            self.faults.append(f"console {message.type}: {message.text} at {message.location.get('url')}")

    def _on_crash(self, error: Error) -> None:
        self.faults.append(f"crash: {error.message}")

    def _on_request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and url.netloc != urlsplit(self.base_url).netloc:
            self.faults.append(f"request to another host: {request.url}")


@asynccontextmanager
async def open_window(
    browser: Browser, base_url: str, *, theme: str = "light", width: int = WIDTH, height: int = HEIGHT
) -> AsyncIterator[Window]:
    """A window with a fresh profile, in a theme."""
    context = await browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
    )
    context.set_default_timeout(PATIENCE_MS)
    window = Window(context, await context.new_page(), base_url)
    window.watch()
    try:
        yield window
    finally:
        await context.close()
