import { http, HttpResponse, type HttpResponseResolver } from "msw";
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

/** `route.get("/users", () => HttpResponse.json(…))` below /api/v1. */
export const route = {
  get: (path: string, resolver: HttpResponseResolver) => http.get(base + path, resolver),
  post: (path: string, resolver: HttpResponseResolver) => http.post(base + path, resolver),
  put: (path: string, resolver: HttpResponseResolver) => http.put(base + path, resolver),
  patch: (path: string, resolver: HttpResponseResolver) => http.patch(base + path, resolver),
  delete: (path: string, resolver: HttpResponseResolver) => http.delete(base + path, resolver),
};
