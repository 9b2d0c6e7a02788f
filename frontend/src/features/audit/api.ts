import { keepPreviousData, queryOptions, useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

export type AuditEntry = components["schemas"]["AuditEntry"];
export type AuditParams = NonNullable<paths["/api/v1/audit-logs"]["get"]["parameters"]["query"]>;

export const auditKeys = { list: (params: AuditParams) => ["audit", "list", params] as const };

export const auditQuery = (params: AuditParams) =>
  queryOptions({
    queryKey: auditKeys.list(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/audit-logs", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** Checks the whole trail against its hashes. */
export const useVerifyTrail = () => useMutation({ mutationFn: () => unwrap(api.POST("/api/v1/audit-logs/verify")) });
