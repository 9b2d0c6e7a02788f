import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";

export type Session = components["schemas"]["SessionOut"];
export type AccessToken = components["schemas"]["TokenOut"];
export type DeputyCreate = components["schemas"]["DeputyCreate"];
export type TokenCreate = components["schemas"]["TokenCreate"];

const profileKeys = { sessions: ["profile", "sessions"] as const, tokens: ["profile", "tokens"] as const, deputies: ["profile", "deputies"] as const };

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

/** Everybody who votes in a lead's place now. */
export const deputiesQuery = () =>
  queryOptions({
    queryKey: profileKeys.deputies,
    queryFn: () => unwrap(api.GET("/api/v1/deputies", { params: { query: { active: true, limit: 200 } } })),
  });

export function useNameDeputy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: DeputyCreate) => unwrap(api.POST("/api/v1/deputies", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: profileKeys.deputies }),
  });
}

export function useEndDeputy() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string): Promise<void> => {
      await api.DELETE("/api/v1/deputies/{deputy_id}", { params: { path: { deputy_id: id } } });
    },
    onSuccess: () => client.invalidateQueries({ queryKey: profileKeys.deputies }),
  });
}
