import type { QueryClient } from "@tanstack/react-query";
import { createBrowserRouter, type RouteObject } from "react-router";
import { AppFrame } from "@/app/layouts/app-frame";
import { NotFoundPage, RouteErrorPage } from "@/app/error-pages";
import { requireSession } from "@/app/guard";
import { loadPage, PAGES, type PageEntry } from "@/app/nav";
import { Permitted } from "@/app/permitted";

function pageRoute(page: PageEntry): RouteObject {
  return {
    path: page.path,
    errorElement: <RouteErrorPage />,
    lazy: async () => {
      const { Component } = await loadPage(page);
      return {
        element: (
          <Permitted page={page}>
            <Component />
          </Permitted>
        ),
      };
    },
  };
}

/** Shown for the moment before the first page has been fetched. */
const blank = <div className="h-dvh bg-canvas" />;

/** All routes; exported apart from the router so that tests can mount them in memory. */
export function appRoutes(client: QueryClient): RouteObject[] {
  return [
    { path: "/login", errorElement: <RouteErrorPage />, hydrateFallbackElement: blank, lazy: () => import("@/app/routes/public/login") },
    { path: "/set-password", errorElement: <RouteErrorPage />, hydrateFallbackElement: blank, lazy: () => import("@/app/routes/public/set-password") },
    {
      id: "frame",
      loader: ({ request }) => requireSession(client, request),
      // The person is kept by the query cache; paths and filters changing need no new check.
      shouldRevalidate: () => false,
      element: <AppFrame />,
      errorElement: <RouteErrorPage />,
      hydrateFallbackElement: blank,
      children: [...PAGES.map(pageRoute), { path: "*", element: <NotFoundPage /> }],
    },
  ];
}

export function createAppRouter(client: QueryClient) {
  return createBrowserRouter(appRoutes(client));
}
