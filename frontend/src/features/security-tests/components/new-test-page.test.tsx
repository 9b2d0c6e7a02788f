import { screen } from "@testing-library/react";
import { HttpResponse } from "msw";
import { expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { NewTestPage } from "@/features/security-tests/components/new-test-page";

const ID = "00000000-0000-4000-8000-000000000500";
const AT = { path: "/tests/new", at: `/tests/new?technique=T1053.005&template=${ID}` };

function serve(needsRelease: boolean) {
  const template = {
    id: ID, name: "Task", source: "atomic_red_team", platforms: ["Windows"], executor: null, elevation_required: false, techniques: ["T1053.005"], is_active: true, withdrawn_at: null, tests: 1,
    procedure: "schtasks", cleanup: "", dependencies: [], inputs: [], needs_release: needsRelease, held_changes: [],
  };
  server.use(
    route.get("/techniques", () => HttpResponse.json(page([]))),
    route.get("/techniques/T1053.005", () => HttpResponse.json({ attack_id: "T1053.005", name: "Scheduled Task", tactics: ["execution"], platforms: ["Windows"] })),
    route.get("/test-templates", () => HttpResponse.json(page([template]))),
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

it("says so too when the template was held meanwhile", async () => {
  serve(false);
  server.use(route.post("/tests", () => problem(409, "release_needed", "Its publisher changed what this template runs.")));
  const { user } = renderPage(<NewTestPage />, AT);
  await user.click(await screen.findByRole("button", { name: "Plan the test" }));
  expect(await screen.findByText("Its publisher changed what this template runs.")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "See what changed" })).toHaveAttribute("href", `/catalog/${ID}`);
});
