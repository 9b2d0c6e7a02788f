import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

type Schemas = components["schemas"];
export type CoverageReport = Schemas["CoverageSummary"];
export type ResultsReport = Schemas["TestResults"];
export type ResultItem = Schemas["ResultItem"];
export type RemediationReport = Schemas["Remediation"];
export type RemediationItem = Schemas["RemediationItem"];
export type CoverageParams = NonNullable<paths["/api/v1/reports/coverage-summary"]["get"]["parameters"]["query"]>;
export type ResultsParams = NonNullable<paths["/api/v1/reports/test-results"]["get"]["parameters"]["query"]>;
export type RemediationParams = NonNullable<paths["/api/v1/reports/remediation"]["get"]["parameters"]["query"]>;

export const coverageReportQuery = (params: CoverageParams) =>
  queryOptions({
    queryKey: ["reports", "coverage", params],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/reports/coverage-summary", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

export const resultsReportQuery = (params: ResultsParams) =>
  queryOptions({
    queryKey: ["reports", "results", params],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/reports/test-results", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

export const remediationReportQuery = (params: RemediationParams) =>
  queryOptions({
    queryKey: ["reports", "remediation", params],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/reports/remediation", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });
