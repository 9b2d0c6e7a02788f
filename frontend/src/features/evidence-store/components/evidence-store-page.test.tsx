import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, route, server } from "@/testing/server";
import type { StoredEvidence, StoreSummary, StoreVerdict } from "@/features/evidence-store/api";
import { EvidenceStorePage } from "@/features/evidence-store/components/evidence-store-page";

const file: StoredEvidence = {
  id: "00000000-0000-4000-8000-000000000001",
  test_id: "00000000-0000-4000-8000-000000000002",
  test_number: 1001,
  test_name: "Encoded PowerShell",
  round_no: 1,
  side: "red",
  filename: "dump.txt",
  content_type: "text/plain",
  dangerous: true,
  sensitivity: "normal",
  size: 2048,
  sha256: "ab".repeat(32),
  object_key: "cd".repeat(20),
  store: "files",
  status: "altered",
  checked_at: "2026-01-01T08:00:00Z",
  uploaded_by: "red-1",
  uploaded_at: "2026-01-01T07:00:00Z",
  withdrawn_at: null,
};
const summary: StoreSummary = {
  files: 3,
  objects: 3,
  size: 4096,
  withdrawn: 0,
  by_status: { intact: 1, altered: 1, missing: 0, unchecked: 1, purged: 0 },
  oldest_check_at: null,
  last_check: null,
  free_bytes: 1_073_741_824,
};
const run: StoreVerdict = {
  id: "00000000-0000-4000-8000-00000000000a",
  kind: "evidence",
  status: "running",
  started_at: "2026-01-01T08:00:00Z",
  ended_at: null,
  done: 1,
  total: 3,
  intact: null,
  error: null,
  checked: {},
  finding_count: 0,
  findings: [],
};

describe("evidence store", () => {
  it("lists files with their last proof, without accessibility findings", async () => {
    server.use(
      route.get("/evidence", () => HttpResponse.json(page([file]))),
      route.get("/evidence/summary", () => HttpResponse.json(summary)),
    );
    renderPage(<EvidenceStorePage />);
    const row = await screen.findByRole("row", { name: /dump\.txt/ });
    expect(within(row).getByText("Altered")).toBeInTheDocument();
    expect(within(row).getByRole("link", { name: /AT-1001/ })).toHaveAttribute("href", `/tests/${file.test_id}`);
    expect(await screen.findByText("The store was not checked yet.")).toBeInTheDocument();
    expect(screen.getByText(/ free$/)).toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("checks the store and names what is altered, missing or belongs to nothing", async () => {
    const done: StoreVerdict = {
      ...run,
      status: "succeeded",
      ended_at: "2026-01-01T08:00:02Z",
      done: 3,
      intact: false,
      finding_count: 2,
      findings: [
        { kind: "evidence", code: "altered", message: "dump.txt of AT-1001 is not what was uploaded.", subject_id: file.id, test_id: file.test_id, seq: null },
        { kind: "object", code: "orphaned", message: "The store holds an object that belongs to no evidence.", subject_id: "ef".repeat(20), test_id: null, seq: null },
      ],
    };
    server.use(
      route.get("/evidence", () => HttpResponse.json(page([file]))),
      route.get("/evidence/summary", () => HttpResponse.json(summary)),
      route.post("/evidence/verify", () => HttpResponse.json(run, { status: 202 })),
      route.get(`/evidence/verifications/${run.id}`, () => HttpResponse.json(done)),
    );
    const { user } = renderPage(<EvidenceStorePage />);
    await user.click(await screen.findByRole("button", { name: "Check all files" }));
    expect(await screen.findByText("dump.txt of AT-1001 is not what was uploaded.")).toBeInTheDocument();
    expect(screen.getByText("ef".repeat(20))).toBeInTheDocument();
    await expectAccessible("dark");
  });

  it("filters by what the last check found", async () => {
    const seen: string[] = [];
    server.use(
      route.get("/evidence", ({ request }) => {
        seen.push(decodeURIComponent(new URL(request.url).search));
        return HttpResponse.json(page([]));
      }),
      route.get("/evidence/summary", () => HttpResponse.json(summary)),
    );
    const { user } = renderPage(<EvidenceStorePage />, { at: "/?side=red" });
    await screen.findByText("No file matches");
    await user.selectOptions(screen.getByRole("combobox", { name: "Last check" }), "missing");
    await screen.findByText("No file matches");
    expect(seen.at(-1)).toBe("?limit=50&offset=0&status=missing&side=red&sort=-created_at");
  });
});
