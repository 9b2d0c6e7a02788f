import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { noCounts } from "@/testing/heatmap";
import { frameHandlers, renderPage, viewerMe } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { DashboardPage } from "@/features/dashboard/components/dashboard-page";
import type { Pipeline, Summary, TacticMetrics, TeamActivity } from "@/features/dashboard/api";

const at = "2026-01-01T00:00:00Z";
const counts = { ...noCounts, validated: 2, not_evaluated: 515, out_of_scope: 76 };
const byState = { draft: 0, red_executing: 1, blue_evaluating: 0, in_review: 2, validated: 2, rejected: 0 };
const summary: Summary = {
  as_of: at,
  domain: "enterprise",
  techniques: { total: 691, leaves: 593, units: 593, by_status: counts, proven: 2, review_required: 4 },
  tests: { total: 5, by_state: byState, inconclusive: 0 },
  results: { current: 2, met: 2, sighted: 0, missed: 0, expired: 1, expiring: 0 },
  stale_validations: 1,
};
const tactics: TacticMetrics[] = [
  { attack_id: "TA0002", shortname: "execution", name: "Execution", techniques: 3, leaves: 3, units: 3, by_status: { ...noCounts, validated: 1, not_evaluated: 2 }, proven: 1 },
  { attack_id: "TA0043", shortname: "reconnaissance", name: "Reconnaissance", techniques: 2, leaves: 2, units: 2, by_status: { ...noCounts, out_of_scope: 2 }, proven: 0 },
];
const pipeline: Pipeline = {
  as_of: at,
  stages: [
    { state: "red_executing", count: 1, median_age_seconds: 3_600, oldest_age_seconds: 3_600 },
    { state: "in_review", count: 2, median_age_seconds: 90_000, oldest_age_seconds: 100_000 },
    { state: "validated", count: 0, median_age_seconds: null, oldest_age_seconds: null },
  ],
  rejections_since: at,
  rejections: [{ side: "blue", reason_code: "wrong_times", count: 3 }],
};
const steps = { started: 1, red_submitted: 1, returned: 0, blue_submitted: 1, validated: 1, rejected: 0, reopened: 0 };
const activity: TeamActivity = {
  as_of: at,
  since: at,
  totals: steps,
  days: [
    { ...steps, started: 0, red_submitted: 0, blue_submitted: 0, validated: 0, day: "2026-01-01" },
    { ...steps, day: "2026-01-02" },
  ],
  red_votes: { cast: 1, approved: 1, rejected: 0 },
  blue_votes: { cast: 1, approved: 1, rejected: 0 },
};

let asked: string[];

beforeEach(() => {
  asked = [];
  server.use(
    ...frameHandlers(),
    route.get("/tests", ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json(page([]));
    }),
    route.get("/metrics/summary", () => HttpResponse.json(summary)),
    route.get("/metrics/by-tactic", () => HttpResponse.json({ as_of: at, domain: "enterprise", tactics })),
    route.get("/metrics/pipeline", () => HttpResponse.json(pipeline)),
    route.get("/metrics/team-activity", () => HttpResponse.json(activity)),
    route.get("/data-sources", () => HttpResponse.json(page([]))),
  );
});

describe("dashboard", () => {
  it("leads from every count to what makes it up, without accessibility findings in either theme", async () => {
    renderPage(<DashboardPage />);
    expect(await screen.findByRole("link", { name: "593 leaves" })).toHaveAttribute("href", "/matrix?open=all");
    expect(screen.getByRole("link", { name: "691 techniques" })).toHaveAttribute("href", "/matrix");
    expect(screen.getByRole("link", { name: "515 Not evaluated" })).toHaveAttribute("href", "/matrix?status=not_evaluated");
    expect(screen.getByRole("link", { name: "76 Out of scope" })).toHaveAttribute("href", "/matrix?status=out_of_scope");
    expect(screen.getByRole("link", { name: "4 to review" })).toHaveAttribute("href", "/matrix?review=yes");
    expect(await screen.findByRole("link", { name: "2 In review" })).toHaveAttribute("href", "/tests?state=in_review");
    expect(await screen.findByRole("link", { name: "Execution" })).toHaveAttribute("href", "/matrix?tactic=execution");
    expect(await screen.findByRole("img", { name: "2 validated, 515 not evaluated, 76 out of scope" })).toBeInTheDocument();
    expect(await screen.findByText("1 d 1 h")).toBeInTheDocument();
    expect(await screen.findByText("Blue: wrong times")).toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("shows what waits for me first and says when nothing does", async () => {
    renderPage(<DashboardPage />);
    expect(await screen.findByText("Nothing waits for you")).toBeInTheDocument();
    expect(asked).toEqual(["?waiting_for=me&sort=state_since&limit=6"]);
  });

  it("has tables for its bars", async () => {
    const { user } = renderPage(<DashboardPage />);
    await screen.findByRole("link", { name: "593 leaves" });
    const [coverage, teams] = screen.getAllByRole("button", { name: "Table" });
    await user.click(coverage!);
    const table = await screen.findByRole("table", { name: /Statuses per tactic/ });
    expect(within(table).getByRole("row", { name: /^Execution/ })).toHaveTextContent("Execution10002003");
    expect(within(table).getByRole("link", { name: "1" })).toHaveAttribute("href", "/matrix?tactic=execution&status=validated");
    await user.click(teams!);
    expect(within(await screen.findByRole("table", { name: /Steps a day/ })).getAllByRole("row")).toHaveLength(2);
    await expectAccessible("dark");
  });

  it("spares those who watch the list of tasks", async () => {
    renderPage(<DashboardPage />, { me: viewerMe });
    await screen.findByRole("link", { name: "593 leaves" });
    expect(screen.queryByText(/Waiting for you/)).not.toBeInTheDocument();
    expect(asked).toEqual([]);
  });

  it("keeps the rest when one part fails", async () => {
    server.use(route.get("/metrics/pipeline", () => problem(500, "internal", "It broke.")));
    renderPage(<DashboardPage />);
    expect(await screen.findByText("It broke.")).toBeInTheDocument();
    expect(await screen.findByRole("link", { name: "593 leaves" })).toBeInTheDocument();
  });
});
