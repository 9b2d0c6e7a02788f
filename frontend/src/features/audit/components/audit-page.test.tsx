import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, route, server } from "@/testing/server";
import type { AuditEntry, TrailVerdict } from "@/features/audit/api";
import { AuditPage } from "@/features/audit/components/audit-page";
import { changesOf, dayEnd, dayStart } from "@/features/audit/lib/changes";

const entry: AuditEntry = {
  seq: 7,
  at: "2026-01-01T08:00:00Z",
  actor_id: null,
  actor_label: "admin",
  action: "user.updated",
  subject_kind: "user",
  subject_id: "00000000-0000-4000-8000-000000000002",
  subject_label: "bl-1",
  before: { role: "viewer" },
  after: { role: "blue_lead", auditor: true },
  details: { reason: "joins the team" },
  request_id: "req-9",
  address: "127.0.0.1",
  via: "session",
  hash: "ab".repeat(32),
};

describe("audit log", () => {
  it("lists entries and shows one whole, without accessibility findings", async () => {
    server.use(route.get("/audit-logs", () => HttpResponse.json(page([entry]))));
    const { user } = renderPage(<AuditPage />);
    const open = await screen.findByRole("button", { name: "user.updated" });
    await expectAccessible("light");
    await expectAccessible("dark");
    await user.click(open);
    const panel = screen.getByRole("dialog", { name: "Entry 7" });
    expect(within(panel).getByText("blue_lead")).toBeInTheDocument();
    expect(within(panel).getByText("joins the team")).toBeInTheDocument();
    expect(within(panel).getByText(/2026-01-01 08:00:00 UTC/)).toBeInTheDocument();
    await expectAccessible("dark");
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("dialog")).not.toBeInTheDocument();
  });

  it("asks for whole days and areas", async () => {
    const seen: string[] = [];
    server.use(
      route.get("/audit-logs", ({ request }) => {
        seen.push(decodeURIComponent(new URL(request.url).search));
        return HttpResponse.json(page([]));
      }),
    );
    renderPage(<AuditPage />, { at: "/?from=2026-01-01&to=2026-01-31&action=user.&offset=50" });
    await screen.findByText("No entry matches");
    expect(seen).toEqual(["?limit=50&offset=50&action=user.&from=2026-01-01T00:00:00Z&to=2026-01-31T23:59:59.999Z"]);
  });

  const whole: TrailVerdict = {
    id: "00000000-0000-4000-8000-00000000000a",
    kind: "trail",
    status: "succeeded",
    started_at: "2026-01-01T08:00:00Z",
    ended_at: "2026-01-01T08:00:01Z",
    done: 1204,
    total: 1204,
    intact: true,
    error: null,
    entries: 1204,
    head_seq: 1204,
    head_hash: "x",
    first_at: null,
    last_at: null,
    faults: [],
    facts: null,
    not_proven: ["A deleted tail."],
  };

  it("tells a broken trail from a whole one", async () => {
    let answer = whole;
    server.use(
      route.get("/audit-logs", () => HttpResponse.json(page([entry]))),
      route.post("/audit-logs/verify", () => HttpResponse.json(answer)),
    );
    const { user } = renderPage(<AuditPage />);
    await user.click(screen.getByRole("button", { name: "Check the trail" }));
    expect(await screen.findByText("1,204 entries checked: none was changed, added or left out.")).toBeInTheDocument();
    answer = { ...whole, intact: false, faults: [{ seq: 5, code: "altered", message: "The entry was changed." }] };
    await user.click(screen.getByRole("button", { name: "Check the trail" }));
    expect(await screen.findByText("The entry was changed.")).toBeInTheDocument();
    expect(screen.getByText("The trail is not as it was written; it breaks at entry 5.")).toBeInTheDocument();
  });

  it("waits for a long check with facts and names what is not as recorded", async () => {
    const asked: string[] = [];
    const finding = { kind: "vote", code: "altered", message: "The red vote was changed.", subject_id: "v", test_id: "t", seq: 9 };
    const done: TrailVerdict = { ...whole, kind: "facts", intact: false, facts: { checked: { votes: 2 }, finding_count: 2, findings: [finding] } };
    server.use(
      route.get("/audit-logs", () => HttpResponse.json(page([entry]))),
      route.post("/audit-logs/verify", ({ request }) => {
        asked.push(new URL(request.url).search);
        return HttpResponse.json({ ...whole, kind: "facts", status: "running", intact: null, done: 600, entries: null }, { status: 202 });
      }),
      route.get(`/audit-logs/verifications/${whole.id}`, () => HttpResponse.json(done)),
    );
    const { user } = renderPage(<AuditPage />);
    await user.click(screen.getByRole("button", { name: "Check with facts" }));
    expect(await screen.findByText("The red vote was changed.")).toBeInTheDocument();
    expect(screen.getByText("The trail is whole, but stored facts are not what it says.")).toBeInTheDocument();
    expect(screen.getByText("And 1 more.")).toBeInTheDocument();
    expect(asked).toEqual(["?facts=true"]);
    await expectAccessible("dark");
  });

  it("lays values before and after side by side", () => {
    expect(changesOf({ a: 1, b: null }, { b: "x", c: [1] })).toEqual([
      { field: "a", before: "1", after: null },
      { field: "b", before: "–", after: "x" },
      { field: "c", before: null, after: "[1]" },
    ]);
    expect(dayStart("2026-13-01")).toBeUndefined();
    expect(dayEnd("2026-01-31")).toBe("2026-01-31T23:59:59.999Z");
  });
});
