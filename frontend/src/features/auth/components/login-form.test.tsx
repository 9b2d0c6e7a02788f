import { screen } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { adminMe, frameHandlers, renderApp } from "@/testing/render";
import { problem, route, server } from "@/testing/server";

async function signIn(user: ReturnType<typeof renderApp>["user"], password = "wrong") {
  await user.type(await screen.findByLabelText("User name"), "admin");
  await user.type(screen.getByLabelText("Password"), password);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
}

describe("sign-in", () => {
  it("has no accessibility findings in either theme", async () => {
    renderApp("/profile", { me: null });
    await screen.findByRole("heading", { name: "Sign in" });
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("says the same for every refusal", async () => {
    server.use(route.post("/auth/login", () => problem(401, "bad_credentials", "No such user")));
    const { user } = renderApp("/login", { me: null });
    await signIn(user);
    expect(await screen.findByRole("alert")).toHaveTextContent("User name or password is wrong.");
  });

  it("says how long to wait after too many attempts", async () => {
    server.use(
      route.post("/auth/login", () => {
        const answer = problem(429, "too_many", "slow down");
        answer.headers.set("Retry-After", "90");
        return answer;
      }),
    );
    const { user } = renderApp("/login", { me: null });
    await signIn(user);
    expect(await screen.findByRole("alert")).toHaveTextContent("Too many attempts. Wait 1 min 30 s, then try again.");
  });

  it("sends a form and leads to where the person wanted to go", async () => {
    let body = "";
    server.use(
      ...frameHandlers(),
      route.post("/auth/login", async ({ request }) => {
        body = await request.text();
        return HttpResponse.json({ access_token: "t", token_type: "bearer", expires_in: 60, user: adminMe });
      }),
    );
    const { user, router } = renderApp("/nowhere?x=1", { me: null });
    await signIn(user, "admin123 & more");
    await screen.findByRole("heading", { name: "There is no such page" });
    expect(body).toBe("username=admin&password=admin123+%26+more");
    expect(router.state.location.pathname + router.state.location.search).toBe("/nowhere?x=1");
  });

  it("asks for a new password when the first one was given by somebody else", async () => {
    let sent: unknown = null;
    let changed = false;
    server.use(
      route.post("/auth/login", () => HttpResponse.json({ access_token: "t", token_type: "bearer", expires_in: 60, user: adminMe })),
      route.get("/auth/me", () => HttpResponse.json({ ...adminMe, must_change_password: !changed })),
      ...frameHandlers(),
      route.post("/auth/change-password", async ({ request }) => {
        sent = await request.json();
        changed = true;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = renderApp("/login?next=/nowhere", { me: null });
    server.use(route.post("/auth/refresh", () => HttpResponse.json({ access_token: "t2" })));
    await signIn(user, "initial-password");
    await user.type(await screen.findByLabelText("New password"), "seven green lamps");
    await user.type(screen.getByLabelText("New password again"), "seven green lamps");
    await user.click(screen.getByRole("button", { name: "Change password" }));
    await screen.findByRole("heading", { name: "There is no such page" });
    expect(sent).toEqual({ current_password: "initial-password", new_password: "seven green lamps" });
  });
});
