import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { cellOf, matrixOf, noCounts } from "@/testing/heatmap";
import { renderPage, viewerMe } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { techniqueOf } from "@/testing/technique";
import { MatrixPage } from "@/features/matrix/components/matrix-page";

const parent = { name: "Scripting", units: 2, units_validated: 1, status: "partial" as const, value: 0.5, tests: 3, open_tests: 1 };
const cells = [
  cellOf("T0001", "alpha", parent),
  cellOf("T0001.001", "alpha", { parent: "T0001", name: "Shell", status: "validated", value: 1, units_validated: 1 }),
  cellOf("T0001.002", "alpha", { parent: "T0001", name: "Macro", review_required: true }),
  cellOf("T0002", "alpha", { name: "Mail" }),
  cellOf("T0001", "beta", parent),
];
const counts = { ...noCounts, validated: 1, not_evaluated: 517, out_of_scope: 76 };

let asked: string[];

beforeEach(() => {
  asked = [];
  // A screen without size would show nothing of a virtual list.
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(1000);
  server.use(
    route.get("/heatmap", ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json(matrixOf(cells, { counts }));
    }),
    route.get("/tactics", () => HttpResponse.json(page([]))),
    route.get("/environments", () => HttpResponse.json(page([]))),
    route.get("/techniques/:id", () => HttpResponse.json(techniqueOf())),
  );
});

const cell = (name: RegExp) => screen.findByRole("button", { name });
const scripting = /^T0001 Scripting, partial, 1 of 2 validated, 1 test under way, 2 sub-techniques folded$/;

describe("matrix", () => {
  it("shows cells with their words, without accessibility findings in either theme", async () => {
    renderPage(<MatrixPage />);
    expect(await screen.findAllByRole("button", { name: scripting })).toHaveLength(1);
    expect(screen.getAllByRole("columnheader").map((header) => header.textContent)).toEqual(["Alpha2 techniques · 33 %", "Beta1 technique · 50 %", "Gamma0 techniques"]);
    expect(screen.getByRole("grid")).toHaveAttribute("aria-rowcount", "3");
    expect(screen.queryByText("Shell")).not.toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("folds one parent out, and all at once", async () => {
    const { user } = renderPage(<MatrixPage />);
    const [fold] = await screen.findAllByRole("button", { name: "Sub-techniques of T0001" });
    await user.click(fold!);
    expect(await cell(/^T0001.001 Shell, validated$/)).toBeInTheDocument();
    expect(await cell(/^T0001.002 Macro, not evaluated, review needed$/)).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Unfold all" }));
    expect(await screen.findByRole("button", { name: "Fold all" })).toBeInTheDocument();
    expect(screen.getByText("Shell")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Fold all" }));
    await waitFor(() => expect(screen.queryByText("Shell")).not.toBeInTheDocument());
  });

  it("asks for what the address filters, and shows matching sub-techniques at once", async () => {
    renderPage(<MatrixPage />, { at: "/?status=validated&platform=Linux&tactic=alpha&q=she&review=yes&layer=tests&domain=mobile&environment=e1" });
    expect(await cell(/^T0001.001 Shell/)).toBeInTheDocument();
    expect(asked).toEqual(["?layer=tests&domain=mobile&platform=Linux&tactic=alpha&status=validated&environment=e1&q=she&review_required=true"]);
    expect(screen.getByRole("button", { name: /^Validated 1$/ })).toHaveAttribute("aria-pressed", "true");
  });

  it("filters through the legend and clears", async () => {
    const { user } = renderPage(<MatrixPage />);
    await user.click(await screen.findByRole("button", { name: "Not evaluated 517" }));
    await waitFor(() => expect(asked.at(-1)).toBe("?layer=coverage&domain=enterprise&status=not_evaluated"));
    await user.click(screen.getByRole("button", { name: "Clear filters" }));
    await waitFor(() => expect(screen.getByRole("button", { name: "Not evaluated 517" })).toHaveAttribute("aria-pressed", "false"));
  });

  it("is walked with the arrow keys, folded with Space, opened with Enter", async () => {
    const { user } = renderPage(<MatrixPage />);
    const first = await cell(scripting);
    expect(document.querySelectorAll("[data-cell][tabindex='0']")).toHaveLength(1);
    first.focus();
    await user.keyboard(" ");
    expect(await cell(/^T0001.001 Shell/)).toBeInTheDocument();
    await user.keyboard("{ArrowDown}");
    await waitFor(() => expect(document.activeElement).toHaveAccessibleName(/^T0001.001 Shell/));
    await user.keyboard("{ArrowRight}");
    await waitFor(() => expect(document.activeElement).toHaveAttribute("data-cell", "beta/T0001"));
    await user.keyboard("{Control>}{End}{/Control}{Home}");
    await waitFor(() => expect(document.activeElement).toHaveAttribute("data-cell", "alpha/T0001"));
    await user.keyboard("{Enter}");
    expect(await screen.findByRole("dialog", { name: /Scripting/ })).toBeInTheDocument();
  });

  it("opens a panel with status in words, tests and ways on", async () => {
    const { user } = renderPage(<MatrixPage />);
    await user.click(await cell(scripting));
    const panel = await screen.findByRole("dialog");
    expect(await within(panel).findByText("1 of 2 applicable units in scope are validated.")).toBeInTheDocument();
    expect(within(panel).getByRole("link", { name: "Start a test" })).toHaveAttribute("href", "/tests/new?technique=T0001");
    expect(within(panel).getByRole("link", { name: "Open technique" })).toHaveAttribute("href", "/techniques/T0001");
    expect(within(panel).getByRole("link", { name: "Look at scripts" })).toHaveAttribute("href", "/tests/t1");
    await expectAccessible("dark");
    await user.click(within(panel).getByRole("button", { name: "Close" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  });

  it("offers no test to those who only watch", async () => {
    renderPage(<MatrixPage />, { me: viewerMe, at: "/?at=alpha/T0001" });
    const panel = await screen.findByRole("dialog");
    expect(await within(panel).findByRole("link", { name: "Open technique" })).toBeInTheDocument();
    expect(within(panel).queryByRole("link", { name: "Start a test" })).not.toBeInTheDocument();
  });

  it("has a table twin with the same cells", async () => {
    renderPage(<MatrixPage />, { at: "/?view=table" });
    const table = await screen.findByRole("table", { name: "Cells of the matrix" });
    expect(within(table).getAllByRole("row")).toHaveLength(1 + cells.length);
    const [, row] = within(table).getAllByRole("row");
    expect(within(row!).getAllByRole("cell").map((item) => item.textContent)).toEqual(["Alpha", "T0001", "Scripting", "◐Partial", "1 of 2", "50 %", "3", "1", "", "–"]);
    await expectAccessible("light");
  });

  it("says when nothing matches, and when loading failed", async () => {
    server.use(route.get("/heatmap", () => HttpResponse.json(matrixOf([]))));
    const { unmount } = renderPage(<MatrixPage />, { at: "/?q=nothing" });
    expect(await screen.findByText("No technique matches")).toBeInTheDocument();
    unmount();
    server.use(route.get("/heatmap", () => problem(500, "internal", "It broke.")));
    renderPage(<MatrixPage />);
    expect(await screen.findByText("It broke.")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Try again" })).toBeInTheDocument();
  });
});
