import { screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage, viewerMe } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import type { DataSource, Run, RunDetail } from "@/features/data-sources/api";
import { MitreSyncPage } from "@/features/data-sources/components/mitre-sync-page";
import { SyncRunPage } from "@/features/data-sources/components/sync-run-page";
import { readReport, repointable } from "@/features/data-sources/lib/report";

const RUN_ID = "00000000-0000-4000-8000-000000000100";
const run: Run = {
  id: RUN_ID,
  source: "mitre_attack",
  status: "succeeded",
  phase: "done",
  done: 10,
  total: 10,
  counts: { read: 10, added: 4, updated: 3, unchanged: 2, removed: 1, skipped: 1 },
  way: "github",
  error: null,
  created_at: "2026-01-01T00:00:00Z",
  started_at: "2026-01-01T00:00:00Z",
  ended_at: "2026-01-01T00:00:12Z",
  requested_by_id: null,
};
const source: DataSource = {
  name: "mitre_attack",
  title: "MITRE ATT&CK",
  url: "https://attack.mitre.org/",
  licence: "",
  ways: ["taxii", "github", "bundled"],
  enabled: true,
  interval_hours: 24,
  items: { technique: 10 },
  auto: true,
  base_url: null,
  default_base_url: "https://api.github.com",
  domains: ["enterprise"],
  parts: [
    { name: "enterprise", wanted: true, release: "18.1", summary: true, way: "bundled", origin: null, loaded_at: "2026-01-01T00:00:00Z" },
    { name: "mobile", wanted: false, release: null, summary: false, way: null, origin: null, loaded_at: null },
  ],
  version: "18.1",
  last_success_at: "2026-01-01T00:00:00Z",
  next_run_at: null,
  last_run: run,
};
const detail: RunDetail = {
  ...run,
  problems: [{ path: "relationship--1", code: "dangling", message: "Points nowhere." }],
  notes: [{ way: "taxii", domain: null, code: "rate_limited", reason: "The server allows 10 requests in 10 minutes." }],
  report: {
    releases: { enterprise: "18.1" },
    missing: {},
    unchanged_parts: [],
    by_kind: { technique: { added: 4, updated: 3, unchanged: 2, removed: 1, skipped: 1 } },
    upgrade: {
      revoked: [{ attack_id: "T1086", name: "Old", successor: "T1059.001" }],
      added: [{ attack_id: "T1999", name: "New" }],
      affected: {
        tests: [{ id: "t-1", number: 1001, name: "Check", state: "draft", attack_id: "T1086", successor: "T1059.001", change: "revoked" }],
        rules: [{ id: "r-1", name: "Rule", attack_id: "T1086", change: "revoked" }],
      },
      review_required: 3,
    },
  },
};

describe("MITRE Sync", () => {
  it("shows what is loaded and the runs, without accessibility findings", async () => {
    server.use(
      route.get("/data-sources/mitre_attack", () => HttpResponse.json(source)),
      route.get("/data-sources/mitre_attack/runs", () => HttpResponse.json(page([run]))),
    );
    renderPage(<MitreSyncPage />);
    expect(await screen.findByText("Short texts")).toBeInTheDocument();
    expect(await screen.findByText("✓")).toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("starts a sync with chosen domains and shows a refusal in the dialog", async () => {
    let body: unknown = null;
    server.use(
      route.get("/data-sources/mitre_attack", () => HttpResponse.json(source)),
      route.get("/data-sources/mitre_attack/runs", () => HttpResponse.json(page([]))),
      route.post("/data-sources/mitre_attack/sync", async ({ request }) => {
        body = await request.json();
        return problem(409, "sync_running", "A sync of this source is queued or running.");
      }),
    );
    const { user } = renderPage(<MitreSyncPage />);
    await screen.findByText("Short texts");
    await user.click(screen.getByRole("button", { name: "Start sync" }));
    await user.click(screen.getByRole("checkbox", { name: "Mobile" }));
    await expectAccessible("light");
    await user.click(screen.getByRole("button", { name: "Start" }));
    expect(await screen.findByText("A sync of this source is queued or running.")).toBeInTheDocument();
    expect(body).toEqual({ domains: ["enterprise", "mobile"], way: null, force: false });
  });

  it("gives no buttons to who may only read", async () => {
    server.use(
      route.get("/data-sources/mitre_attack", () => HttpResponse.json(source)),
      route.get("/data-sources/mitre_attack/runs", () => HttpResponse.json(page([]))),
    );
    renderPage(<MitreSyncPage />, { me: viewerMe });
    await screen.findByText("Short texts");
    expect(screen.queryByRole("button", { name: "Start sync" })).not.toBeInTheDocument();
  });
});

describe("a run", () => {
  it("follows a running run to its report", async () => {
    const answers: RunDetail[] = [{ ...detail, status: "running", phase: "parsing", done: 3, total: 10, ended_at: null, report: {} }, detail];
    server.use(route.get(`/data-sources/runs/${RUN_ID}`, () => HttpResponse.json(answers.length > 1 ? answers.shift() : answers[0])));
    renderPage(<SyncRunPage runId={RUN_ID} />);
    expect(await screen.findByRole("progressbar")).toHaveAttribute("aria-valuenow", "3");
    expect(await screen.findByText("What of ours is affected", {}, { timeout: 4000 })).toBeInTheDocument();
    expect(screen.getByText("The server allows 10 requests in 10 minutes.")).toBeInTheDocument();
    expect(screen.getByText("Points nowhere.")).toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("moves tests of a replaced technique with one click", async () => {
    let body: unknown = null;
    server.use(
      route.get(`/data-sources/runs/${RUN_ID}`, () => HttpResponse.json(detail)),
      route.post("/data-sources/mitre_attack/repoint", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json({ from_attack_id: "T1086", to_attack_id: "T1059.001", moved: 1, tests: [] });
      }),
      route.get("/auth/me", () => HttpResponse.json(viewerMe)),
    );
    const { user } = renderPage(<SyncRunPage runId={RUN_ID} />);
    await user.click(await screen.findByRole("button", { name: "Move to T1059.001" }));
    await waitFor(() => expect(body).toEqual({ from_attack_id: "T1086", to_attack_id: "T1059.001" }));
  });

  it("says why it failed and that nothing changed", async () => {
    const failed: RunDetail = { ...detail, status: "failed", report: {}, problems: [], notes: [], error: { code: "older_release", message: "17.1 is older than 18.1." } };
    server.use(route.get(`/data-sources/runs/${RUN_ID}`, () => HttpResponse.json(failed)));
    renderPage(<SyncRunPage runId={RUN_ID} />);
    expect(await screen.findByRole("alert")).toHaveTextContent("17.1 is older than 18.1.older_release. No content was changed.");
  });

  it("reads a report of any completeness", () => {
    expect(readReport({})).toEqual({ preview: false, force: false, changes: [], warnings: [], linksResolved: 0, stubs: 0, problemCount: 0, releases: [], missing: [], unchangedParts: [], incompleteParts: [], byKind: [], upgrade: null, outOfScope: 0 });
    const { upgrade } = readReport(detail.report);
    expect(upgrade?.lists.map((list) => list.kind)).toEqual(["revoked", "added"]);
    expect(repointable(upgrade?.tests ?? []).map(({ from, to, tests }) => [from, to, tests.length, tests[0]?.number])).toEqual([["T1086", "T1059.001", 1, "AT-1001"]]);
  });
});
