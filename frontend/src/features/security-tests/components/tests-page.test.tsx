import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { expect, it, vi } from "vitest";
import { NewTestPage } from "@/features/security-tests/components/new-test-page";
import { TestsPage } from "@/features/security-tests/components/tests-page";
import { expectAccessible } from "@/testing/axe";
import { adminMe, renderPage, viewerMe } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { aTest, redOne, TEST_ID } from "@/testing/tests";

function serveList(asked: URLSearchParams[] = []) {
  server.use(
    route.get("/tests", ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return HttpResponse.json(page([aTest({ name: "Kerberoasting" })], 120));
    }),
  );
  return asked;
}

it("asks the server for what the address says, and for the next page", async () => {
  const asked = serveList();
  const { user } = renderPage(<TestsPage />, { path: "/tests", at: "/tests?state=in_review&technique=T1558.003&sort=state_since" });
  await screen.findByRole("link", { name: "Kerberoasting" });
  expect(asked[0]?.get("state")).toBe("in_review");
  expect(asked[0]?.get("technique")).toBe("T1558.003");
  expect(asked[0]?.get("sort")).toBe("state_since");
  await user.click(screen.getByRole("button", { name: "Next page" }));
  await waitFor(() => expect(asked.at(-1)?.get("offset")).toBe("50"));
  await user.click(screen.getByRole("button", { name: "Remove the filter Technique: T1558.003" }));
  await waitFor(() => expect(asked.at(-1)?.get("technique")).toBeNull());
  expect(asked.at(-1)?.get("offset")).toBe("0");
});

it("lists the tests behind a cause of misses, shows what narrows it, and saves just those", async () => {
  const asked = serveList();
  vi.stubGlobal("URL", Object.assign(class extends URL {}, { createObjectURL: () => "blob:1", revokeObjectURL: () => undefined }));
  const { user } = renderPage(<TestsPage />, { path: "/tests", at: "/tests?domain=ics&miss_cause=unstated&miss_cause=bad_luck&further_cause=late" });
  await screen.findByRole("link", { name: "Kerberoasting" });
  expect(String(asked[0])).toBe("limit=50&offset=0&sort=-created_at&domain=ics&miss_cause=unstated&further_cause=late");
  expect(screen.getByRole("button", { name: "Remove the filter Domain: ICS" })).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Download CSV" }));
  await waitFor(() => expect(String(asked.at(-1))).toBe("sort=-created_at&domain=ics&miss_cause=unstated&further_cause=late&format=csv"));
  await user.click(screen.getByRole("button", { name: "Remove the filter Also missed for: Seen, but too late" }));
  await user.click(screen.getByRole("button", { name: /^Cause of miss/ }));
  await user.click(screen.getByRole("checkbox", { name: "No rule for it" }));
  await waitFor(() => expect(asked.at(-1)?.getAll("miss_cause")).toEqual(["no_rule", "unstated"]));
});

it("saves a filter under a name and hides a column for next time", async () => {
  serveList();
  const { user } = renderPage(<TestsPage />, { path: "/tests", at: "/tests?state=draft", me: viewerMe });
  await user.click(await screen.findByRole("button", { name: "Save this filter" }));
  await user.type(screen.getByLabelText("Name"), "Drafts{Enter}");
  expect(await screen.findByRole("link", { name: "Drafts" })).toHaveAttribute("aria-current", "page");
  await user.click(screen.getByRole("button", { name: /^Columns/ }));
  await user.click(screen.getByRole("checkbox", { name: "Red" }));
  await waitFor(() => expect(screen.queryByRole("columnheader", { name: "Red" })).not.toBeInTheDocument());
});

