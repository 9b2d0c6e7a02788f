"""The one list of pages for the tests of all pages and for the screenshots."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Page, Request, expect

from tests.support.browser import Window
from tests.support.product import PASSWORD, PEOPLE

FIRST_ADMIN = ("admin", "admin123")
PRODUCT_PEOPLE = {"admin": FIRST_ADMIN} | {name: (name, PASSWORD) for name in PEOPLE}
"""User name and password by role, in a running product of the tests."""


@dataclass(frozen=True, slots=True)
class PageSpec:
    """A page: where it is, who looks at it, and what is there when it is complete."""

    name: str
    path: str
    """With names of things in braces: `/tests/{validated}`."""
    heading: str
    """A level-one heading of the complete page; empty for pages that show a thing's own name."""
    who: str = "red_lead"
    """Empty: nobody is signed in."""
    empty: bool = False
    """Looks different before anybody has worked, and is shown so too."""
    main: bool = False
    """One of those that people work on all day."""


PAGES = (
    PageSpec("login", "/login", "Sign in", who=""),
    PageSpec("dashboard", "/", "Dashboard", empty=True, main=True),
    PageSpec("matrix", "/matrix", "ATT&CK Matrix", empty=True, main=True),
    PageSpec("matrix-panel", "/matrix?open=all&at=execution/T1059.001", "ATT&CK Matrix"),
    PageSpec("technique", "/techniques/T1059.001", "PowerShell", empty=True, main=True),
    PageSpec("tests", "/tests", "All Tests", empty=True, main=True),
    PageSpec("my-tasks", "/tasks", "My Pending Tasks", who="blue_tech", empty=True, main=True),
    PageSpec("catalog", "/catalog", "Test Catalog", who="red_tech", empty=True),
    PageSpec("new-template", "/catalog/new", "New template"),
    PageSpec("template", "/catalog/{template}", "", who="red_tech"),
    PageSpec("edit-template", "/catalog/{own_template}/edit", "Edit template"),
    PageSpec("new-test", "/tests/new?technique=T1059.001", "New test", who="red_tech"),
    PageSpec("test-red", "/tests/{executing}", "", who="red_tech"),
    PageSpec("test-blue", "/tests/{evaluating}", "", who="blue_tech"),
    PageSpec("test-review", "/tests/{in_review}", "", who="red_lead", main=True),
    PageSpec("test-validated", "/tests/{validated}", "", who="viewer"),
    PageSpec("threat-actors", "/threat-actors", "Threat Actors"),
    PageSpec("threat-actor", "/threat-actors/G0016", "APT29", main=True),
    PageSpec("detection-rules", "/detection-rules", "Detection Rules", empty=True, main=True),
    PageSpec("detection-rule", "/detection-rules/{rule}", "", who="blue_lead"),
    PageSpec("d3fend", "/d3fend", "D3FEND", empty=True),
    PageSpec("security-tools", "/system/tools", "Security Tools", who="blue_lead"),
    PageSpec("environments", "/system/environments", "Environments"),
    PageSpec("threat-profile", "/threat-profile", "Threat Profile", empty=True),
    PageSpec("scoring", "/system/scoring", "Scoring", who="admin"),
    PageSpec("comparison", "/comparison", "Comparison", empty=True),
    PageSpec("reports", "/reports", "Reports", who="viewer"),
    PageSpec("findings", "/findings", "Findings", empty=True),
    PageSpec("finding", "/findings/{finding}", "", who="blue_lead", main=True),
    PageSpec("gaps", "/findings/gaps", "Misses and Quick Wins", who="blue_lead"),
    PageSpec("executive", "/executive", "Executive Dashboard", empty=True),
    PageSpec("users", "/system/users", "Users", who="admin"),
    PageSpec("evidence-store", "/system/evidence", "Evidence", who="admin", empty=True),
    PageSpec("audit-log", "/system/audit-log", "Audit Log", who="admin"),
    PageSpec("data-sources", "/system/data-sources", "Data Sources", who="admin", empty=True),
    PageSpec("data-source", "/system/data-sources/atomic_red_team", "Atomic Red Team", who="admin"),
    PageSpec("source-run", "/system/data-sources/runs/{source_run}", "Sync run", who="admin"),
    PageSpec("unresolved", "/system/unresolved", "Unresolved Ids", empty=True),
    PageSpec("unresolved-id", "/system/unresolved/{unresolved}", ""),
    PageSpec("jobs", "/system/jobs", "Jobs", who="admin"),
    PageSpec("job", "/system/jobs/housekeeping", "Housekeeping", who="admin"),
    PageSpec("mitre-sync", "/system/mitre-sync", "MITRE Sync", who="admin"),
    PageSpec("sync-run", "/system/mitre-sync/runs/{run}", "", who="admin"),
    PageSpec("profile", "/profile", "Profile", who="red_tech"),
    PageSpec("not-found", "/nowhere", "There is no such page", who="viewer"),
    PageSpec("forbidden", "/system/users", "Your role does not open this page", who="viewer"),
)
BY_NAME = {page.name: page for page in PAGES}


@asynccontextmanager
async def all_loaded(page: Page) -> AsyncIterator[None]:
    """Leaves once nothing has been under way for half a second, the stream of live updates apart: it never ends."""
    under_way: set[Request] = set()

    def begin(request: Request) -> None:
        if not request.url.endswith("/api/v1/events"):
            under_way.add(request)

    def end(request: Request) -> None:
        under_way.discard(request)

    page.on("request", begin)
    page.on("requestfinished", end)
    page.on("requestfailed", end)
    try:
        yield
        async with asyncio.timeout(60):
            quiet = 0
            while quiet < 5:
                await asyncio.sleep(0.1)
                quiet = 0 if under_way else quiet + 1
    finally:
        page.remove_listener("request", begin)
        page.remove_listener("requestfinished", end)
        page.remove_listener("requestfailed", end)


async def show(window: Window, spec: PageSpec, things: dict[str, str]) -> Page:
    """Open a page and wait until it is complete: its heading is there and nothing loads any more."""
    page = window.page
    async with all_loaded(page):
        await page.goto(spec.path.format_map(things))
        heading = page.get_by_role("heading", level=1, name=spec.heading or None, exact=bool(spec.heading))
        await expect(heading.first).to_be_visible(timeout=30_000)
    await expect(page.get_by_role("status").filter(has_text="Loading")).to_have_count(0)
    await expect(page.locator("[aria-label^='Loading']")).to_have_count(0)
    return page


async def sign_in(window: Window, who: str, people: Mapping[str, tuple[str, str]] = PRODUCT_PEOPLE) -> None:
    """Sign in as one of the people; nobody for the empty name."""
    if who:
        await window.log_in(*people[who])
