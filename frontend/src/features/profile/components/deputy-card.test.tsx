import { screen } from "@testing-library/react";
import { HttpResponse } from "msw";
import { expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { adminMe, renderPage } from "@/testing/render";
import { page, route, server } from "@/testing/server";
import { DeputyCard } from "@/features/profile/components/deputy-card";

it("names a deputy until a day, shows who it is, and ends it", async () => {
  const named: unknown[] = [];
  let current: unknown[] = [];
  server.use(
    route.get("/deputies", () => HttpResponse.json(page(current))),
    route.get("/users/directory", () =>
      HttpResponse.json(page([{ id: "00000000-0000-4000-8000-0000000000d1", username: "deputy", full_name: "Deputy Person", role: "viewer", is_active: true }])),
    ),
    route.post("/deputies", async ({ request }) => {
      named.push(await request.json());
      const person = { id: "00000000-0000-4000-8000-0000000000d1", username: "deputy", full_name: "Deputy Person" };
      const until = "2026-12-06T23:59:59Z";
      const row = { id: "d", lead: { id: adminMe.id, username: "lead", full_name: "" }, deputy: person, side: "red", created_at: until, until, reason: "", ended_at: null, active: true };
      current = [row];
      return HttpResponse.json(row, { status: 201 });
    }),
    route.delete("/deputies/:id", () => {
      current = [];
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { user } = renderPage(<DeputyCard />, { me: { ...adminMe, role: "red_lead" } });
  await user.click(await screen.findByRole("combobox", { name: "Deputy" }));
  await user.click(await screen.findByRole("option", { name: /Deputy Person/ }));
  await expectAccessible("light");
  await expectAccessible("dark");
  await user.click(screen.getByRole("button", { name: "Name deputy" }));
  expect(await screen.findByText(/Deputy Person votes in your place until/)).toBeVisible();
  expect(named).toEqual([{ user_id: "00000000-0000-4000-8000-0000000000d1", until: expect.stringMatching(/^\d{4}-\d\d-\d\dT23:59:59Z$/) as string, reason: "" }]);
  await user.click(screen.getByRole("button", { name: "End it now" }));
  expect(await screen.findByRole("combobox", { name: "Deputy" })).toBeVisible();
});
