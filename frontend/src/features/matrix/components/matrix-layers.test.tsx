import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { cellOf, matrixOf, OFTEN, overlayOf } from "@/testing/heatmap";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { techniqueOf } from "@/testing/technique";
import { MatrixPage } from "@/features/matrix/components/matrix-page";

const cells = [cellOf("T0001", "alpha", { name: "Scripting", value: 3, compare: 0.5, status: "partial" }), cellOf("T0002", "alpha", { name: "Mail", value: 0 })];
const theirs = { name: "Theirs", domain: "enterprise-attack", techniques: [{ techniqueID: "T0001", score: 7, comment: "Seen twice." }] };

let asked: string[];
let sent: unknown[];

beforeEach(() => {
  asked = [];
  sent = [];
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(1000);
  server.use(
    route.get("/heatmap", ({ request }) => {
      const { search, searchParams } = new URL(request.url);
      asked.push(search);
      return HttpResponse.json(matrixOf(cells, { layer: searchParams.get("layer") ?? "coverage", compare: searchParams.get("compare") }));
    }),
    route.post("/heatmap/overlay", async ({ request }) => {
      sent.push(await request.json());
      const unknown = { unknown: ["T9999"], unknown_count: 1, legend: [{ label: "Often", color: OFTEN }] };
      return HttpResponse.json(overlayOf([{ attack_id: "T0001", score: 7, comment: "Seen twice." }], unknown));
    }),
    route.get("/tactics", () => HttpResponse.json(page([]))),
    route.get("/environments", () => HttpResponse.json(page([]))),
    route.get("/techniques/:id", () => HttpResponse.json(techniqueOf())),
  );
});

const layerFile = (content: unknown, name = "layer.json") => new File([typeof content === "string" ? content : JSON.stringify(content)], name, { type: "application/json" });

describe("two layers", () => {
  it("stand in one cell, in its name, in the legend and in the panel", async () => {
    renderPage(<MatrixPage />, { at: "/?layer=actor&compare=coverage&at=alpha/T0001" });
    expect(await screen.findByRole("button", { name: "T0001 Scripting, partial, 3 threat actors, coverage 50 %", hidden: true })).toBeInTheDocument();
    expect(asked).toEqual(["?layer=actor&compare=coverage&domain=enterprise"]);
    expect(screen.getByText(/^Left: Threat actors/)).toBeInTheDocument();
    expect(screen.getByText(/^Right: Coverage/)).toBeInTheDocument();
    const panel = await screen.findByRole("dialog");
    expect(await within(panel).findByText("3 threat actors")).toBeInTheDocument();
    expect(within(panel).getByText("coverage 50 %")).toBeInTheDocument();
  });

  it("are chosen in the toolbar and stand in the table", async () => {
    const { user } = renderPage(<MatrixPage />, { at: "/?view=table" });
    await user.selectOptions(await screen.findByRole("combobox", { name: "Second layer in the same cells" }), "campaign");
    const table = await screen.findByRole("table", { name: "Cells of the matrix" });
    await waitFor(() => expect(within(table).getByRole("columnheader", { name: "Campaigns" })).toBeInTheDocument());
    expect(asked.at(-1)).toBe("?layer=coverage&compare=campaign&domain=enterprise");
  });

  it("are narrowed to campaigns and values from the address, taken away one by one", async () => {
    const { user } = renderPage(<MatrixPage />, { at: "/?layer=score&campaign=C0001&min=20" });
    await user.click(await screen.findByRole("button", { name: "No longer only what is used in C0001" }));
    await user.click(screen.getByRole("button", { name: "No longer only values from 20" }));
    await waitFor(() => expect(asked.at(-1)).toBe("?layer=score&domain=enterprise"));
    expect(asked[0]).toBe("?layer=score&domain=enterprise&campaign=C0001&min=20");
  });
});

describe("a layer laid over", () => {
  it("shows its cells, legend and strangers, and goes", async () => {
    const { user } = renderPage(<MatrixPage />);
    await user.upload(await screen.findByTestId("layer-file"), layerFile({ ...theirs, metadata: [] }));
    const legend = await screen.findByRole("region", { name: "Layer laid over the matrix" });
    expect(sent).toEqual([theirs]);
    expect(within(legend).getByText(/^1 of 1 cell in sight · Enterprise · made for ATT&CK 17$/)).toBeInTheDocument();
    expect(within(legend).getByText("Often")).toBeInTheDocument();
    expect(within(legend).getByText("T9999")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: /laid over: score 7, Seen twice\.$/ })).toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
    await user.click(screen.getByRole("button", { name: "Table" }));
    const row = within(await screen.findByRole("table")).getAllByRole("row")[1]!;
    expect(within(row).getAllByRole("cell").map((item) => item.textContent)).toEqual(expect.arrayContaining(["7", "Seen twice."]));
    await user.click(within(legend).getByRole("button", { name: "Take away" }));
    await waitFor(() => expect(screen.queryByText("Theirs")).not.toBeInTheDocument());
    expect(screen.queryByRole("columnheader", { name: "Laid over" })).not.toBeInTheDocument();
  });

  it("is refused in words, by the page or by the server", async () => {
    const { user } = renderPage(<MatrixPage />);
    await user.upload(await screen.findByTestId("layer-file"), layerFile("no json", "notes.json"));
    expect(await screen.findByText("notes.json was not laid over the matrix")).toBeInTheDocument();
    expect(screen.getByText(/^This is no JSON file/)).toBeInTheDocument();
    server.use(
      route.post("/heatmap/overlay", () =>
        problem(422, "invalid_input", "The input is not valid.", { errors: [{ field: "techniques.0.score", message: "must be a number", code: "float_type" }] }),
      ),
    );
    await user.upload(screen.getByTestId("layer-file"), layerFile(theirs));
    expect(await screen.findByText("techniques.0.score")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByText("techniques.0.score")).not.toBeInTheDocument();
  });
});
