import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { meKey, meQuery } from "@/api/me";
import { refreshSession, setAccessToken } from "@/api/session";

export interface Credentials {
  username: string;
  password: string;
}

async function signIn(credentials: Credentials): Promise<void> {
  const answer = await unwrap(
    api.POST("/api/v1/auth/login", {
      body: credentials,
      bodySerializer: (body) => new URLSearchParams({ username: body.username, password: body.password }),
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    }),
  );
  setAccessToken(answer.access_token);
}

/** Signs in and loads who that is, permissions included. */
export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (credentials: Credentials) => {
      await signIn(credentials);
      client.clear();
      return client.query(meQuery());
    },
  });
}

export interface PasswordChange {
  current_password: string;
  new_password: string;
}

/** Changes the own password. Resolves to false when the server ended this session with it. */
export function useChangePassword() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: PasswordChange): Promise<boolean> => {
      await unwrap(api.POST("/api/v1/auth/change-password", { body }));
      const kept = await refreshSession();
      if (kept) await client.invalidateQueries({ queryKey: meKey });
      return kept;
    },
  });
}

export function useRedeemLink() {
  return useMutation({
    mutationFn: async (body: { token: string; new_password: string }): Promise<void> => {
      await unwrap(api.POST("/api/v1/auth/redeem", { body }));
    },
  });
}
