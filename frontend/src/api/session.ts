// The access token lives in this module's memory only; the session itself is an HttpOnly cookie.
let accessToken: string | null = null;
let refreshing: Promise<boolean> | null = null;
const endListeners = new Set<() => void>();

export function getAccessToken(): string | null {
  return accessToken;
}

export function setAccessToken(token: string | null): void {
  accessToken = token;
}

/** Called when the session is over for good: the frame then shows the login page. */
export function onSessionEnd(listener: () => void): () => void {
  endListeners.add(listener);
  return () => endListeners.delete(listener);
}

export function endSession(): void {
  accessToken = null;
  for (const listener of endListeners) listener();
}

async function withLock(work: () => Promise<boolean>): Promise<boolean> {
  // One tab at a time: the refresh cookie rotates, and two rotations at once look like a stolen cookie.
  if (!("locks" in navigator)) return work();
  return navigator.locks.request("aegis-refresh", work);
}

async function requestToken(): Promise<boolean> {
  const response = await fetch("/api/v1/auth/refresh", {
    method: "POST",
    headers: { "X-Aegis-Request": "1", Accept: "application/json" },
    credentials: "same-origin",
  });
  if (!response.ok) {
    // Only a refusal ends the session; a busy or broken server does not.
    if (response.status === 401 || response.status === 403) accessToken = null;
    return false;
  }
  const body: unknown = await response.json();
  const token = typeof body === "object" && body !== null && "access_token" in body ? body.access_token : null;
  accessToken = typeof token === "string" ? token : null;
  return accessToken !== null;
}

/** Gets a new access token from the session cookie; callers at the same time share one request. */
export function refreshSession(): Promise<boolean> {
  refreshing ??= withLock(requestToken)
    .catch(() => false)
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}
