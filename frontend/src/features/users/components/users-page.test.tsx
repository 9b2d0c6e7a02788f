import { screen, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { beforeEach, describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import type { RoleChange, User } from "@/features/users/api";
import { UsersPage } from "@/features/users/components/users-page";

const user: User = {
  id: "00000000-0000-4000-8000-000000000002",
  username: "rt-1",
  full_name: "",
  email: "rt-1@example.test",
  role: "red_tech",
  is_active: true,
  auditor: false,
  must_change_password: false,
  last_login_at: null,
  created_at: "2026-01-01T00:00:00Z",
  role_changed_at: null,
  credentials_changed_at: null,
};
const link = { token: "one-time", path: "/set-password#one-time", expires_at: "2026-01-02T00:00:00Z" };

function open(users: User[] = [user]) {
  server.use(route.get("/users", () => HttpResponse.json(page(users))));
  return renderPage(<UsersPage />);
}

const change: RoleChange = {
  id: "00000000-0000-4000-8000-0000000000c1",
  user: { id: user.id, username: "rt-1", full_name: "" },
  requested_by: { id: "00000000-0000-4000-8000-0000000000a1", username: "boss", full_name: "The Boss" },
  role: "red_lead",
  auditor: true,
  is_active: null,
  created_at: "2026-01-01T00:00:00Z",
  expires_at: "2026-01-08T00:00:00Z",
  allowed_actions: ["confirm", "refuse"],
};

beforeEach(() => server.use(route.get("/users/role-changes", () => HttpResponse.json(page([])))));

describe("users", () => {
  it("lists people without accessibility findings in either theme", async () => {
    open();
    const row = (await screen.findByRole("button", { name: "rt-1" })).closest("tr")!;
    expect(within(row).getByText("Red technician")).toBeInTheDocument();
    expect(within(row).getByText("Never")).toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("sends the filters in the address and offers to clear them", async () => {
    const seen: string[] = [];
    server.use(
      route.get("/users", ({ request }) => {
        seen.push(new URL(request.url).search);
        return HttpResponse.json(page([]));
      }),
    );
    const { user: hand } = renderPage(<UsersPage />, { at: "/?q=rt&role=red_tech" });
    await screen.findByText("No user matches");
    expect(seen).toEqual(["?limit=50&offset=0&q=rt&role=red_tech"]);
    await hand.click(screen.getByRole("button", { name: "Clear filters" }));
    await screen.findByRole("combobox", { name: "Role" });
    expect(screen.getByRole("combobox", { name: "Role" })).toHaveValue("");
  });

  it("creates a user without a password and shows the link once", async () => {
    let body: unknown = null;
    server.use(
      route.post("/users", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json({ ...user, username: "rt-2", one_time_link: link }, { status: 201 });
      }),
    );
    const { user: hand } = open();
    await hand.click(await screen.findByRole("button", { name: "New user" }));
    await expectAccessible("dark");
    await hand.type(screen.getByLabelText(/User name/), "rt-2");
    await hand.selectOptions(within(screen.getByRole("dialog")).getByLabelText("Role"), "red_tech");
    await hand.click(screen.getByRole("button", { name: "Create user" }));
    expect(await screen.findByText("http://localhost:3000/set-password#one-time")).toBeInTheDocument();
    expect(body).toEqual({ username: "rt-2", full_name: "", email: null, role: "red_tech", auditor: false });
    await hand.click(screen.getByRole("button", { name: "Done" }));
    expect(screen.queryByText(/set-password/)).not.toBeInTheDocument();
  });

  it("puts the server's field errors on the fields", async () => {
    server.use(
      route.post("/users", () =>
        problem(422, "invalid", "Check the fields.", { errors: [{ field: "password", message: "Too common.", code: "common_password" }] }),
      ),
    );
    const { user: hand } = open();
    await hand.click(await screen.findByRole("button", { name: "New user" }));
    await hand.type(screen.getByLabelText(/User name/), "rt-2");
    await hand.type(screen.getByLabelText("Initial password"), "password1234");
    await hand.click(screen.getByRole("button", { name: "Create user" }));
    expect(await screen.findByText("Too common.")).toBeInTheDocument();
    expect(screen.getByLabelText("Initial password")).toHaveFocus();
  });

  it("shows in the dialog why the last administrator stays, and the row's menu opens nothing else", async () => {
    server.use(route.delete("/users/:id", () => problem(409, "last_admin", "The last active administrator stays.")));
    const { user: hand } = open();
    await hand.click(await screen.findByRole("button", { name: "Actions for rt-1" }));
    await hand.click(await screen.findByRole("menuitem", { name: "Deactivate" }));
    expect(screen.getAllByRole("dialog")).toHaveLength(1);
    await hand.click(screen.getByRole("button", { name: "Deactivate" }));
    expect(await screen.findByText("The last active administrator stays.")).toBeInTheDocument();
  });

  it("signs a person out everywhere", async () => {
    server.use(route.delete("/users/:id/sessions", () => new HttpResponse(null, { status: 204 })));
    const { user: hand } = open();
    await hand.click(await screen.findByRole("button", { name: "Actions for rt-1" }));
    await hand.click(await screen.findByRole("menuitem", { name: "End sessions" }));
    await hand.click(screen.getByRole("button", { name: "End sessions" }));
    expect(await screen.findByText("rt-1 is signed out everywhere.")).toBeInTheDocument();
  });

  it("says what failed and loads again", async () => {
    let answers = 0;
    server.use(
      route.get("/users", () => {
        answers += 1;
        return answers === 1 ? problem(500, "internal", "It broke.") : HttpResponse.json(page([user]));
      }),
    );
    const { user: hand } = renderPage(<UsersPage />);
    expect(await screen.findByText("req-1")).toBeInTheDocument();
    await hand.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("button", { name: "rt-1" })).toBeInTheDocument();
  });

  it("lets another administrator confirm, and whoever asked withdraw", async () => {
    let waiting: RoleChange[] = [change, { ...change, id: "00000000-0000-4000-8000-0000000000c2", role: null, auditor: null, is_active: false, allowed_actions: ["withdraw"] }];
    const confirmed: unknown[] = [];
    server.use(
      route.get("/users/role-changes", () => HttpResponse.json(page(waiting))),
      route.post("/users/role-changes/:id/confirm", ({ params }) => {
        confirmed.push(params.id);
        waiting = waiting.slice(1);
        return HttpResponse.json({ ...user, role: "red_lead" });
      }),
      route.delete("/users/role-changes/:id", () => problem(409, "role_change_over", "This change was decided.")),
    );
    const { user: hand } = open();
    expect(await screen.findByText(/is to become Red lead and be an auditor/)).toBeInTheDocument();
    expect(screen.getByText(/is to be deactivated/)).toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
    await hand.click(screen.getByRole("button", { name: "Confirm the change of rt-1" }));
    await screen.findByText("rt-1 has the new rights.");
    expect(confirmed).toEqual([change.id]);
    await hand.click(await screen.findByRole("button", { name: "Withdraw the change of rt-1" }));
    expect(await screen.findByText("This change was decided.")).toBeInTheDocument();
  });

  it("says that a new role waits", async () => {
    server.use(route.patch("/users/:id", () => HttpResponse.json(user, { status: 202 })));
    const { user: hand } = open();
    await hand.click(await screen.findByRole("button", { name: "rt-1" }));
    await hand.selectOptions(within(screen.getByRole("dialog")).getByLabelText("Role"), "red_lead");
    await hand.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("The new rights of rt-1 wait for another administrator.")).toBeInTheDocument();
  });
});
