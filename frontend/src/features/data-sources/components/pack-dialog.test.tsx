import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { afterEach, expect, it, vi } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage, viewerMe } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import type { Pack } from "@/features/data-sources/api";
import { DataSourcesPage } from "@/features/data-sources/components/data-sources-page";

const RUN_ID = "00000000-0000-4000-8000-000000000100";
const SHA = "9f85cf3e54b0cbdd6c702375c555273913eff442";
const FILE = new File(["tar"], "content.pack");

const pack: Pack = {
  name: "content-2026-11-20",
  made_at: "2026-11-20T10:00:00+00:00",
  trust: "unsigned",
  key: null,
  files: [
    { source: "mitre_attack", part: "enterprise", file: "enterprise.json.gz", size: 5_000_000, sha256: "a".repeat(64), release: "18.1", origin: "https://example.org/enterprise", held_release: "17.1", same: false },
    { source: "sigma", part: "all", file: "sigma.tar.gz", size: 2_000_000, sha256: "b".repeat(64), release: SHA, origin: "https://example.org/sigma", held_release: SHA, same: true },
  ],
  runs: [],
};
const runs: Pack["runs"] = [
  { id: RUN_ID, source: "mitre_attack", status: "queued" },
  { id: "r2", source: "sigma", status: "queued" },
];

afterEach(() => vi.restoreAllMocks());

/** Answers every upload from a list, and keeps what was asked: the query, then the names and texts of the form. */
function serve(...answers: (() => Response)[]) {
  const asked: string[][] = [];
  // The body does not reach the handler whole: forms of jsdom are not those of the request.
  const append = vi.spyOn(FormData.prototype, "append");
  server.use(
    route.get("/data-sources", () => HttpResponse.json(page([]))),
    route.post("/auth/refresh", () => HttpResponse.json({ access_token: "new", expires_in: 900 })),
    route.post("/data-sources/packs", ({ request }) => {
      asked.push([new URL(request.url).search, ...append.mock.calls.map(([name, value]: readonly [string, unknown, ...unknown[]]) => (typeof value === "string" ? `${name}=${value}` : name))]);
      append.mockClear();
      return answers.shift()?.() ?? problem(500, "unasked", "Asked too often.");
    }),
  );
  return asked;
}

const open = async () => {
  const { user } = renderPage(<DataSourcesPage />, { path: "/system/data-sources" });
  await user.click(await screen.findByRole("button", { name: "Upload a pack" }));
  const dialog = within(await screen.findByRole("dialog", { name: "Upload a content pack" }));
  await user.upload(dialog.getByLabelText(/^File/), FILE);
  return { user, dialog };
};

it("shows what an unsigned pack is before it is imported, asks for its name, and leads to its runs", async () => {
  const asked = serve(
    () => HttpResponse.json(pack),
    () => HttpResponse.json({ ...pack, runs }, { status: 202 }),
  );
  const { user, dialog } = await open();
  await user.click(dialog.getByRole("button", { name: "Look at it" }));
  expect(await dialog.findByText("This pack cannot be trusted.")).toBeInTheDocument();
  expect(dialog.getByText("Unsigned")).toBeInTheDocument();
  expect(dialog.getByText("2026-11-20 10:00:00 UTC")).toBeInTheDocument();
  expect(dialog.getByText("2 files, 7.0 MB")).toBeInTheDocument();
  const rows = dialog.getAllByRole("row");
  expect(rows[1]).toHaveTextContent(/MITRE ATT&CK, Enterprise.*18\.1.*17\.1.*5\.0 MB/);
  expect(rows[2]).toHaveTextContent(/Sigma.*9f85cf3e54.*the same file/);
  await expectAccessible("light");
  await user.type(dialog.getByLabelText(/^Type content-2026-11-20/), "content");
  await user.click(dialog.getByRole("button", { name: "Upload and import" }));
  expect(await dialog.findByText("This is not the pack's name.")).toBeInTheDocument();
  await user.type(dialog.getByLabelText(/^Type content-2026-11-20/), "-2026-11-20");
  await user.click(dialog.getByRole("button", { name: "Upload and import" }));
  expect(await dialog.findByRole("link", { name: "MITRE ATT&CK" })).toHaveAttribute("href", `/system/mitre-sync/runs/${RUN_ID}`);
  expect(dialog.getByRole("link", { name: "Sigma" })).toHaveAttribute("href", "/system/data-sources/runs/r2");
  expect(asked).toEqual([
    ["?check=true", "file"],
    ["", "confirm=content-2026-11-20", "file"],
  ]);
  await expectAccessible("dark");
});

it("asks for no word for a trusted pack, and shows what the server refuses", async () => {
  const asked = serve(
    () => HttpResponse.json({ ...pack, trust: "trusted", key: "c2lnbmVk" }),
    () => problem(409, "sync_running", "A sync of this source is queued or running."),
  );
  const { user, dialog } = await open();
  await user.click(dialog.getByRole("button", { name: "Look at it" }));
  expect(await dialog.findByText("Trusted")).toBeInTheDocument();
  expect(dialog.getByText("c2lnbmVk")).toBeInTheDocument();
  expect(dialog.queryByLabelText(/^Type/)).not.toBeInTheDocument();
  await user.click(dialog.getByRole("checkbox", { name: /^Force/ }));
  await user.click(dialog.getByRole("button", { name: "Upload and import" }));
  expect(await dialog.findByText("A sync of this source is queued or running.")).toBeInTheDocument();
  expect(asked[1]).toEqual(["?force=true", "file"]);
});

it("previews a pack of an unknown key without its name, and starts anew with another file", async () => {
  const asked = serve(
    () => HttpResponse.json({ ...pack, trust: "unknown_key", key: "c2lnbmVk", made_at: "yesterday" }),
    () => problem(422, "pack_damaged", "The file sigma.tar.gz of the pack is damaged."),
  );
  const { user, dialog } = await open();
  await user.click(dialog.getByRole("button", { name: "Look at it" }));
  expect(await dialog.findByText("Unknown key")).toBeInTheDocument();
  expect(dialog.getByText("yesterday")).toBeInTheDocument();
  await user.click(dialog.getByRole("checkbox", { name: /^Only preview/ }));
  expect(dialog.queryByLabelText(/^Type/)).not.toBeInTheDocument();
  await user.click(dialog.getByRole("button", { name: "Upload and preview" }));
  expect(await dialog.findByText("The file sigma.tar.gz of the pack is damaged.")).toBeInTheDocument();
  expect(asked[1]).toEqual(["?dry_run=true", "file"]);
  await user.upload(dialog.getByLabelText(/^File/), new File(["other"], "other.pack"));
  expect(await dialog.findByRole("button", { name: "Look at it" })).toBeInTheDocument();
  expect(dialog.queryByText("Unknown key")).not.toBeInTheDocument();
});

it("is not offered to whoever may not manage content", async () => {
  server.use(route.get("/data-sources", () => HttpResponse.json(page([]))));
  renderPage(<DataSourcesPage />, { path: "/system/data-sources", me: viewerMe });
  expect(await screen.findByText("No data source")).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Upload a pack" })).not.toBeInTheDocument();
});
