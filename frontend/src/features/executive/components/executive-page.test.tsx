import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Environment } from "@/api/organisation";
import type { Executive } from "@/features/executive/api";
import { ExecutivePage } from "@/features/executive/components/executive-page";
import { expectAccessible } from "@/testing/axe";
import { noCounts } from "@/testing/heatmap";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";

const at = "2026-04-01T00:00:00Z";
const figure = { score: 41.25, n: 120, proven: 30, results: 44, before: 38, difference: 3.25, shown: 3.3, attribution: [] };
const empty: Executive = {
  ...{ as_of: at, domain: "enterprise", environment_id: null, environment: null, attack_version: "18.1", base_as_of: null, base_id: null, by_status: noCounts, tests: 0, trend: [], actors: [], gaps: [] },
  figures: [{ ...figure, name: "in_scope", score: null, before: null, difference: null, shown: null }],
  ...{ speed: [], open_findings: 0, overdue_findings: 0, compliance: [], risk: ["Nothing has been tested yet."], trail: null },
  accepted: { count: 0, mean_age_days: null, oldest_age_days: null, next_end: null },
  candour: { out_of_scope: 76, lowered_expectations: 0, entered_later: 0, manual_times: null },
};
const full: Executive = {
  ...empty,
  base_as_of: "2026-01-01T00:00:00Z",
  base_id: "00000000-0000-4000-8000-000000000c01",
  tests: 126,
  figures: [
    { ...figure, name: "profile" },
    { ...figure, name: "in_scope", score: 12, shown: -0.4 },
    { ...figure, name: "tested", score: 61, shown: 0 },
  ],
  trend: [
    { as_of: "2026-01-01T00:00:00Z", snapshot_id: "00000000-0000-4000-8000-000000000c01", profile: 38, in_scope: 12.4, tested: 61, results: 40 },
    { as_of: at, snapshot_id: null, profile: 41.25, in_scope: 12, tested: 61, results: 44 },
  ],
  actors: [{ id: "00000000-0000-4000-8000-000000000c02", attack_id: "G0016", name: "Cold Harbour", priority: 3, score: 44, techniques: 40, tested: 20, validated: 11, gaps: [] }],
  gaps: [{ attack_id: "T1059.001", name: "PowerShell", status: "not_covered", score: 0, actors: ["Cold Harbour"] }],
  speed: [{ since: "2026-01-01T00:00:00Z", until: at, executions: 20, detected: 12, mttd_mean_seconds: 600, mttd_median_seconds: 300, fixes: 2, mttr_mean_seconds: 86400 }],
  compliance: [{ id: "f", framework: "nist", name: "NIST 800-53", version: "5", classes: { supported: 20, thin: 10, contradicted: 5, no_evidence: 74, not_mapped: 1080 }, mapped: 109, share: 20 / 109, mapping_version: "16.1" }],
};

const place: Environment = { id: "00000000-0000-4000-8000-000000000801", name: "Head Office", description: "", is_default: true, is_active: true, platforms: [] };
const PLANT = "00000000-0000-4000-8000-000000000802";

beforeEach(() => server.use(route.get("/environments", () => HttpResponse.json(page([place, { ...place, id: PLANT, name: "Plant" }])))));

describe("executive dashboard", () => {
  it("puts the figures, their change and the holes on one page", async () => {
    server.use(route.get("/metrics/executive", () => HttpResponse.json(full)));
    const { user } = renderPage(<ExecutivePage />);
    expect(await screen.findByRole("link", { name: "▲ +3.3" })).toHaveAttribute("href", `/comparison?base=${full.base_id!}`);
    expect(screen.getByText("▼ −0.4")).toBeInTheDocument();
    expect(screen.getByText("unchanged")).toBeInTheDocument();
    expect(screen.getByText("11 / 20 / 40")).toBeInTheDocument();
    expect(screen.getByText("12 of 20")).toBeInTheDocument();
    expect(screen.getByText("18.3 %")).toBeInTheDocument();
    await expectAccessible("light");
    await user.click(screen.getByRole("button", { name: "Table" }));
    expect(within(screen.getByRole("table", { name: "Scores by snapshot" })).getByRole("row", { name: /now/ })).toHaveTextContent("now41.312.061.044");
    await expectAccessible("dark");
  });

  it("tells everything of one environment, on the page, behind its links and on paper", async () => {
    const printed = vi.fn();
    vi.stubGlobal("URL", Object.assign(class extends URL {}, { createObjectURL: () => "blob:1", revokeObjectURL: () => undefined }));
    server.use(
      route.get("/metrics/executive", ({ request }) => {
        const environment_id = new URL(request.url).searchParams.get("environment");
        return HttpResponse.json(environment_id === PLANT ? { ...full, tests: 7, environment_id, environment: "Plant", trend: full.trend.slice(1) } : full);
      }),
      route.get("/reports/executive", ({ request }) => {
        printed(new URL(request.url).search);
        return new HttpResponse("%PDF");
      }),
    );
    const { user } = renderPage(<ExecutivePage />);
    expect((await screen.findByRole("link", { name: "126 tests" })).parentElement).toHaveTextContent("all environments, on 126 tests; ATT&CK 18.1.");
    await user.selectOptions(await screen.findByLabelText("Environment"), "Plant");
    expect((await screen.findByRole("link", { name: "7 tests" })).parentElement).toHaveTextContent("Plant only, on 7 tests");
    expect(screen.getByText(/No snapshot knows Plant yet\./)).toBeInTheDocument();
    const links = Object.fromEntries(screen.getAllByRole<HTMLAnchorElement>("link").map((link) => [link.textContent, link.getAttribute("href")]));
    expect(links["12.0"]).toBe(`/matrix?layer=score&environment=${PLANT}`);
    expect(links["41.3"]).toBe("/threat-profile");
    expect(links["▼ −0.4"]).toBe(`/comparison?base=${full.base_id!}&environment=${PLANT}`);
    expect(links["0 open findings"]).toMatch(new RegExp(`^/findings\\?status=open&.*&environment=${PLANT}$`));
    expect(links["7 tests"]).toBe(`/tests?counted=true&domain=enterprise&environment=${PLANT}`);
    expect(links["44 results"]).toBe(`/tests?domain=enterprise&environment=${PLANT}&result=met&result=sighted&result=missed`);
    expect(links["76 units out of scope"]).toBe(`/matrix?status=out_of_scope&open=all&environment=${PLANT}`);
    expect(links["0 accepted risks"]).toBe(`/findings?status=risk_accepted&environment=${PLANT}`);
    await user.click(screen.getByRole("button", { name: "One page as PDF" }));
    await waitFor(() => expect(printed).toHaveBeenCalledWith(`?format=pdf&environment=${PLANT}`));
    await user.selectOptions(screen.getByLabelText("Environment"), "");
    expect(await screen.findByRole("link", { name: "126 tests" })).toBeInTheDocument();
  });

  it("says what is missing when nothing has been tested, and why it cannot be shown", async () => {
    server.use(route.get("/metrics/executive", () => HttpResponse.json(empty)));
    const { unmount } = renderPage(<ExecutivePage />);
    expect(await screen.findByText("Nothing has been tested yet.")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "set up the threat profile" })).toHaveAttribute("href", "/threat-profile");
    expect(screen.getByText("no earlier figure")).toBeInTheDocument();
    expect(screen.getByText("Which gaps matter follows from a threat profile, and none is set.")).toBeInTheDocument();
    expect(screen.getByText(/0 tests entered later\.$/)).toBeInTheDocument();
    unmount();
    server.use(route.get("/metrics/executive", () => problem(503, "unavailable", "The database is away.")));
    renderPage(<ExecutivePage />);
    expect(await screen.findByText("The database is away.")).toBeInTheDocument();
  });
});
