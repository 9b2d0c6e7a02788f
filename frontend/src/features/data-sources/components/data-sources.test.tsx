import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import type { DataSource, Run, RunDetail } from "@/features/data-sources/api";
import { DataSourcesPage } from "@/features/data-sources/components/data-sources-page";
import { SourcePage } from "@/features/data-sources/components/source-page";
import { SyncRunPage } from "@/features/data-sources/components/sync-run-page";

const RUN_ID = "00000000-0000-4000-8000-000000000100";
const SHA = "9f85cf3e54b0cbdd6c702375c555273913eff442";

function aRun(over: Partial<Run> = {}): Run {
  return {
    id: RUN_ID,
    source: "atomic_red_team",
    status: "succeeded",
    phase: "done",
    done: 10,
    total: 10,
    counts: { read: 10, added: 4, updated: 3, unchanged: 2, removed: 5, skipped: 1 },
    way: "github",
    error: null,
    created_at: "2026-01-01T00:00:00Z",
    started_at: "2026-01-01T00:00:00Z",
    ended_at: "2026-01-01T00:00:12Z",
    requested_by_id: null,
    ...over,
  };
}

const part = (name: string) => ({ name, wanted: true, release: SHA, summary: false, way: "github", origin: null, loaded_at: "2026-01-01T00:00:00Z" });

function aSource(over: Partial<DataSource> = {}): DataSource {
  return {
    name: "atomic_red_team",
    title: "Atomic Red Team",
    url: "https://atomicredteam.io/",
    licence: "MIT, © Red Canary, Inc.",
    ways: ["offline", "github"],
    enabled: true,
    interval_hours: 168,
    items: { template: 1819, blueprint: 1 },
    auto: true,
    base_url: null,
    default_base_url: "https://api.github.com",
    domains: ["all"],
    parts: [part("all")],
    version: SHA,
    last_success_at: "2026-01-01T00:00:00Z",
    next_run_at: "2026-01-08T00:00:00Z",
    last_run: aRun(),
    ...over,
  };
}

const compliance = aSource({ name: "compliance", title: "Compliance mappings", domains: ["oscal", "mappings"], parts: [part("oscal"), part("mappings")], version: null, last_run: null, next_run_at: null });
const serve = (...items: DataSource[]) => server.use(route.get("/data-sources", () => HttpResponse.json(page(items))));

it("shows each source with version, counts and schedule, and syncs one in place", async () => {
  const running = aRun({ status: "running", phase: "parsing", done: 3, ended_at: null });
  const first = aSource();
  let current = first;
  server.use(
    route.get("/data-sources", () => HttpResponse.json(page([current, compliance]))),
    route.post("/data-sources/atomic_red_team/sync", () => {
      current = { ...first, last_run: running };
      return HttpResponse.json({ id: RUN_ID, status: "queued" }, { status: 202 });
    }),
  );
  const { user } = renderPage(<DataSourcesPage />, { path: "/system/data-sources" });
  const tile = await screen.findByRole("region", { name: "Atomic Red Team" });
  expect(within(tile).getByText("9f85cf3e54")).toBeInTheDocument();
  expect(within(tile).getByText("10 read: 4 added, 3 updated, 5 removed, 1 skipped")).toBeInTheDocument();
  expect(within(tile).getByRole("link", { name: "1,819 templates" })).toHaveAttribute("href", "/catalog?source=atomic_red_team");
  expect(within(tile).getByText("every 7 days")).toBeInTheDocument();
  expect(within(screen.getByRole("region", { name: "Compliance mappings" })).getByText("never")).toBeInTheDocument();
  await expectAccessible("light");
  await user.click(within(tile).getByRole("button", { name: "Sync now Atomic Red Team" }));
  expect(await within(tile).findByRole("progressbar")).toHaveAttribute("aria-valuenow", "3");
  expect(within(tile).getByRole("button", { name: "Sync now Atomic Red Team" })).toBeDisabled();
});

