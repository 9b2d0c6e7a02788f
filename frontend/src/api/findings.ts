import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

export type Finding = components["schemas"]["FindingSummary"];
export type FindingParams = NonNullable<paths["/api/v1/findings"]["get"]["parameters"]["query"]>;

export const findingKeys = { all: ["findings"] as const, one: (id: string) => ["findings", "one", id] as const };

/** A page of findings. */
export const findingsQuery = (params: FindingParams) =>
  queryOptions({
    queryKey: [...findingKeys.all, "list", params],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/findings", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });
