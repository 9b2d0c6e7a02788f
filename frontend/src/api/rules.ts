import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

export type RuleSummary = components["schemas"]["RuleSummary"];
export type RuleDetail = components["schemas"]["RuleDetail"];
export type FiringState = RuleSummary["firing_state"];
export type RuleListParams = NonNullable<paths["/api/v1/detection-rules"]["get"]["parameters"]["query"]>;

export const ruleKeys = {
  all: ["detection-rules"] as const,
  list: (params: RuleListParams) => [...ruleKeys.all, "list", params] as const,
  detail: (id: string) => [...ruleKeys.all, "detail", id] as const,
  stats: () => [...ruleKeys.all, "stats"] as const,
};

/** A page of the catalogue of detection rules. */
export const rulesQuery = (params: RuleListParams) =>
  queryOptions({
    queryKey: ruleKeys.list(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/detection-rules", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });
