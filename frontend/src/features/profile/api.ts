import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";

export type Session = components["schemas"]["SessionOut"];
export type AccessToken = components["schemas"]["TokenOut"];
export type TokenCreate = components["schemas"]["TokenCreate"];

const profileKeys = { sessions: ["profile", "sessions"] as const, tokens: ["profile", "tokens"] as const };

export const sessionsQuery = () =>
  queryOptions({ queryKey: profileKeys.sessions, queryFn: () => unwrap(api.GET("/api/v1/auth/sessions")) });

export const tokensQuery = () => queryOptions({ queryKey: profileKeys.tokens, queryFn: () => unwrap(api.GET("/api/v1/auth/tokens")) });

export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string): Promise<void> => {
      await api.DELETE("/api/v1/auth/sessions/{session_id}", { params: { path: { session_id: id } } });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: profileKeys.sessions }),
  });
}

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: TokenCreate) => unwrap(api.POST("/api/v1/auth/tokens", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: profileKeys.tokens }),
  });
}

export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string): Promise<void> => {
      await api.DELETE("/api/v1/auth/tokens/{token_id}", { params: { path: { token_id: id } } });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: profileKeys.tokens }),
  });
}
