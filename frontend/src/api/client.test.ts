import { HttpResponse } from "msw";
import { describe, expect, it } from "vitest";
import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/errors";
import { shouldRetry } from "@/api/query-client";
import { getAccessToken, onSessionEnd, setAccessToken } from "@/api/session";
import { problem, route, server } from "@/testing/server";

const me = () => unwrap(api.GET("/api/v1/auth/me"));

async function failure(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error("expected an ApiError");
  return error;
}

describe("client", () => {
  it("throws what a problem document says", async () => {
    server.use(
      route.get("/auth/me", () =>
        problem(409, "stale_version", "Somebody was faster.", { current_version: 4, errors: [{ field: "red.version", message: "Stale.", code: "stale" }] }),
      ),
    );
    const error = await failure(me());
    expect([error.status, error.code, error.detail, error.requestId, error.extra.current_version]).toEqual([
      409,
      "stale_version",
      "Somebody was faster.",
      "req-1",
      4,
    ]);
    expect(error.errors).toEqual([{ field: "red.version", message: "Stale.", code: "stale" }]);
  });

  it("renews the token once for calls at the same time, and repeats them", async () => {
    let renewals = 0;
    setAccessToken("old");
    server.use(
      route.get("/auth/me", ({ request }) =>
        request.headers.get("Authorization") === "Bearer new" ? HttpResponse.json({ username: "admin" }) : problem(401, "token_expired", "Over."),
      ),
      route.post("/auth/refresh", ({ request }) => {
        renewals += 1;
        return request.headers.get("X-Aegis-Request") === "1" ? HttpResponse.json({ access_token: "new" }) : problem(403, "csrf", "No.");
      }),
    );
    const people = await Promise.all([me(), me(), me()]);
    expect(people.map((person) => person.username)).toEqual(["admin", "admin", "admin"]);
    expect([renewals, getAccessToken()]).toEqual([1, "new"]);
  });

  it("ends the session when it cannot be renewed, but not on 403", async () => {
    let ended = 0;
    const stop = onSessionEnd(() => {
      ended += 1;
    });
    server.use(
      route.get("/auth/me", () => problem(403, "not_permitted", "No.")),
      route.post("/auth/refresh", () => problem(401, "not_authenticated", "No.")),
    );
    expect((await failure(me())).status).toBe(403);
    expect(ended).toBe(0);
    server.use(route.get("/auth/me", () => problem(401, "session_expired", "Over.")));
    expect((await failure(me())).status).toBe(401);
    expect(ended).toBe(1);
    stop();
  });

  it("tells an unreachable server from a refusal", async () => {
    server.use(route.get("/auth/me", () => HttpResponse.error()));
    const error = await failure(me());
    expect([error.status, error.code]).toEqual([0, "network"]);
    expect([shouldRetry(0, error), shouldRetry(2, error), shouldRetry(0, new ApiError(422, "invalid", ""))]).toEqual([true, false, false]);
  });
});
