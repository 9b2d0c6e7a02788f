import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import type { Finding } from "@/api/findings";
import type { FindingDetail } from "@/features/findings/api";
import { FindingPage } from "@/features/findings/components/finding-page";
import { FindingsPage } from "@/features/findings/components/findings-page";
import { expectAccessible } from "@/testing/axe";
import { adminMe, renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { aTest } from "@/testing/tests";

const at = "2026-01-01T00:00:00Z";
const person = { id: "00000000-0000-4000-8000-000000000b02", username: "red.lead", full_name: "" };
const place = { id: "00000000-0000-4000-8000-000000000b03", name: "Plant North" };
const finding: Finding = {
  ...{ id: "00000000-0000-4000-8000-000000000b01", number: "F-1001", title: "Process logs do not arrive", cause: "not_forwarded", tool: null, severity: "high" },
  ...{ owner: "log_platform", owner_person: null, due_on: "2025-12-31", overdue: true, external_ticket: null, status: "in_remediation", status_since: at, opened_at: at },
  ...{ remediated_at: null, proven_at: null, closed_at: null, version: 3, result_count: 2, environments: ["Plant North"], techniques: ["T1059.001"] },
  ...{ step_counts: { total: 2, open: 1, done: 1 }, accepted_until: null },
};
const step = {
  ...{ id: "s1", finding_id: finding.id, no: 1, title: "Mend the forwarder", description: "", side: "blue" as const, status: "open" as const, assignee: null, due_on: null },
  ...{ overdue: false, notes: "", created_by: person, created_at: at, done_at: null, done_by: null, version: 1, allowed_actions: ["edit" as const, "set_status" as const] },
};
const detail: FindingDetail = {
  ...finding,
  description: "",
  opened_by: null,
  closed_by: null,
  close_reason: null,
  merged_into: null,
  retest_limit: 3,
  results: [
    {
      ...{ test_id: "t1", number: "AT-1001", name: "Encoded command", technique: "T1059.001", technique_name: "PowerShell", environment: place, platform: "Windows" },
      ...{ detection: "not_detected", expected: "detected", miss_cause: "not_forwarded", executed_at: at, decided_at: at, proven_at: null, accepted: false, retests_used: 1 },
    },
  ],
  retests: [
    {
      ...{ test_id: "t2", number: "AT-1002", name: "Encoded command", origin_id: "t1", generation: 1, automatic: true, state: "validated", detection: "not_detected" },
      ...{ proves: false, executed_at: at, decided_at: at, archived: false, annulled: false },
    },
  ],
  steps: [step],
  acceptances: [],
  acceptance_request: { requested_by: person, requested_at: at, reason: "Replaced next spring", environment: null, until: "2026-06-30T23:59:59Z", expires_at: at },
  allowed_actions: ["edit", "add_step", "close", "merge", "confirm_risk", "refuse_risk"],
};

const lead = { ...adminMe, permissions: [...adminMe.permissions, "finding:manage" as const] };
const miss = aTest({ state: "validated", detection: "not_detected", meets_expectation: false });

function serve(sent: unknown[]) {
  server.use(
    route.get(`/findings/${finding.id}`, () => HttpResponse.json(detail)),
    route.get(`/findings/${finding.id}/timeline`, () =>
      HttpResponse.json(page([{ at, event: "opened", actor: "", from_status: null, to_status: "open", reason: null, details: {} }])),
    ),
    route.patch(`/findings/${finding.id}/steps/s1`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ ...step, status: "done" });
    }),
    route.post(`/findings/${finding.id}/accept-risk`, async ({ request }) => {
      sent.push(await request.json());
      return problem(403, "own_work", "Who asked does not confirm.");
    }),
  );
}

