import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Snapshot = Schemas["SnapshotSummary"];
export type Comparison = Schemas["SnapshotComparison"];
export type FigureMovement = Schemas["FigureMovement"];
export type TacticMovement = Schemas["TacticMovement"];
export type TechniqueMovement = Schemas["TechniqueMovement"];
export type Cause = Schemas["Cause"];
export type Change = TechniqueMovement["change"];

export const snapshotKeys = { all: ["snapshots"] as const };

/** The newest 200: years of weekly ones. */
export const snapshotsQuery = () =>
  queryOptions({
    queryKey: [...snapshotKeys.all, "list"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/snapshots", { params: { query: { limit: 200 } }, signal })),
  });

export interface ComparedMoments {
  base: string;
  head: string;
  /** Id; undefined for all environments together. */
  environment: string | undefined;
}

export const comparisonQuery = (query: ComparedMoments) =>
  queryOptions({
    queryKey: [...snapshotKeys.all, "compare", query],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/snapshots/compare", { params: { query }, signal })),
    enabled: query.base !== "",
    placeholderData: keepPreviousData,
  });

export function useTakeSnapshot() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas["SnapshotCreate"]) => unwrap(api.POST("/api/v1/snapshots", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: snapshotKeys.all }),
  });
}
