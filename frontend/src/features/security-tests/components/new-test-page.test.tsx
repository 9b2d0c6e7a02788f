import { screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { NewTestPage } from "@/features/security-tests/components/new-test-page";

const ID = "00000000-0000-4000-8000-000000000500";
const AT = { path: "/tests/new", at: `/tests/new?technique=T1053.005&template=${ID}` };

function serve(needsRelease: boolean, asked: URLSearchParams[] = []) {
  const template = {
    id: ID, name: "Task", source: "atomic_red_team", platforms: ["Windows"], executor: null, elevation_required: false, techniques: ["T1053.005"], is_active: true, withdrawn_at: null, tests: 1,
    rank: { fits: true, actors: 4, reason: "Runs on Windows; its technique is used by 4 actors; never tested." },
    procedure: "schtasks", cleanup: "", dependencies: [], inputs: [], needs_release: needsRelease, held_changes: [],
  };
  server.use(
    route.get("/techniques", () => HttpResponse.json(page([]))),
    route.get("/techniques/T1053.005", () => HttpResponse.json({ attack_id: "T1053.005", name: "Scheduled Task", tactics: ["execution"], platforms: ["Windows"] })),
    route.get("/test-templates", ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return HttpResponse.json(page([template], 130));
    }),
    route.get(`/test-templates/${ID}`, () => HttpResponse.json(template)),
    route.get("/environments", () => HttpResponse.json(page([]))),
    route.get("/detection-rules", () => HttpResponse.json(page([]))),
  );
}

it("says why a held template cannot be used", async () => {
  serve(true);
  const { user } = renderPage(<NewTestPage />, AT);
  expect(await screen.findByText("“Task” is held.")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "See what changed" })).toHaveAttribute("href", `/catalog/${ID}`);
  expect(await screen.findByRole("radio", { name: /^Task.*Held/ })).toBeChecked();
  expect(screen.queryByRole("button", { name: "Plan the test" })).not.toBeInTheDocument();
  await expectAccessible("light");
  await user.click(screen.getByRole("radio", { name: "From scratch" }));
  expect(await screen.findByRole("button", { name: "Plan the test" })).toBeInTheDocument();
  expect(screen.queryByText("“Task” is held.")).not.toBeInTheDocument();
});

it("takes the templates as the server ranks them, and shows why", async () => {
  const asked: URLSearchParams[] = [];
  serve(false, asked);
  const { user } = renderPage(<NewTestPage />, { path: "/tests/new", at: "/tests/new?technique=T1053.005" });
  expect(await screen.findByRole("radio", { name: /^Task.*Runs on Windows; its technique is used by 4 actors; never tested\.$/ })).toBeInTheDocument();
  expect(screen.getByText("129 more rank below these; search narrows them.")).toBeInTheDocument();
  await user.selectOptions(screen.getByRole("combobox", { name: "Platform of the template" }), "Windows");
  await waitFor(() => expect(asked.map((params) => [params.get("sort"), params.get("fit")])).toEqual([["rank", null], ["rank", "Windows"]]));
  await expectAccessible("dark");
});

it("says so too when the template was held meanwhile", async () => {
  serve(false);
  server.use(route.post("/tests", () => problem(409, "release_needed", "Its publisher changed what this template runs.")));
  const { user } = renderPage(<NewTestPage />, AT);
  await user.click(await screen.findByRole("button", { name: "Plan the test" }));
  expect(await screen.findByText("Its publisher changed what this template runs.")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "See what changed" })).toHaveAttribute("href", `/catalog/${ID}`);
});
