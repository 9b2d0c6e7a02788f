import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";
import type { DomainName } from "@/api/techniques";

export type Summary = components["schemas"]["MetricsSummary"];
export type StatusCounts = components["schemas"]["StatusCounts"];
export type TacticMetrics = components["schemas"]["TacticMetrics"];
export type Pipeline = components["schemas"]["MetricsPipeline"];
export type TeamActivity = components["schemas"]["MetricsTeamActivity"];
export type ActivityDay = TeamActivity["days"][number];
export type DataSource = components["schemas"]["DataSourceOut"];
export type Operational = components["schemas"]["OperationalMetrics"];

export const metricKeys = {
  all: ["metrics"] as const,
  summary: (domain: DomainName) => [...metricKeys.all, "summary", domain] as const,
  byTactic: (domain: DomainName) => [...metricKeys.all, "by-tactic", domain] as const,
  pipeline: () => [...metricKeys.all, "pipeline"] as const,
  activity: () => [...metricKeys.all, "team-activity"] as const,
  operational: (domain: DomainName) => [...metricKeys.all, "operational", domain] as const,
};

export const summaryQuery = (domain: DomainName) =>
  queryOptions({
    queryKey: metricKeys.summary(domain),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/metrics/summary", { params: { query: { domain } }, signal })),
    placeholderData: keepPreviousData,
  });

export const byTacticQuery = (domain: DomainName) =>
  queryOptions({
    queryKey: metricKeys.byTactic(domain),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/metrics/by-tactic", { params: { query: { domain } }, signal })),
    placeholderData: keepPreviousData,
  });

export const pipelineQuery = () =>
  queryOptions({
    queryKey: metricKeys.pipeline(),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/metrics/pipeline", { signal })),
  });

export const activityQuery = () =>
  queryOptions({
    queryKey: metricKeys.activity(),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/metrics/team-activity", { signal })),
  });

/** How fast and how reliably, over the last 90 days. */
export const operationalQuery = (domain: DomainName) =>
  queryOptions({
    queryKey: metricKeys.operational(domain),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/metrics/operational", { params: { query: { domain } }, signal })),
    placeholderData: keepPreviousData,
  });

const DAY_MS = 86_400_000;
const yesterday = () => new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);

/** The newest snapshot of an earlier day, for those who may read snapshots: one of a moment ago has nothing to tell. */
export const lastSnapshotQuery = (domain: DomainName) =>
  queryOptions({
    queryKey: ["snapshots", "last", domain],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/snapshots", { params: { query: { domain, to: yesterday(), limit: 1 } }, signal })),
  });

export const sourcesQuery = () =>
  queryOptions({
    queryKey: ["data-sources", "list"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/data-sources", { params: { query: { limit: 50 } }, signal })),
  });
