import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderApp, viewerMe } from "@/testing/render";
import { page, problem, route, server } from "@/testing/server";
import { loadPage, PAGES } from "@/app/nav";
import { safeReturnPath } from "@/app/guard";
import { getAccessToken } from "@/api/session";

const noUsers = ["/users", "/users/role-changes"].map((path) => route.get(path, () => HttpResponse.json(page([]))));

describe("frame", () => {
  it("lists only what the role may open, and has no accessibility findings in either theme", async () => {
    renderApp("/nowhere", { me: viewerMe });
    const nav = await screen.findByRole("navigation", { name: "Main" });
    expect(within(nav).queryByRole("link", { name: "Users" })).not.toBeInTheDocument();
    expect(within(nav).queryByRole("link", { name: "Audit Log" })).not.toBeInTheDocument();
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("shows a forbidden page in place, and keeps the session", async () => {
    const { router } = renderApp("/system/users", { me: viewerMe });
    expect(await screen.findByRole("heading", { name: "Your role does not open this page" })).toBeInTheDocument();
    expect(router.state.location.pathname).toBe("/system/users");
    await expectAccessible("light");
  });

  it("titles the document and moves the focus to the heading of the next page", async () => {
    server.use(...noUsers);
    const { user } = renderApp("/nowhere");
    await user.click(await screen.findByRole("link", { name: "Users" }));
    const heading = await screen.findByRole("heading", { name: "Users" });
    await waitFor(() => expect(heading).toHaveFocus());
    expect(document.title).toBe("Users · Aegis");
  });

  it("goes to a page by g and its letter, and lists the keys with ?", async () => {
    server.use(...noUsers);
    const { user, router } = renderApp("/nowhere");
    await screen.findByRole("heading", { name: "There is no such page" });
    await user.keyboard("?");
    expect(await screen.findByRole("dialog", { name: "Keyboard shortcuts" })).toBeInTheDocument();
    await user.keyboard("{Escape}gu");
    await screen.findByRole("heading", { name: "Users" });
    expect(router.state.location.pathname).toBe("/system/users");
    await user.keyboard("/");
    expect(screen.getByRole("searchbox", { name: "Search users" })).toHaveFocus();
  });

  it("finds techniques, tests and pages in the palette", async () => {
    server.use(
      route.get("/techniques", () => HttpResponse.json(page([{ attack_id: "T1059.001", name: "PowerShell" }]))),
      route.get("/tests", () => HttpResponse.json(page([]))),
      route.get("/threat-actors", () => HttpResponse.json(page([{ id: "a1", attack_id: "G0099", name: "Power Heron" }]))),
    );
    const { user, router } = renderApp("/nowhere");
    await screen.findByRole("heading", { name: "There is no such page" });
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByRole("combobox", { name: "Search and commands" }), "powersh");
    expect(await screen.findByRole("option", { name: /PowerShell/ })).toBeInTheDocument();
    expect(await screen.findByRole("option", { name: /Power Heron/ })).toBeInTheDocument();
    await expectAccessible("dark");
    await user.clear(screen.getByRole("combobox", { name: "Search and commands" }));
    await user.type(screen.getByRole("combobox", { name: "Search and commands" }), "profile password{Enter}");
    await waitFor(() => expect(router.state.location.pathname).toBe("/profile"));
  });

  it("tells of unread notifications and opens where they lead", async () => {
    const read: unknown[] = [];
    const item = { id: "n-1", kind: "vote", title: "AT-1 waits for you", body: "", link: "/elsewhere", subject_id: null, created_at: "2026-01-01T00:00:00Z", read_at: null };
    const { user, router } = renderApp("/nowhere");
    server.use(
      route.get("/notifications", () => HttpResponse.json({ ...page([item]), unread: 1 })),
      route.post("/notifications/:id/read", ({ params }) => {
        read.push(params.id);
        return HttpResponse.json(item);
      }),
    );
    await user.click(await screen.findByRole("button", { name: "Notifications, 1 unread" }));
    await user.click(await screen.findByRole("button", { name: /AT-1 waits for you/ }));
    await waitFor(() => expect(read).toEqual(["n-1"]));
    expect(router.state.location.pathname).toBe("/elsewhere");
  });

  it("signs out, forgets the token and shows the login page", async () => {
    let called = 0;
    server.use(
      route.post("/auth/logout", () => {
        called += 1;
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = renderApp("/nowhere");
    await user.click(await screen.findByRole("button", { name: /account of admin/ }));
    await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
    expect(await screen.findByRole("heading", { name: "Sign in" })).toBeInTheDocument();
    expect([called, getAccessToken()]).toEqual([1, null]);
  });

  it("says what failed when the person cannot be loaded", async () => {
    const { router } = renderApp("/nowhere", { handlers: [route.get("/auth/me", () => problem(403, "not_permitted", "No."))] });
    expect(await screen.findByRole("heading", { name: "This page failed" })).toBeInTheDocument();
    expect(router.state.location.pathname).toBe("/nowhere");
    await expectAccessible("dark");
  });
});

describe("set password", () => {
  it("takes the token out of the address and sends it once", async () => {
    let body: unknown = null;
    window.location.hash = "#one-time-token";
    server.use(
      route.post("/auth/redeem", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json({ username: "rt-1" });
      }),
    );
    const { user } = renderApp("/set-password", { me: null });
    await user.type(await screen.findByLabelText("New password"), "seven green lamps");
    expect(window.location.hash).toBe("");
    await expectAccessible("light");
    await user.type(screen.getByLabelText("New password again"), "seven green lamps");
    await user.click(screen.getByRole("button", { name: "Set password" }));
    expect(await screen.findByText("Your password is set. Sign in with it.")).toBeInTheDocument();
    expect(body).toEqual({ token: "one-time-token", new_password: "seven green lamps" });
  });

  it("says so when the link holds no token", async () => {
    renderApp("/set-password", { me: null });
    expect(await screen.findByRole("heading", { name: "This link is incomplete" })).toBeInTheDocument();
  });
});

describe("registry", () => {
  it("loads a component for every page and gives every key once", async () => {
    for (const entry of PAGES) expect(typeof (await loadPage(entry)).Component).toBe("function");
    const keys = PAGES.flatMap((entry) => entry.nav?.key ?? []);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("returns only to paths of ours", () => {
    expect(["/tests?state=draft", "//evil.example", "/\\evil.example", "https://evil.example", "/login", null].map(safeReturnPath)).toEqual([
      "/tests?state=draft",
      "/",
      "/",
      "/",
      "/",
      "/",
    ]);
  });
});
