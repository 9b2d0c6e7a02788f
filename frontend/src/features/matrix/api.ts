import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

export type Heatmap = components["schemas"]["Heatmap"];
export type HeatmapCell = components["schemas"]["HeatmapCell"];
export type HeatmapTactic = components["schemas"]["HeatmapTactic"];
export type NavigatorLayer = components["schemas"]["NavigatorLayer"];
export type Overlay = components["schemas"]["Overlay"];
export type OverlayCell = components["schemas"]["OverlayCell"];
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

/** A layer of ATT&CK Navigator, checked and put on our matrix. Nothing of it is stored. */
export const layOverMatrix = (layer: NavigatorLayer): Promise<Overlay> => unwrap(api.POST("/api/v1/heatmap/overlay", { body: layer }));

const FEW = 8;

/** Campaigns and plans of adversaries by name or key; `attack_id` is what the filter takes. */
export const campaignLookup = (q: string) =>
  queryOptions({
    queryKey: ["lookup", "campaigns", q],
    queryFn: async ({ signal }) => {
      const found = await unwrap(api.GET("/api/v1/heatmap/campaigns", { params: { query: { q, limit: FEW } }, signal }));
      return { ...found, items: found.items.map((item) => ({ ...item, attack_id: item.key })) };
    },
    enabled: q.trim().length > 1,
    placeholderData: keepPreviousData,
  });
