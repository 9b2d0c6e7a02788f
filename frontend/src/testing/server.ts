import { http, HttpResponse, type DefaultBodyType, type HttpResponseResolver, type PathParams } from "msw";
import { setupServer } from "msw/node";

/** The server of the tests. It knows no route by itself: every request that a test does not expect fails. */
export const server = setupServer();

const base = "http://localhost:3000/api/v1";

/** A problem document as the backend sends it. */
export function problem(status: number, code: string, detail: string, extra: Record<string, unknown> = {}) {
  return HttpResponse.json(
    { type: `urn:aegis:problem:${code}`, title: code, status, detail, code, errors: [], request_id: "req-1", ...extra },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );
}

export function page<T>(items: T[], total = items.length) {
  return { items, total, limit: 50, offset: 0 };
}

// Undefined lets a resolver also answer with a plain Response, such as a network error.
type Resolver = HttpResponseResolver<PathParams, DefaultBodyType, undefined>;

/** `route.get("/users", () => HttpResponse.json(…))` below /api/v1. */
export const route = {
  get: (path: string, resolver: Resolver) => http.get(base + path, resolver),
  post: (path: string, resolver: Resolver) => http.post(base + path, resolver),
  put: (path: string, resolver: Resolver) => http.put(base + path, resolver),
  patch: (path: string, resolver: Resolver) => http.patch(base + path, resolver),
  delete: (path: string, resolver: Resolver) => http.delete(base + path, resolver),
};
