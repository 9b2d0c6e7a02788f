import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { DomainName } from "@/api/techniques";
import type { components, paths } from "@/api/schema";

export type Heatmap = components["schemas"]["Heatmap"];
export type HeatmapCell = components["schemas"]["HeatmapCell"];
export type HeatmapTactic = components["schemas"]["HeatmapTactic"];
export type HeatmapParams = NonNullable<paths["/api/v1/heatmap"]["get"]["parameters"]["query"]>;

export const matrixKeys = {
  all: ["heatmap"] as const,
  layer: (params: HeatmapParams) => [...matrixKeys.all, params] as const,
  tactics: (domain: DomainName) => ["tactics", domain] as const,
  environments: ["environments", "all"] as const,
};

/** A layer over the matrix; the one before stays while the next is on its way. */
export const heatmapQuery = (params: HeatmapParams) =>
  queryOptions({
    queryKey: matrixKeys.layer(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/heatmap", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** Where tests run: for the choice of one of them. */
export const environmentsQuery = () =>
  queryOptions({
    queryKey: matrixKeys.environments,
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/environments", { params: { query: { limit: 200 } }, signal })),
    staleTime: 60_000,
  });

/** The columns of a domain, all of them, for the filter. */
export const tacticsQuery = (domain: DomainName) =>
  queryOptions({
    queryKey: matrixKeys.tactics(domain),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/tactics", { params: { query: { domain, limit: 200 } }, signal })),
    staleTime: 300_000,
  });
