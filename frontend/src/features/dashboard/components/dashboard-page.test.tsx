import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { noCounts } from "@/testing/heatmap";
import { misses, operational, organizationScores, quickWin } from "@/testing/measures";
import { adminMe, frameHandlers, renderPage, viewerMe } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { aTest } from "@/testing/tests";
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
  sealed_included: false,
  stages: [
    { state: "red_executing", count: 1, median_age_seconds: 3_600, p90_age_seconds: 3_600, oldest_age_seconds: 3_600 },
    { state: "in_review", count: 2, median_age_seconds: 90_000, p90_age_seconds: 96_000, oldest_age_seconds: 100_000 },
    { state: "validated", count: 0, median_age_seconds: null, p90_age_seconds: null, oldest_age_seconds: null },
  ],
  rejections_since: at,
  rejections: [{ side: "blue", reason_code: "wrong_times", count: 3 }],
};
const steps = { started: 1, red_submitted: 1, returned: 0, blue_submitted: 1, validated: 1, rejected: 0, reopened: 0 };
const activity: TeamActivity = {
  as_of: at,
  since: at,
  until: at,
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
    route.get("/findings", () => HttpResponse.json(page([]))),
    route.get("/scores/organization", () => HttpResponse.json(organizationScores)),
    route.get("/metrics/operational", () => HttpResponse.json(operational)),
    route.get("/metrics/misses-by-cause", () => HttpResponse.json(misses)),
    route.get("/metrics/quick-wins", () => HttpResponse.json(page([quickWin]))),
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
    expect(await screen.findByRole("link", { name: "2 In review" })).toHaveAttribute("href", "/tests?counted=true&state=in_review");
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
    expect(asked).toContain("?waiting_for=me&sort=state_since&limit=6");
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

  it("leads from the funnel of those who see blind tests to all of them", async () => {
    server.use(route.get("/metrics/pipeline", () => HttpResponse.json({ ...pipeline, sealed_included: true, stages: pipeline.stages.map((stage) => ({ ...stage, count: 2 })) })));
    renderPage(<DashboardPage />);
    expect(await screen.findByRole("link", { name: "2 In review" })).toHaveAttribute("href", "/tests?state=in_review");
    expect(screen.getByRole("link", { name: "2 Confirmed by both leads" })).toHaveAttribute("href", "/tests?counted=true&state=validated");
    expect(screen.getByTitle("Nine of ten at most 1 d 2 h; the oldest 1 d 3 h")).toBeInTheDocument();
  });

  it("says on what each figure stands, and in words where nothing was measured", async () => {
    const { user } = renderPage(<DashboardPage />);
    expect(await screen.findByRole("link", { name: "41.3 On the threat profile" })).toHaveAttribute("href", "/threat-profile");
    expect(screen.getByRole("link", { name: "12.0 On all in scope" })).toHaveAttribute("href", "/matrix?layer=score");
    expect(screen.getByText("120 techniques, 30 proven. 22 of 44 results met the expectation, 36–64 % by this sample.")).toBeInTheDocument();
    expect(screen.getByText("1 technique, 1 proven. 1 of 1 result met the expectation, 21–100 % by this sample.")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "1 unit out of scope" })).toHaveAttribute("href", "/matrix?status=out_of_scope");
    expect(await screen.findByRole("link", { name: "Mean time to detect: 10 min" })).toHaveAttribute(
      "href",
      expect.stringMatching(/^\/tests\?counted=true&domain=enterprise&executed_from=2025-10-03T.*&executed_to=2026-01-01T.*&state=validated&detection=prevented&/),
    );
    expect(screen.getByRole("link", { name: /^Detection efficacy/ })).toHaveAttribute("href", "/tests?domain=enterprise&result=met&result=sighted&result=missed");
    expect(screen.getByText("12 of 20 executions detected, blind 1 of 4")).toBeInTheDocument();
    expect(screen.getAllByText("not measured")).toHaveLength(2);
    expect(screen.getByText("1 of 1 decided round; first pass not measured")).toBeInTheDocument();
    expect(screen.getByText("2025-10-03 to 2026-01-01, as of 2026-01-01 00:00:00 UTC")).toBeInTheDocument();
    await user.click(screen.getByRole("button", { name: "By month" }));
    expect(within(screen.getByRole("table", { name: /Month by month/ })).getByRole("row", { name: /2025-12/ })).toHaveTextContent("2025-1220125 min189191830–");
  });

  it("leads to the misses, the quick wins and what changed last", async () => {
    const decided = aTest({ state: "validated", detection: "not_detected", state_since: "2026-01-03T00:00:00Z" });
    const finding = { id: "f1", number: "F-1001", title: "No logs", status: "awaiting_retest", status_since: "2026-01-04T00:00:00Z" };
    server.use(
      route.get("/tests", ({ request }) => HttpResponse.json(page(new URL(request.url).searchParams.get("waiting_for") ? [] : [decided]))),
      route.get("/findings", () => HttpResponse.json(page([finding]))),
    );
    renderPage(<DashboardPage />);
    expect(await screen.findByText("8 current results below expectation")).toBeInTheDocument();
    expect(screen.getByRole("link", { name: "Telemetry not forwarded" })).toHaveAttribute("href", "/findings/gaps#cause-not_forwarded");
    expect(screen.getByRole("link", { name: "No cause stated" })).toHaveAttribute("href", "/findings/gaps#cause-none");
    expect(await screen.findByRole("link", { name: "T0003 Shell history" })).toHaveAttribute("href", "/techniques/T0003");
    expect(screen.getByRole("link", { name: "1 rule to choose from" })).toHaveAttribute("href", "/detection-rules?technique=T0003");
    const changes = await screen.findAllByRole("link", { name: /^(AT|F)-1/ });
    expect(changes.map((link) => link.getAttribute("href"))).toEqual(["/findings/f1", `/tests/${decided.id}`]);
  });

  it("tells leads how far the figures moved since the last snapshot", async () => {
    const figure = { score: 40, n: 1, proven: 1, results: 1, met: 1 };
    server.use(route.get("/snapshots", () => HttpResponse.json(page([{ id: "s1", taken_at: at, organization: { profile: figure, in_scope: { ...figure, score: 12 }, tested: { ...figure, score: null } } }]))));
    renderPage(<DashboardPage />, { me: { ...adminMe, permissions: [...adminMe.permissions, "snapshot:manage"] } });
    expect(await screen.findByRole("link", { name: "Change since 2026-01-01" })).toHaveAttribute("href", "/comparison?base=s1");
    expect(await screen.findByText("+1.3")).toBeInTheDocument();
    expect(screen.getByText("0.0")).toBeInTheDocument();
  });

  it("spares those who watch the list of tasks", async () => {
    renderPage(<DashboardPage />, { me: viewerMe });
    await screen.findByRole("link", { name: "593 leaves" });
    expect(screen.queryByText(/Waiting for you/)).not.toBeInTheDocument();
    expect(asked.filter((search) => !search.includes("in_doubt"))).toEqual(["?state=validated&state=rejected&sort=-state_since&limit=6"]);
  });

  it("keeps the rest when one part fails", async () => {
    server.use(route.get("/metrics/pipeline", () => problem(500, "internal", "It broke.")));
    renderPage(<DashboardPage />);
    expect(await screen.findByText("It broke.")).toBeInTheDocument();
    expect(await screen.findByRole("link", { name: "593 leaves" })).toBeInTheDocument();
  });
});
