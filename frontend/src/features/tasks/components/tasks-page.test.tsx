import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { expect, it } from "vitest";
import { TasksPage } from "@/features/tasks/components/tasks-page";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { aTest, TEST_ID } from "@/testing/tests";

it("groups what waits by what there is to do, oldest first, and starts an attack from here", async () => {
  const asked: URLSearchParams[] = [];
  server.use(
    route.get("/tests", ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return HttpResponse.json(
        page([
          aTest({ id: "00000000-0000-4000-8000-000000000102", number: "AT-2", name: "Younger", state: "in_review", state_since: "2026-05-06T09:00:00Z" }),
          aTest(),
          aTest({ id: "00000000-0000-4000-8000-000000000103", number: "AT-3", name: "Older", state: "in_review", state_since: "2026-05-05T09:00:00Z" }),
        ]),
      );
    }),
    route.post(`/tests/${TEST_ID}/start`, () => problem(403, "not_the_assignee", "Somebody else is assigned.")),
  );
  const { user } = renderPage(<TasksPage />, { path: "/tasks" });
  expect(await screen.findByRole("heading", { name: "Judge (2)" })).toBeInTheDocument();
  expect(asked[0]?.get("waiting_for")).toBe("me");
  const [judge] = screen.getAllByRole("list");
  expect(within(judge!).getAllByRole("link", { name: /Older|Younger/ }).map((link) => link.textContent)).toEqual(["Older", "Younger"]);
  expect(screen.getByRole("link", { name: "Judge the record: AT-3" })).toHaveAttribute("href", "/tests/00000000-0000-4000-8000-000000000103#review");
  await expectAccessible("light");
  await user.click(screen.getByRole("button", { name: "Start the attack: AT-1042" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Somebody else is assigned.");
});

it("says so when nothing waits", async () => {
  server.use(route.get("/tests", () => HttpResponse.json(page([]))));
  renderPage(<TasksPage />, { path: "/tasks" });
  expect(await screen.findByText("Nothing waits for you")).toBeInTheDocument();
  await expectAccessible("dark");
});
