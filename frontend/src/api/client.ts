import createClient from "openapi-fetch";
import { ApiError, networkError, problemToError } from "@/api/errors";
import type { paths } from "@/api/schema";
import { endSession, getAccessToken, refreshSession } from "@/api/session";

/** Paths that answer 401 for their own reasons: no refresh is tried after them. */
const SIGN_IN_PATHS = /\/auth\/(login|refresh|redeem|logout)$/;

function withToken(request: Request): Request {
  const token = getAccessToken();
  if (token) request.headers.set("Authorization", `Bearer ${token}`);
  // Cookie endpoints demand it; elsewhere it does no harm.
  request.headers.set("X-Aegis-Request", "1");
  return request;
}

/** fetch with the access token; on 401 one refresh and one more try, then the session is over. */
export async function authorizedFetch(request: Request): Promise<Response> {
  const spare = request.clone();
  let response: Response;
  try {
    response = await fetch(withToken(request));
    if (response.status !== 401 || SIGN_IN_PATHS.test(new URL(request.url).pathname)) return response;
    if (!(await refreshSession())) {
      endSession();
      return response;
    }
    response = await fetch(withToken(spare));
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw networkError(cause);
  }
  if (response.status === 401) endSession();
  return response;
}

export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: authorizedFetch });

api.use({
  async onResponse({ response }) {
    if (response.ok) return undefined;
    let body: unknown = null;
    try {
      body = await response.clone().json();
    } catch {
      // A proxy's page instead of a problem document: the status alone has to do.
    }
    throw problemToError(response, body);
  },
});

/**
 * The body of a call: `await unwrap(api.GET("/api/v1/users"))`. Refusals have been thrown as ApiError before. Lists
 * also come as CSV text, which nothing asks for in this way.
 */
export async function unwrap<T>(call: Promise<{ data?: T; response: Response }>): Promise<Exclude<T, string>> {
  const { data, response } = await call;
  if (data === undefined && response.status !== 204) {
    throw new ApiError(response.status, "empty_answer", "The server sent an empty answer.");
  }
  return data as Exclude<T, string>;
}
