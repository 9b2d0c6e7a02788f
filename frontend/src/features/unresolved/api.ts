import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";

export type UnresolvedId = components["schemas"]["UnresolvedId"];
export type UnresolvedLink = components["schemas"]["UnresolvedLink"];
export type MeaningChoice = components["schemas"]["MeaningChoice"];

const KEY = "unresolved";

export const unresolvedQuery = (params: { source: string; q: string; limit: number; offset: number }) =>
  queryOptions({
    queryKey: [KEY, "list", params],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/content/unresolved", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** What is said of one id, or null once nothing of it is open. */
export const oneUnresolvedQuery = (attackId: string) =>
  queryOptions({
    queryKey: [KEY, "one", attackId],
    queryFn: async ({ signal }) => {
      const found = await unwrap(api.GET("/api/v1/content/unresolved", { params: { query: { q: attackId, limit: 200 } }, signal }));
      return found.items.find((item) => item.attack_id === attackId) ?? null;
    },
  });

export const linksQuery = (attackId: string, limit: number, offset: number) =>
  queryOptions({
    queryKey: [KEY, "links", attackId, { limit, offset }],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/content/unresolved/{attack_id}", { params: { path: { attack_id: attackId }, query: { limit, offset } }, signal })),
    placeholderData: keepPreviousData,
  });

export function useChooseMeaning(attackId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: MeaningChoice) => unwrap(api.POST("/api/v1/content/unresolved/{attack_id}/choose", { params: { path: { attack_id: attackId } }, body })),
    // Techniques, templates, rules and the matrix follow what an id means.
    onSuccess: () => client.invalidateQueries(),
  });
}
