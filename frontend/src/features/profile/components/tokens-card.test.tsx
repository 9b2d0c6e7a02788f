import { screen } from "@testing-library/react";
import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { expectAccessible } from "@/testing/axe";
import { renderPage } from "@/testing/render";
import { page, route, server } from "@/testing/server";
import type { AccessToken, Session } from "@/features/profile/api";
import { SessionsCard } from "@/features/profile/components/sessions-card";
import { ThemeCard } from "@/features/profile/components/theme-card";
import { TokensCard } from "@/features/profile/components/tokens-card";
import { describeAgent } from "@/features/profile/lib/user-agent";

const token: AccessToken = {
  id: "00000000-0000-4000-8000-000000000009",
  name: "nightly",
  hint: "abcd",
  scopes: null,
  allowed_addresses: [],
  created_at: "2026-01-01T00:00:00Z",
  expires_at: "2026-04-01T00:00:00Z",
  last_used_at: null,
  last_used_address: null,
  revoked_at: null,
};

const session = (id: number, current: boolean): Session => ({
  id: `00000000-0000-4000-8000-00000000010${id}`,
  created_at: "2026-01-01T00:00:00Z",
  last_seen_at: "2026-01-01T00:00:00Z",
  expires_at: "2026-01-01T12:00:00Z",
  address: "127.0.0.1",
  user_agent: current ? "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36" : "curl/8",
  current,
});

describe("profile", () => {
  it("has no accessibility findings in either theme", async () => {
    server.use(
      route.get("/auth/tokens", () => HttpResponse.json(page([token]))),
      route.get("/auth/sessions", () => HttpResponse.json(page([session(1, true), session(2, false)]))),
    );
    renderPage(
      <>
        <SessionsCard />
        <TokensCard />
        <ThemeCard />
      </>,
    );
    await screen.findByText("…abcd");
    await screen.findByText("This one");
    await expectAccessible("light");
    await expectAccessible("dark");
  });

  it("ends another session, never the present one", async () => {
    const ended: unknown[] = [];
    server.use(
      route.get("/auth/sessions", () => HttpResponse.json(page([session(1, true), session(2, false)]))),
      route.delete("/auth/sessions/:id", ({ params }) => {
        ended.push(params.id);
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = renderPage(<SessionsCard />);
    const buttons = await screen.findAllByRole("button", { name: /End/ });
    expect(buttons).toHaveLength(1);
    await user.click(buttons[0]!);
    expect(await screen.findByText("The session is ended.")).toBeInTheDocument();
    expect(ended).toEqual([session(2, false).id]);
  });

  it("creates a limited token and shows it once", async () => {
    let body: unknown = null;
    server.use(
      route.get("/auth/tokens", () => HttpResponse.json(page([]))),
      route.post("/auth/tokens", async ({ request }) => {
        body = await request.json();
        return HttpResponse.json({ ...token, token: "aegis_pat_secret" }, { status: 201 });
      }),
    );
    const { user } = renderPage(<TokensCard />);
    await user.click(await screen.findByRole("button", { name: "New token" }));
    await user.type(screen.getByLabelText(/^Name/), "nightly");
    await user.click(screen.getByRole("checkbox", { name: "Limit to chosen permissions" }));
    expect(screen.queryByRole("checkbox", { name: "test:vote" })).not.toBeInTheDocument();
    await user.click(screen.getByRole("checkbox", { name: "knowledge:read" }));
    await user.click(screen.getByRole("button", { name: "Create token" }));
    expect(await screen.findByText("aegis_pat_secret")).toBeInTheDocument();
    expect(body).toEqual({ name: "nightly", expires_in_days: 90, allowed_addresses: [], scopes: ["knowledge:read"] });
    await user.click(screen.getByRole("button", { name: "Done" }));
    expect(screen.queryByText("aegis_pat_secret")).not.toBeInTheDocument();
  });

  it("switches the theme and keeps nothing else in the browser", async () => {
    const { user } = renderPage(<ThemeCard />);
    await user.click(screen.getByRole("radio", { name: /^Dark/ }));
    expect(document.documentElement.dataset.theme).toBe("dark");
    expect([localStorage.length, localStorage.getItem("aegis-theme")]).toEqual([1, "dark"]);
    await user.click(screen.getByRole("radio", { name: /^Like the system/ }));
    expect(localStorage.length).toBe(0);
  });

  it("names browsers and scripts", () => {
    expect(describeAgent("Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36")).toBe("Chrome 156 on Linux");
    expect(describeAgent("curl/8.1")).toBe("curl/8.1");
    expect(describeAgent(null)).toBe("Unknown program");
  });
});