describe("findings", () => {
  beforeEach(() => server.use(route.get("/environments", () => HttpResponse.json(page([])))));

  it("lists them with what is late, and asks with the filters of the address", async () => {
    const asked: string[] = [];
    server.use(
      route.get("/findings", ({ request }) => {
        asked.push(new URL(request.url).search);
        return HttpResponse.json(page([finding]));
      }),
    );
    const { user } = renderPage(<FindingsPage />, { path: "/", at: "/?open=true" });
    expect(await screen.findByRole("link", { name: /Process logs do not arrive/ })).toHaveAttribute("href", `/findings/${finding.id}`);
    expect(screen.getByText("1 of 2")).toBeInTheDocument();
    await expectAccessible("light");
    await user.click(screen.getByRole("checkbox", { name: "Overdue" }));
    expect(await screen.findByText("Telemetry not forwarded")).toBeInTheDocument();
    expect(asked).toEqual(["?open=true&limit=50&offset=0", "?open=true&overdue=true&limit=50&offset=0"]);
    await expectAccessible("dark");
    expect(screen.queryByRole("button", { name: "New finding" })).not.toBeInTheDocument();
  });

  it("opens one by hand on results below expectation", async () => {
    const sent: unknown[] = [];
    server.use(
      route.get("/findings", () => HttpResponse.json(page([]))),
      route.get("/users/directory", () => HttpResponse.json(page([]))),
      route.get("/tests", () => HttpResponse.json(page([miss, aTest({ id: "t8", name: "Met it", state: "validated", detection: "detected", meets_expectation: true })]))),
      route.post("/findings", async ({ request }) => {
        sent.push(await request.json());
        return sent.length === 1 ? problem(409, "in_settled_finding", "A result belongs to a finding that is closed or accepted.") : HttpResponse.json(detail, { status: 201 });
      }),
    );
    const { user } = renderPage(<FindingsPage />, { me: lead });
    await user.click(await screen.findByRole("button", { name: "New finding" }));
    const dialog = await screen.findByRole("dialog", { name: "New finding" });
    expect(await within(dialog).findByRole("checkbox", { name: /AT-1042/ })).toBeInTheDocument();
    expect(within(dialog).queryByRole("checkbox", { name: /Met it/ })).not.toBeInTheDocument();
    await expectAccessible("dark");
    await user.click(within(dialog).getByRole("button", { name: "Open the finding" }));
    expect(await within(dialog).findByText("Choose at least one.")).toBeInTheDocument();
    await user.click(within(dialog).getByRole("checkbox", { name: /AT-1042/ }));
    await user.type(within(dialog).getByLabelText("Title"), "Forwarder is down");
    await user.selectOptions(within(dialog).getByLabelText("Severity"), "Critical");
    await user.click(within(dialog).getByRole("button", { name: "Open the finding" }));
    expect(await within(dialog).findByText("A result belongs to a finding that is closed or accepted.")).toBeInTheDocument();
    await user.click(within(dialog).getByRole("button", { name: "Open the finding" }));
    expect(await screen.findByText("elsewhere")).toBeInTheDocument();
    expect(sent[1]).toEqual({ test_ids: [miss.id], title: "Forwarder is down", severity: "critical" });
  });
});

describe("a finding", () => {
  it("shows what proves it and lets its steps be done", async () => {
    const sent: unknown[] = [];
    serve(sent);
    const { user } = renderPage(<FindingPage id={finding.id} />);
    expect(await screen.findByRole("heading", { name: "Process logs do not arrive" })).toBeInTheDocument();
    expect(screen.getByText("1 of 3 retests")).toBeInTheDocument();
    expect(await screen.findByText("Opened", { selector: "li p" })).toBeInTheDocument();
    await expectAccessible("light");
    await user.click(screen.getByRole("checkbox", { name: "Mend the forwarder: done" }));
    expect(sent).toEqual([{ version: 1, status: "done" }]);
    await user.click(screen.getByRole("button", { name: "Confirm" }));
    expect(await screen.findByText("Who asked does not confirm.")).toBeInTheDocument();
    expect(sent[1]).toEqual({ decision: "accept" });
    await expectAccessible("dark");
  });

  it("changes what is said of it; another cause takes a reason", async () => {
    let body: unknown;
    serve([]);
    server.use(
      route.get("/users/directory", () => HttpResponse.json(page([]))),
      route.patch(`/findings/${finding.id}`, async ({ request }) => {
        body = await request.json();
        return problem(409, "stale_version", "Somebody changed it in the meantime.");
      }),
    );
    const { user } = renderPage(<FindingPage id={finding.id} />);
    await user.click(await screen.findByRole("button", { name: "Change" }));
    const dialog = await screen.findByRole("dialog", { name: "Change F-1001" });
    await user.selectOptions(within(dialog).getByLabelText("Cause"), "No rule for it");
    await user.type(within(dialog).getByLabelText(/^Reason/), "Logs arrive");
    await user.click(within(dialog).getByRole("button", { name: "Save" }));
    expect(await within(dialog).findByText("Somebody changed it in the meantime.")).toBeInTheDocument();
    expect(body).toMatchObject({ version: 3, cause: "no_rule", reason: "Logs arrive", owner_id: null, due_on: "2025-12-31" });
  });

  it("takes over another one and results of others", async () => {
    const sent: unknown[] = [];
    serve([]);
    server.use(
      route.get("/findings", () => HttpResponse.json(page([finding, { ...finding, id: "f2", number: "F-1002", title: "The same elsewhere" }]))),
      route.get("/tests", () => HttpResponse.json(page([miss, { ...miss, id: "t1", name: "Here already" }]))),
      route.post(`/findings/${finding.id}/merge`, async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(detail);
      }),
      route.post(`/findings/${finding.id}/results`, async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(detail);
      }),
    );
    const { user } = renderPage(<FindingPage id={finding.id} />);
    await user.click(await screen.findByRole("button", { name: "Merge" }));
    await user.click(screen.getByRole("combobox", { name: "The other finding" }));
    expect(screen.queryByRole("option", { name: /F-1001/ })).not.toBeInTheDocument();
    await user.click(await screen.findByRole("option", { name: /F-1002/ }));
    await user.click(screen.getByRole("button", { name: "Merge them" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
    await user.click(screen.getByRole("button", { name: "Add results" }));
    expect(await screen.findByRole("checkbox", { name: /AT-1042 Encoded/ })).toBeInTheDocument();
    expect(screen.queryByRole("checkbox", { name: /Here already/ })).not.toBeInTheDocument();
    await user.click(screen.getByRole("checkbox", { name: /AT-1042 Encoded/ }));
    await expectAccessible("light");
    await user.click(screen.getByRole("button", { name: "Move them here" }));
    await waitFor(() => expect(sent).toEqual([{ finding_id: "f2" }, { test_ids: [miss.id] }]));
  });
});