it("asks for a preview and for settings, and shows what the server refuses", async () => {
  const bodies: unknown[] = [];
  serve(aSource(), compliance);
  server.use(
    route.post("/data-sources/compliance/sync", async ({ request }) => {
      bodies.push(await request.json());
      return problem(409, "sync_running", "A sync of this source is queued or running.");
    }),
    route.patch("/data-sources/compliance", async ({ request }) => {
      bodies.push(await request.json());
      return HttpResponse.json(compliance);
    }),
  );
  const { user } = renderPage(<DataSourcesPage />, { path: "/system/data-sources" });
  const tile = await screen.findByRole("region", { name: "Compliance mappings" });
  await user.click(within(tile).getByRole("button", { name: "More Compliance mappings" }));
  await user.click(await screen.findByRole("menuitem", { name: "Preview a sync…" }));
  await user.click(await screen.findByRole("checkbox", { name: "NIST catalogues (OSCAL)" }));
  await user.click(screen.getByRole("button", { name: "Start preview" }));
  expect(await screen.findByText("A sync of this source is queued or running.")).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  await user.click(within(tile).getByRole("button", { name: "More Compliance mappings" }));
  await user.click(await screen.findByRole("menuitem", { name: "Settings…" }));
  const dialog = await screen.findByRole("dialog", { name: "Settings of Compliance mappings" });
  await expectAccessible("light");
  await user.clear(within(dialog).getByLabelText("Hours between scheduled syncs"));
  await user.type(within(dialog).getByLabelText("Hours between scheduled syncs"), "24");
  await user.type(within(dialog).getByLabelText("Base address"), "https://github.example/api/v3");
  await user.click(within(dialog).getByRole("checkbox", { name: /^Switched on/ }));
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  expect(bodies).toEqual([
    { domains: ["mappings"], way: null, force: false, dry_run: true },
    { enabled: false, auto: true, interval_hours: 24, base_url: "https://github.example/api/v3", domains: ["oscal", "mappings"] },
  ]);
});

it("syncs all that rest and names what was refused", async () => {
  serve(aSource(), compliance, aSource({ name: "sigma", title: "Sigma", enabled: false }));
  server.use(
    route.post("/data-sources/atomic_red_team/sync", () => HttpResponse.json({ id: RUN_ID, status: "queued" }, { status: 202 })),
    route.post("/data-sources/compliance/sync", () => problem(409, "sync_running", "A sync of this source is queued or running.")),
  );
  const { user } = renderPage(<DataSourcesPage />, { path: "/system/data-sources" });
  await screen.findByRole("region", { name: "Sigma" });
  await user.click(screen.getByRole("button", { name: "Sync all" }));
  expect(await screen.findByText("Compliance mappings: A sync of this source is queued or running.")).toBeInTheDocument();
});

it("says that the sources could not be loaded, and tries again", async () => {
  let failing = true;
  server.use(route.get("/data-sources", () => (failing ? problem(503, "unavailable", "The database is away.") : HttpResponse.json(page([aSource()])))));
  const { user } = renderPage(<DataSourcesPage />, { path: "/system/data-sources" });
  const again = await screen.findByRole("button", { name: "Try again" });
  failing = false;
  await user.click(again);
  expect(await screen.findByRole("region", { name: "Atomic Red Team" })).toBeInTheDocument();
});

it("shows one source with its runs", async () => {
  server.use(
    route.get("/data-sources/atomic_red_team", () => HttpResponse.json(aSource())),
    route.get("/data-sources/atomic_red_team/runs", () => HttpResponse.json(page([aRun(), aRun({ id: "r2", status: "failed", error: { code: "not_found", message: "404" } })]))),
  );
  renderPage(<SourcePage name="atomic_red_team" />);
  expect(await screen.findByRole("heading", { level: 1, name: "Atomic Red Team" })).toBeInTheDocument();
  expect(await screen.findByText("Failed")).toBeInTheDocument();
  await expectAccessible("light");
});

it("reports a preview: the sum, what would change, and the first of what was left out", async () => {
  const detail: RunDetail = {
    ...aRun(),
    problems: [{ path: "atomics/T1.yaml#2", code: "no_command", message: "Nothing to run." }],
    notes: [],
    report: {
      preview: true,
      problem_count: 7,
      stubs: 2,
      links_resolved: 1652,
      by_kind: { template: { added: 4, updated: 3, unchanged: 2, removed: 5, skipped: 1 } },
      changes: { added: [{ key: "atomic:1", kind: "template", name: "Dump it" }], moved: [{ key: "atomic:2", kind: "template", before: ["T1562.001"], after: ["T1685"] }], updated: [], removed: [] },
    },
  };
  server.use(route.get(`/data-sources/runs/${RUN_ID}`, () => HttpResponse.json(detail)));
  renderPage(<SyncRunPage runId={RUN_ID} />);
  expect(await screen.findByText("A preview: nothing was changed.")).toBeInTheDocument();
  expect(screen.getByText("10 read = 4 added + 3 updated + 2 unchanged + 1 skipped. 5 held before and no longer published: removed.")).toBeInTheDocument();
  expect(screen.getByText("7 left out, the first 1 shown. The rest of the content is in.")).toBeInTheDocument();
  expect(screen.getByText("and 3 more")).toBeInTheDocument();
  expect(screen.getByText("T1562.001 → T1685")).toBeInTheDocument();
  expect(screen.getByText("1,652")).toBeInTheDocument();
  await expectAccessible("light");
});
