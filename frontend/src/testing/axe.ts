import axe from "axe-core";
import { expect } from "vitest";

/**
 * Fails on any finding of axe in the given theme. Colours are not computed by jsdom, so contrast is checked on
 * real pages in the browser run; everything else is checked here.
 */
export async function expectAccessible(theme: "light" | "dark", node: Element = document.body): Promise<void> {
  document.documentElement.dataset.theme = theme;
  const { violations } = await axe.run(node, { rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  expect(violations.map((item) => `${item.id}: ${item.nodes.map((hit) => hit.html).join(" | ")}`)).toEqual([]);
}
