import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { saveFile } from "@/api/save";
import type { components, paths } from "@/api/schema";

export type StoredEvidence = components["schemas"]["InventoryEntry"];
export type StoreSummary = components["schemas"]["InventorySummary"];
export type StoreVerdict = components["schemas"]["EvidenceVerdict"];
export type InventoryParams = NonNullable<paths["/api/v1/evidence"]["get"]["parameters"]["query"]>;

const keys = {
  all: ["evidence-store"] as const,
  list: (params: InventoryParams) => ["evidence-store", "list", params] as const,
  summary: ["evidence-store", "summary"] as const,
  check: (id: string) => ["evidence-store", "check", id] as const,
};

export const inventoryQuery = (params: InventoryParams) =>
  queryOptions({
    queryKey: keys.list(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/evidence", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** Sums, and the newest check of the store; asked for often while one goes on. */
export const summaryQuery = () =>
  queryOptions({
    queryKey: keys.summary,
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/evidence/summary", { signal })),
    refetchInterval: ({ state }) => (state.data?.last_check?.status === "running" ? 1_000 : false),
  });

/** What a check found; asked for every second while it goes on. */
export const storeCheckQuery = (id: string) =>
  queryOptions({
    queryKey: keys.check(id),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/evidence/verifications/{run_id}", { params: { path: { run_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data && state.data.status !== "running" ? false : 1_000),
  });

/** Begins a check of the whole store, or joins the one that goes on. */
export function useVerifyStore() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/evidence/verify")),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.summary }),
  });
}

/** Lists and sums anew, after a check has ended. */
export function useRefreshStore() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: keys.all });
}

export const useSaveInventory = () =>
  useMutation({ mutationFn: (params: InventoryParams) => saveFile("/api/v1/evidence", { ...params, format: "csv" }, "evidence.csv") });
