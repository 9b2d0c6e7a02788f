import { render, type RenderResult } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider, type RouteObject } from "react-router";
import { createQueryClient } from "@/api/query-client";
import { meKey, type Me } from "@/api/me";
import { setAccessToken } from "@/api/session";
import { Providers } from "@/app/providers";
import { appRoutes } from "@/app/router";
import { HttpResponse, type RequestHandler } from "msw";
import { page, route, server } from "@/testing/server";

export const adminMe: Me = {
  id: "00000000-0000-4000-8000-000000000001",
  username: "admin",
  full_name: "",
  email: null,
  role: "admin",
  auditor: false,
  is_active: true,
  must_change_password: false,
  uses_default_password: false,
  last_login_at: null,
  session: null,
  permissions: ["audit:read", "content:manage", "knowledge:read", "profile:own", "system:manage", "technique:curate", "test:create", "test:read", "test:vote", "user:manage"],
};

export const viewerMe: Me = { ...adminMe, username: "viewer", role: "viewer", permissions: ["knowledge:read", "profile:own", "test:read"] };

interface Rendered extends RenderResult {
  user: UserEvent;
  client: ReturnType<typeof createQueryClient>;
}

/** Mounts one page component at a path, with somebody signed in. */
export function renderPage(element: React.ReactNode, { path = "/", at = path, me = adminMe }: { path?: string; at?: string; me?: Me } = {}): Rendered {
  const client = createQueryClient();
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retry: false } });
  client.setQueryData(meKey, me);
  setAccessToken("test-token");
  const routes: RouteObject[] = [
    { path, element },
    { path: "*", element: <p>elsewhere</p> },
  ];
  const router = createMemoryRouter(routes, { initialEntries: [at] });
  const result = render(
    <Providers client={client}>
      <RouterProvider router={router} />
    </Providers>,
  );
  return { ...result, user: userEvent.setup(), client };
}

/** Answers what the frame asks on every page. */
export function frameHandlers(me: Me = adminMe) {
  return [
    route.get("/auth/me", () => HttpResponse.json(me)),
    route.get("/notifications", () => HttpResponse.json(page([]))),
    route.get("/system/status", () =>
      HttpResponse.json({
        version: "0.1.0",
        environment: "development",
        four_eyes: "strict",
        attack: [],
        importing: false,
        demo: false,
        banners: [],
      }),
    ),
  ];
}

/** Mounts the whole application at an address; give `me: null` for somebody who is not signed in. */
export function renderApp(at: string, { me = adminMe, handlers = [] }: { me?: Me | null; handlers?: RequestHandler[] } = {}) {
  const client = createQueryClient();
  if (me) {
    setAccessToken("test-token");
    server.use(...frameHandlers(me));
  } else {
    server.use(route.post("/auth/refresh", () => new HttpResponse(null, { status: 401 })));
  }
  // Later handlers win, and the first requests leave as soon as the router exists.
  server.use(...handlers);
  const router = createMemoryRouter(appRoutes(client), { initialEntries: [at] });
  const result = render(
    <Providers client={client}>
      <RouterProvider router={router} />
    </Providers>,
  );
  return { ...result, user: userEvent.setup(), client, router };
}