it("assigns the chosen tests and lists refusals with their reason", async () => {
  serveList();
  server.use(
    route.get("/users/directory", () => HttpResponse.json(page([{ ...redOne, role: "red_tech" }]))),
    route.post(`/tests/${TEST_ID}/assign`, () => problem(409, "wrong_state", "This is not possible while the test is validated.")),
  );
  const { user } = renderPage(<TestsPage />, { path: "/tests", me: adminMe });
  await user.click(await screen.findByRole("checkbox", { name: "Select AT-1042" }));
  await user.click(screen.getByRole("button", { name: "Assign" }));
  const dialog = await screen.findByRole("dialog", { name: "Assign 1 test" });
  await user.click(within(dialog).getByRole("combobox", { name: "Person" }));
  await user.click(await screen.findByRole("option", { name: /Red One/ }));
  await user.click(within(dialog).getByRole("button", { name: "Assign" }));
  expect(await screen.findByText("AT-1042: This is not possible while the test is validated.")).toBeInTheDocument();
});

it("fills a template's command as its inputs change, and sends them", async () => {
  const template = {
    id: "00000000-0000-4000-8000-000000000500", name: "Task", source: "custom", upstream_id: "custom:1", platforms: ["Windows"], executor: null, elevation_required: false,
    techniques: ["T1053.005"], is_active: true, withdrawn_at: null, tests: 0, description: "", procedure: "schtasks /tn #{task}", cleanup: "schtasks /delete /tn #{task}", url: null,
    dependencies: [{ description: "The task service runs", prereq_command: "sc query #{task}", get_prereq_command: "", executor: "powershell" }], external_references: [], author: null, licence: null, raw: null, source_version: null,
    inputs: [{ name: "task", description: "Name of the task", type: "string", default: "Updater" }], technique_links: [], created_by_id: null, created_at: "2026-05-04T09:00:00Z", updated_at: "2026-05-04T09:00:00Z", version: 1,
  };
  let body: unknown;
  let exported: string[] = [];
  server.use(
    route.get("/techniques", () => HttpResponse.json(page([]))),
    route.get("/techniques/T1053.005", () => HttpResponse.json({ attack_id: "T1053.005", name: "Scheduled Task", tactics: ["execution"], platforms: ["Windows"] })),
    route.get("/test-templates", () => HttpResponse.json(page([template]))),
    route.get(`/test-templates/${template.id}`, () => HttpResponse.json(template)),
    route.get("/environments", () => HttpResponse.json(page([]))),
    route.get("/detection-rules", () => HttpResponse.json(page([{ id: "r1", name: "Task made", source: "sigma", level: "high" }]))),
    route.get(`/test-templates/${template.id}/command`, ({ request }) => {
      exported = new URL(request.url).searchParams.getAll("input");
      return HttpResponse.json({ script: "schtasks /tn Mine", filename: "task.cmd", missing: [] });
    }),
    route.post("/tests", async ({ request }) => {
      body = await request.json();
      return HttpResponse.json(aTest(), { status: 201 });
    }),
  );
  const { user } = renderPage(<NewTestPage />, { path: "/tests/new", at: "/tests/new?technique=T1053.005" });
  await user.click(await screen.findByRole("radio", { name: /^Task/ }));
  const input = await screen.findByLabelText("task");
  await expectAccessible("light");
  await user.clear(input);
  await user.type(input, "Mine");
  expect(screen.getByLabelText("command with these inputs")).toHaveTextContent("schtasks /tn Mine");
  expect(screen.getByLabelText("cleanup with these inputs")).toHaveTextContent("schtasks /delete /tn Mine");
  expect(screen.getByLabelText("check 1")).toHaveTextContent("sc query Mine");
  expect(await screen.findByRole("link", { name: "Task made" })).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Copy script" }));
  await waitFor(() => expect(exported).toEqual(["task=Mine"]));
  await user.click(screen.getByRole("button", { name: "Plan the test" }));
  await waitFor(() => expect(body).toMatchObject({ technique: "T1053.005", template_id: template.id, inputs: { task: "Mine" }, platform: "Windows", procedure: null }));
});

it("has no accessibility findings in the list", async () => {
  serveList();
  renderPage(<TestsPage />, { path: "/tests" });
  await screen.findByRole("link", { name: "Kerberoasting" });
  await expectAccessible("light");
  await expectAccessible("dark");
});
