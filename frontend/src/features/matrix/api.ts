import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

export type Heatmap = components["schemas"]["Heatmap"];
export type HeatmapCell = components["schemas"]["HeatmapCell"];
export type HeatmapTactic = components["schemas"]["HeatmapTactic"];
export type HeatmapParams = NonNullable<paths["/api/v1/heatmap"]["get"]["parameters"]["query"]>;

export const matrixKeys = {
  all: ["heatmap"] as const,
  layer: (params: HeatmapParams) => [...matrixKeys.all, params] as const,
};

/** A layer over the matrix; the one before stays while the next is on its way. */
export const heatmapQuery = (params: HeatmapParams) =>
  queryOptions({
    queryKey: matrixKeys.layer(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/heatmap", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });
