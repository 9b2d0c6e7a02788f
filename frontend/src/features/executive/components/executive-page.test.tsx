import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import type { Executive } from "@/features/executive/api";
import { ExecutivePage } from "@/features/executive/components/executive-page";
import { expectAccessible } from "@/testing/axe";
import { noCounts } from "@/testing/heatmap";
import { renderPage } from "@/testing/render";
import { problem, route, server } from "@/testing/server";

const at = "2026-04-01T00:00:00Z";
const figure = { score: 41.25, n: 120, proven: 30, results: 44, before: 38, difference: 3.25, shown: 3.3, attribution: [] };
const empty: Executive = {
  ...{ as_of: at, domain: "enterprise", attack_version: "18.1", base_as_of: null, base_id: null, by_status: noCounts, tests: 0, trend: [], actors: [], gaps: [] },
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

  it("says what is missing when nothing has been tested, and why it cannot be shown", async () => {
    server.use(route.get("/metrics/executive", () => HttpResponse.json(empty)));
    const { unmount } = renderPage(<ExecutivePage />);
    expect(await screen.findByText("Nothing has been tested yet.")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "set up the threat profile" })).toHaveAttribute("href", "/threat-profile");
    expect(screen.getByText("no earlier figure")).toBeInTheDocument();
    unmount();
    server.use(route.get("/metrics/executive", () => problem(503, "unavailable", "The database is away.")));
    renderPage(<ExecutivePage />);
    expect(await screen.findByText("The database is away.")).toBeInTheDocument();
  });
});
