import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import type { Job, JobRun } from "@/features/jobs/api";
import { JobPage } from "@/features/jobs/components/job-page";
import { JobsPage } from "@/features/jobs/components/jobs-page";

const run: JobRun = { id: "r1", job: "housekeeping", status: "succeeded", trigger: "schedule", started_at: "2026-01-01T00:00:00Z", ended_at: "2026-01-01T00:01:04Z", counts: { orphans_deleted: 3, evidence_missing: 0 }, error: null };
const jobs: Job[] = [
  { name: "housekeeping", title: "Housekeeping", interval_hours: 1, last_run: run, next_run_at: "2026-01-01T01:00:00Z" },
  { name: "coverage_snapshot", title: "Coverage snapshot", interval_hours: 168, last_run: null, next_run_at: null },
  { name: "mitre_sync", title: "MITRE ATT&CK sync", interval_hours: 24, last_run: { ...run, id: "r2", status: "failed", error: "The server did not answer." }, next_run_at: null },
];

it("lists the jobs with how they went, and runs one by hand", async () => {
  let running = false;
  server.use(
    route.get("/system/scheduler", () => HttpResponse.json({ enabled: false, jobs: running ? [{ ...jobs[0], last_run: { ...run, status: "running", ended_at: null } }, ...jobs.slice(1)] : jobs })),
    route.post("/system/scheduler/housekeeping/run", () => {
      running = true;
      return HttpResponse.json({ job: "housekeeping", status: "requested" }, { status: 202 });
    }),
    route.post("/system/scheduler/mitre_sync/run", () => problem(409, "job_running", "The job is running.")),
  );
  const { user } = renderPage(<JobsPage />, { path: "/system/jobs" });
  const row = (await screen.findByRole("rowheader", { name: /^Housekeeping/ })).closest("tr")!;
  expect(within(row).getByText("3 orphans deleted")).toBeInTheDocument();
  expect(within(row).getByText("1 min 4 s")).toBeInTheDocument();
  expect(screen.getByText("The server did not answer.")).toBeInTheDocument();
  expect(screen.getByText("every 7 days")).toBeInTheDocument();
  expect(screen.getByText("The schedule is switched off.")).toBeInTheDocument();
  await expectAccessible("light");
  await user.click(screen.getByRole("button", { name: "Run now: MITRE ATT&CK sync" }));
  expect(await screen.findByText("The job is running.")).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Run now: Housekeeping" }));
  expect(await within(row).findByText("Running")).toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Run now: Housekeeping" })).toBeDisabled();
});

it("shows a job's history, and an empty one", async () => {
  server.use(
    route.get("/system/scheduler", () => HttpResponse.json({ enabled: true, jobs })),
    route.get("/system/scheduler/mitre_sync/runs", () => HttpResponse.json(page([jobs[2]!.last_run, { ...run, id: "r3", trigger: "manual", counts: {} }]))),
    route.get("/system/scheduler/coverage_snapshot/runs", () => HttpResponse.json(page([]))),
  );
  const first = renderPage(<JobPage name="mitre_sync" />);
  expect(await screen.findByText("nothing to do")).toBeInTheDocument();
  expect(screen.getByText("a person")).toBeInTheDocument();
  await expectAccessible("dark");
  first.unmount();
  renderPage(<JobPage name="coverage_snapshot" />);
  expect(await screen.findByText("No run yet")).toBeInTheDocument();
});
