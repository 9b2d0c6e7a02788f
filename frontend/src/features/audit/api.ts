import { keepPreviousData, queryOptions, useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { saveFile } from "@/api/save";
import type { components, paths } from "@/api/schema";

export type AuditEntry = components["schemas"]["AuditEntry"];
export type AuditParams = NonNullable<paths["/api/v1/audit-logs"]["get"]["parameters"]["query"]>;

export const auditKeys = { list: (params: AuditParams) => ["audit", "list", params] as const, check: (id: string) => ["audit", "check", id] as const };

export const auditQuery = (params: AuditParams) =>
  queryOptions({
    queryKey: auditKeys.list(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/audit-logs", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

export type TrailVerdict = components["schemas"]["ChainVerdict"];

/** Begins a check of the whole trail, with every fact that it seals when asked for. A long one goes on after the answer. */
export const useVerifyTrail = () =>
  useMutation({ mutationFn: (facts: boolean) => unwrap(api.POST("/api/v1/audit-logs/verify", { params: { query: { facts } } })) });

/** One check, asked for every second while it goes on. */
export const trailCheckQuery = (id: string) =>
  queryOptions({
    queryKey: auditKeys.check(id),
    queryFn: () => unwrap(api.GET("/api/v1/audit-logs/verifications/{run_id}", { params: { path: { run_id: id } } })),
    refetchInterval: ({ state }) => (state.data && state.data.status !== "running" ? false : 1_000),
  });

/** Hands the entries under these filters to the browser as a table. */
export const useSaveTrail = () =>
  useMutation({ mutationFn: (params: AuditParams) => saveFile("/api/v1/audit-logs", { ...params, format: "csv" }, "audit.csv") });
