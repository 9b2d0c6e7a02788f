import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import type { CountermeasureDetail } from "@/features/d3fend/api";
import { D3fendPage } from "@/features/d3fend/components/d3fend-page";
import { expectAccessible } from "@/testing/axe";
import { adminMe, renderPage, viewerMe } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";

const lead = { ...adminMe, permissions: [...adminMe.permissions, "countermeasure:decide" as const] };
const analysis: CountermeasureDetail = {
  id: "00000000-0000-4000-8000-000000000901",
  d3fend_id: "D3-FA",
  name: "File Analysis",
  description: "Looks into files.",
  tactic: "Detect",
  parent: "D3-UP",
  synonyms: ["Scanning"],
  url: "https://d3fend.mitre.org/technique/d3f:FileAnalysis",
  status: "planned",
  status_reason: "Next year",
  status_since: "2026-01-01T00:00:00Z",
  techniques: 2,
  technique_links: [
    { attack_id: "T1204", technique: "T1204", name: "User Execution", resolution: "exact", artifacts: ["analyzes File"] },
    { attack_id: "T9999", technique: null, name: null, resolution: "unknown", artifacts: null },
  ],
  history: [{ status: "planned", reason: "Next year", valid_from: "2026-01-01T00:00:00Z", valid_until: null, decided_by_id: null }],
};
const tactics = [
  { name: "Detect", techniques: 5, implemented: 1, planned: 2 },
  { name: "Isolate", techniques: 3, implemented: 0, planned: 0 },
];

const gain = { id: analysis.id, d3fend_id: "D3-FA", name: "File Analysis", tactic: "Detect", status: "planned" as const, techniques: 1, gain: 0.42 };

function serve(asked: URLSearchParams[] = []) {
  server.use(
    route.get("/d3fend/tactics", () => HttpResponse.json(page(tactics))),
    route.get("/d3fend/techniques", ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return HttpResponse.json(page([analysis]));
    }),
    route.get("/d3fend/gains", () => HttpResponse.json({ ...page([gain]), as_of: "2026-02-01T00:00:00Z", score: 12.34 })),
    route.get("/d3fend/techniques/D3-FA/gain", () => HttpResponse.json({ ...gain, as_of: "2026-02-01T00:00:00Z", in_scope: { before: 12.34, after: 12.76 }, profile: null, moves: [{ attack_id: "T1204.001", name: "Malicious Link", before: 0, after: 8.8 }] })),
    route.get("/d3fend/techniques/D3-FA", () => HttpResponse.json(analysis)),
  );
  return asked;
}

describe("D3FEND", () => {
  it("lists countermeasures; counts narrow the list", async () => {
    const asked = serve();
    const { user } = renderPage(<D3fendPage />, { at: "/?technique=T1204", me: viewerMe });
    expect(await screen.findByText("Next year")).toBeInTheDocument();
    await user.click(await screen.findByRole("button", { name: /^Planned 2/ }));
    await user.click(screen.getByRole("button", { name: /^Isolate 3/ }));
    await waitFor(() => expect(Object.fromEntries(asked.at(-1)!)).toEqual({ limit: "50", offset: "0", technique: "T1204", status: "planned", tactic: "Isolate" }));
    expect(screen.getByRole("button", { name: /^No 5/ })).toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
    expect(within(screen.getByRole("row", { name: /^D3-FA/ })).getByText("+0.42")).toHaveAttribute("title", "1 technique would score otherwise");
    const most = screen.getByRole("region", { name: "What would add most" });
    expect(most).toHaveTextContent("to the score of everything in scope, 12.3 now");
    await user.click(within(most).getByRole("button", { name: "File Analysis" }));
    const panel = await screen.findByRole("dialog");
    const adds = await within(panel).findByRole("region", { name: "What it would add" });
    expect(await within(adds).findByText("12.3 → 12.8")).toBeInTheDocument();
    expect(within(adds).getByText("0.0 → 8.8")).toBeInTheDocument();
    expect(await within(panel).findByRole("link", { name: "T1204 User Execution" })).toHaveAttribute("href", "/techniques/T1204");
    expect(within(panel).getByText("Leads decide.")).toBeInTheDocument();
    // What narrowed the list narrows it still.
    expect(screen.getByRole("button", { name: /^Planned 2/, hidden: true })).toHaveAttribute("aria-pressed", "true");
    await expectAccessible("light");
  });

  it("records a decision with its reason", async () => {
    serve();
    let body: unknown;
    server.use(
      route.put("/d3fend/techniques/D3-FA/status", async ({ request }) => {
        body = await request.json();
        const first = { ...analysis.history[0]!, status: "implemented" as const, reason: "In place", valid_from: "2026-02-01T00:00:00Z" };
        return HttpResponse.json({ ...analysis, status: "implemented", status_reason: "In place", history: [first, ...analysis.history] });
      }),
    );
    const { user } = renderPage(<D3fendPage />, { at: "/?at=D3-FA", me: lead });
    const panel = await screen.findByRole("dialog");
    await user.selectOptions(await within(panel).findByLabelText("From now on"), "implemented");
    await user.type(within(panel).getByLabelText("Reason"), "In place");
    await user.click(within(panel).getByRole("button", { name: "Decide" }));
    expect(await screen.findByText("D3-FA: implemented from now on.")).toBeInTheDocument();
    expect(body).toEqual({ status: "implemented", reason: "In place" });
    expect(within(await within(panel).findByRole("list", { name: "Decisions" })).getByText("In place")).toBeInTheDocument();
  });

  it("says what to do when there is none, and when the list fails", async () => {
    server.use(
      route.get("/d3fend/tactics", () => HttpResponse.json(page([]))),
      route.get("/d3fend/techniques", () => HttpResponse.json(page([]))),
      route.get("/d3fend/gains", () => HttpResponse.json({ ...page([]), as_of: "2026-02-01T00:00:00Z", score: null })),
    );
    const { unmount } = renderPage(<D3fendPage />);
    expect(await screen.findByText("No countermeasures yet")).toBeInTheDocument();
    unmount();
    server.use(route.get("/d3fend/techniques", () => problem(500, "internal", "Something broke.")));
    renderPage(<D3fendPage />);
    expect(await screen.findByRole("button", { name: "Try again" })).toBeInTheDocument();
  });
});
