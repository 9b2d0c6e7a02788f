import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

export type Tool = components["schemas"]["ToolOut"];
export type Environment = components["schemas"]["EnvironmentOut"];
export type ToolListParams = NonNullable<paths["/api/v1/tools"]["get"]["parameters"]["query"]>;
export type EnvironmentListParams = NonNullable<paths["/api/v1/environments"]["get"]["parameters"]["query"]>;

const MOST = 200;

/** What can be chosen for new work, all of it. */
export const IN_USE = { active: true, limit: MOST } as const;

// Under the same first word as everybody who asks for them: one change shows everywhere.
export const toolKeys = { all: ["tools"] as const, list: (params: ToolListParams) => [...toolKeys.all, "list", params] as const };
export const environmentKeys = {
  all: ["environments"] as const,
  list: (params: EnvironmentListParams) => [...environmentKeys.all, "list", params] as const,
};

/** Our security tools by name. */
export const toolsQuery = (params: ToolListParams = { limit: MOST }) =>
  queryOptions({
    queryKey: toolKeys.list(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/tools", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** Parts of the organisation, the default one first. */
export const environmentsQuery = (params: EnvironmentListParams = { limit: MOST }) =>
  queryOptions({
    queryKey: environmentKeys.list(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/environments", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });
