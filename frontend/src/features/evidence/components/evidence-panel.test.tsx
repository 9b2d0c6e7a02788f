import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { expect, it } from "vitest";
import { EvidenceNote, EvidencePanel } from "@/features/evidence/components/evidence-panel";
import type { Evidence } from "@/features/evidence/api";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { aTest, redOne, TEST_ID } from "@/testing/tests";

const HASH = "a".repeat(64);
const aFile = (changes: Partial<Evidence> = {}): Evidence => ({
  id: "00000000-0000-4000-8000-000000000600", test_id: TEST_ID, team: "red", round: 1, filename: "run.log", content_type: "text/plain", size: 1400, sha256: HASH, dangerous: false, late: false,
  caption: "", notes: "", sensitivity: "normal", collected_at: null, collected_from: null, carried: false, uploaded_by: redOne, uploaded_at: "2026-05-04T09:40:00Z", withdrawn_at: null, withdrawn_by: null, withdraw_reason: null,
  ...changes,
});
const open = aTest({ state: "red_executing", allowed_actions: ["add_evidence_red"] });
const base = `/tests/${TEST_ID}/evidence`;

function show(files: Evidence[]) {
  server.use(route.get(base, () => HttpResponse.json(page(files))));
  return renderPage(<EvidencePanel test={open} team="red" />);
}

it("lists files with hash, person and marks, and asks before a dangerous one is fetched", async () => {
  const { user } = show([aFile({ filename: "payload.exe", content_type: "application/x-dosexec", dangerous: true, late: true }), aFile({ id: "00000000-0000-4000-8000-000000000601", team: "blue", filename: "theirs.png" })]);
  expect(await screen.findByText("Dangerous to open")).toBeInTheDocument();
  expect(screen.getByText("Late: after the hand-over")).toBeInTheDocument();
  expect(screen.queryByText("theirs.png")).not.toBeInTheDocument();
  await expectAccessible("light");
  await user.click(screen.getByRole("button", { name: "Actions for payload.exe" }));
  await user.click(screen.getByRole("menuitem", { name: "Download" }));
  expect(await screen.findByRole("dialog", { name: "Opening this file could run something" })).toHaveTextContent(".danger");
});

it("says whether a file is what was uploaded", async () => {
  server.use(
    route.post(`${base}/${aFile().id}/verify`, () =>
      HttpResponse.json({ intact: false, sha256: "b".repeat(64), expected_sha256: HASH, size: 1400, checked_at: "2026-05-04T10:00:00Z", cached: false }),
    ),
  );
  const { user } = show([aFile()]);
  await user.click(await screen.findByRole("button", { name: "Actions for run.log" }));
  await user.click(screen.getByRole("menuitem", { name: "Verify the hash" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Altered: the stored file is not what was uploaded");
});

it("withdraws with a reason and shows a refusal inside the dialog", async () => {
  server.use(route.post(`${base}/${aFile().id}/withdraw`, () => problem(409, "voting_started", "A lead has voted; the records of this round are closed.")));
  const { user } = show([aFile()]);
  await user.click(await screen.findByRole("button", { name: "Actions for run.log" }));
  await user.click(screen.getByRole("menuitem", { name: "Withdraw" }));
  const dialog = await screen.findByRole("dialog", { name: "Withdraw this file" });
  await user.click(within(dialog).getByRole("button", { name: "Withdraw" }));
  expect(await within(dialog).findByText("Say why in a few words.")).toBeInTheDocument();
  await user.type(within(dialog).getByLabelText(/Reason/), "Wrong host");
  await user.click(within(dialog).getByRole("button", { name: "Withdraw" }));
  expect(await within(dialog).findByText(/A lead has voted/)).toBeInTheDocument();
});

it("sends files one by one, shows the hash of what is stored and why another is not", async () => {
  let sent = 0;
  server.use(
    route.post("/auth/refresh", () => HttpResponse.json({ access_token: "t", token_type: "bearer", expires_in: 900, user: {} })),
    route.post(base, () => {
      sent += 1;
      return sent === 2 ? problem(413, "too_large", "The file is larger than allowed.") : HttpResponse.json(aFile(), { status: 201 });
    }),
  );
  const { user } = show([]);
  await screen.findByText("No evidence yet.");
  await user.upload(screen.getByTestId("files-red"), [new File(["x"], "run.log"), new File(["y"], "big.bin")]);
  const uploads = await screen.findByRole("list", { name: "Uploads" });
  await waitFor(() => expect(uploads).toHaveTextContent(HASH));
  expect(await within(uploads).findByRole("alert")).toHaveTextContent("Not stored: The file is larger than allowed.");
});

it("says in words that a side has no evidence", async () => {
  server.use(route.get(base, () => HttpResponse.json(page([aFile({ withdrawn_at: "2026-05-04T10:00:00Z" })]))));
  renderPage(<EvidenceNote test={open} team="red" />);
  expect(await screen.findByText("No evidence: the red side’s record stands on its word alone.")).toBeInTheDocument();
});
