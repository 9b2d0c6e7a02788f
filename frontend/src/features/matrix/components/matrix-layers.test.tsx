import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Framework } from "@/api/compliance";
import type { components } from "@/api/schema";
import { expectAccessible } from "@/testing/axe";
import { cellOf, matrixOf, OFTEN, overlayOf } from "@/testing/heatmap";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { techniqueOf } from "@/testing/technique";
import { MatrixPage } from "@/features/matrix/components/matrix-page";

type Control = components["schemas"]["ControlOut"];

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

describe("compliance controls", () => {
  const framework: Framework = {
    ...{ id: "00000000-0000-4000-8000-000000000d01", key: "nist:rev5", name: "NIST", framework: "nist", version: "rev5", description: "", publisher: null, licence: null, url: null },
    ...{ attack_version: "16.1", baselines: [], controls: 4, enhancements: 0, withdrawn_controls: 0, mappings: 9, mapped_controls: 3, techniques: 5, source_version: null, updated_at: "2026-01-01T00:00:00Z" },
  };
  const found: Control = {
    ...{ id: "00000000-0000-4000-8000-000000000d02", control_id: "AC-2", name: "Account Management", description: "", family: "AC", parent: null, baselines: [], retired: false },
    ...{ techniques: 5, raw: null },
  };
  const others = [
    { ...framework, key: "cis:8", name: "CIS 8", version: "8" },
    { ...framework, key: "iso:2022", name: "ISO", mapped_controls: 0 },
  ];

  it("are searched for within a framework, land in the address and are taken away", async () => {
    const searched: string[] = [];
    server.use(
      route.get("/compliance/frameworks", () => HttpResponse.json(page([framework, ...others]))),
      route.get("/compliance/frameworks/:key/controls", ({ request, params }) => {
        searched.push(`${String(params.key)} ${new URL(request.url).search}`);
        return HttpResponse.json(page([found]));
      }),
    );
    const { user } = renderPage(<MatrixPage />, { at: "/?layer=control" });
    await user.click(await screen.findByRole("button", { name: "More filters" }));
    const choice = await screen.findByRole("combobox", { name: "Compliance framework" });
    // One that maps nothing to techniques narrows nothing.
    expect(within(choice).getAllByRole("option").map((option) => option.textContent)).toEqual(["NIST, rev5", "CIS 8"]);
    await expectAccessible("light");
    await user.selectOptions(choice, "cis:8");
    await user.type(screen.getByRole("combobox", { name: "Compliance control" }), "acc");
    await user.click(await screen.findByRole("option", { name: /AC-2 Account Management.*mapped to 5 techniques/ }));
    await waitFor(() => expect(asked.at(-1)).toBe("?layer=control&domain=enterprise&compliance_control=cis%3A8%3AAC-2"));
    expect(searched).toEqual(["cis:8 ?q=acc&mapped=true&limit=8"]);
    await user.keyboard("{Escape}");
    const chip = await screen.findByRole("button", { name: "No longer only what cis:8:AC-2 is mapped to" });
    expect(chip).toHaveTextContent("AC-2 ✕");
    await user.click(chip);
    await waitFor(() => expect(chip).not.toBeInTheDocument());
  });

  it("are not offered where no framework is loaded", async () => {
    server.use(route.get("/compliance/frameworks", () => HttpResponse.json(page([]))));
    const { user } = renderPage(<MatrixPage />);
    await user.click(await screen.findByRole("button", { name: "More filters" }));
    expect(await screen.findByRole("combobox", { name: "Campaign" })).toBeInTheDocument();
    expect(screen.queryByRole("combobox", { name: "Compliance control" })).not.toBeInTheDocument();
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
