import type { QueryClient } from "@tanstack/react-query";
import { redirect } from "react-router";
import { isApiError } from "@/api/errors";
import { meQuery } from "@/api/me";
import { getAccessToken, refreshSession } from "@/api/session";

/** Where to go after signing in: only a path of ours, never another host. */
export function safeReturnPath(value: string | null): string {
  return value && /^\/(?![/\\])/.test(value) && !value.startsWith("/login") ? value : "/";
}

export function loginPath(pathname: string, search = ""): string {
  const back = `${pathname}${search}`;
  return back === "/" ? "/login" : `/login?next=${encodeURIComponent(back)}`;
}

/** Loads the signed-in person; without a session, off to the login page. */
export async function requireSession(client: QueryClient, request: Request): Promise<null> {
  const url = new URL(request.url);
  const toLogin = () => redirect(loginPath(url.pathname, url.search));
  // The redirect response is thrown: React Router's way out of a loader.
  // eslint-disable-next-line @typescript-eslint/only-throw-error
  if (!getAccessToken() && !(await refreshSession())) throw toLogin();
  try {
    const me = await client.query(meQuery());
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    if (me.must_change_password) throw redirect(loginPath(url.pathname, url.search));
    return null;
  } catch (error) {
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    if (isApiError(error, 401)) throw toLogin();
    throw error;
  }
}
