import { screen } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { CoverageReport, RemediationReport, ResultsReport } from "@/features/reports/api";
import { ReportsPage } from "@/features/reports/components/reports-page";
import { expectAccessible } from "@/testing/axe";
import { noCounts } from "@/testing/heatmap";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";

const at = "2026-01-01T00:00:00Z";
const base = { as_of: at, filters: [], trail: { seq: 42, hash: "abcdef0123456789" } };
const numbers = { techniques: 3, leaves: 3, units: 3, counted: 2, by_status: { ...noCounts, validated: 1 }, proven: 1, tests: 4, results: { current: 2, met: 1, sighted: 0, missed: 1, expired: 0 } };
const coverage: CoverageReport = { ...base, domain: "enterprise", attack_version: "18.1", totals: numbers, tactics: [{ ...numbers, attack_id: "TA0002", shortname: "execution", name: "Execution" }], techniques: [] };
const results: ResultsReport = {
  ...base,
  filters: [{ name: "Platform", value: "Windows" }],
  since: null,
  until: null,
  totals: {
    tests: 4,
    by_state: { draft: 0, red_executing: 0, blue_evaluating: 0, in_review: 0, validated: 3, rejected: 1 },
    by_detection: { prevented: 0, detected: 1, partially_detected: 0, not_detected: 1, inconclusive: 1 },
    met: 1,
    below: 1,
    annulled: 0,
    decided: 4,
    validation_rate: 0.75,
    efficacy: 0.5,
  },
  ...page([]),
};
const took = { n: 1, mean_days: 12.5, median_days: 12.5 };
const remediation: RemediationReport = {
  ...base,
  since: null,
  until: null,
  totals: { findings: 2, open: 1, overdue: 1, by_status: {}, by_cause: {}, by_severity: {}, proven: took, claimed: { n: 0, mean_days: null, median_days: null }, open_age: took, accepted: { count: 0, mean_age_days: null, oldest_age_days: null, next_end: null } },
  ...page([
    {
      ...{ id: "f1", number: "F-1001", title: "No process logs", status: "open", cause: "no_telemetry", severity: "high", owner: "log_platform", responsible: null, tool: null },
      ...{ due_on: "2025-12-31", overdue: true, external_ticket: null, opened_at: at, age_days: 3, remediated_at: null, proven_at: null, closed_at: null, accepted_until: null },
      ...{ results: 2, steps: 3, steps_done: 1, techniques: ["T1059"], environments: ["Organisation"] },
    },
  ]),
};
let asked: string[];

beforeEach(() => {
  asked = [];
  server.use(
    route.get("/environments", () => HttpResponse.json(page([]))),
    route.get("/reports/coverage-summary", () => HttpResponse.json(coverage)),
    route.get("/reports/test-results", ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json(results);
    }),
    route.get("/reports/remediation", () => HttpResponse.json(remediation)),
  );
});

describe("reports", () => {
  it("shows each report with its figures and what they rest on", async () => {
    const { user } = renderPage(<ReportsPage />);
    expect(await screen.findByRole("link", { name: "Execution" })).toHaveAttribute("href", "/matrix?tactic=execution");
    expect(screen.getByText(/Audit trail at entry 42/)).toHaveTextContent("abcdef012345");
    await expectAccessible("light");
    await user.selectOptions(screen.getByRole("combobox", { name: "Report" }), "Test results");
    expect(await screen.findByText("75.0 %")).toBeInTheDocument();
    expect(screen.getByText(/Platform: Windows/)).toBeInTheDocument();
    await user.selectOptions(screen.getByRole("combobox", { name: "Report" }), "Remediation");
    expect(await screen.findByRole("link", { name: /No process logs/ })).toHaveAttribute("href", "/findings/f1");
    expect(screen.getByText("1 of 3")).toBeInTheDocument();
    await expectAccessible("dark");
  });

  it("asks with the filters of the address and saves with them", async () => {
    const file = { createObjectURL: () => "blob:1", revokeObjectURL: () => undefined };
    vi.stubGlobal("URL", Object.assign(class extends URL {}, file));
    const { user } = renderPage(<ReportsPage />, { path: "/", at: "/?report=results&platform=Windows&from=2026-01-01" });
    await screen.findByText("75.0 %");
    expect(asked).toEqual(["?platform=Windows&from=2026-01-01&limit=50&offset=0"]);
    await user.click(screen.getByRole("button", { name: "CSV" }));
    await vi.waitFor(() => expect(asked.at(-1)).toBe("?platform=Windows&from=2026-01-01&format=csv"));
  });

  it("says why a report cannot be made", async () => {
    server.use(route.get("/reports/coverage-summary", () => problem(503, "unavailable", "The database is away.")));
    renderPage(<ReportsPage />);
    expect(await screen.findByText("The database is away.")).toBeInTheDocument();
  });
});
