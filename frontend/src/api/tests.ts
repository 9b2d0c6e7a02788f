import { keepPreviousData, queryOptions, type QueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

export type TestSummary = components["schemas"]["SecurityTestSummary"];
export type TestDetail = components["schemas"]["SecurityTestDetail"];
export type TestState = TestSummary["state"];
export type Detection = NonNullable<TestSummary["detection"]>;
export type Expected = TestSummary["expected"];
export type TestAction = TestDetail["allowed_actions"][number];
export type Person = components["schemas"]["PersonRef"];
export type Side = "red" | "blue";
export type TestListParams = NonNullable<paths["/api/v1/tests"]["get"]["parameters"]["query"]>;

export const testKeys = {
  all: ["tests"] as const,
  lists: () => [...testKeys.all, "list"] as const,
  list: (params: TestListParams) => [...testKeys.lists(), params] as const,
  one: (id: string) => [...testKeys.all, "one", id] as const,
  detail: (id: string) => [...testKeys.one(id), "detail"] as const,
  evidence: (id: string) => [...testKeys.one(id), "evidence"] as const,
};

/** A page of tests. */
export const testsQuery = (params: TestListParams) =>
  queryOptions({
    queryKey: testKeys.list(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/tests", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** One test, whole. */
export const testQuery = (id: string) =>
  queryOptions({
    queryKey: testKeys.detail(id),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/tests/{test_id}", { params: { path: { test_id: id } }, signal })),
    // Others work on it meanwhile: whoever opens it anew acts on what is stored now.
    staleTime: 0,
  });

/** What is counted from tests: the matrix, scores, the dashboard's numbers, techniques and how often a template was tried. */
const COUNTED_FROM_TESTS = ["heatmap", "metrics", "scores", "techniques", "test-templates"];

/** Has everything that is counted from tests asked for anew; what is not on the screen waits until it is. */
export function refreshCounted(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ predicate: ({ queryKey }) => COUNTED_FROM_TESTS.includes(String(queryKey[0])) });
}
