"""Accessibility rules, checked by axe-core inside the page."""

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).resolve().parents[3] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} (${node.failureSummary?.replace(/\\s+/g, " ")})`));
}"""


async def violations(page: Page) -> list[str]:
    """Every breach of a rule, with the place."""
    # Not by a script element: the page's content policy refuses those that are not its own.
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    return list(await page.evaluate(_RUN))
