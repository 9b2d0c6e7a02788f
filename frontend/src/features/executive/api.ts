import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Executive = Schemas["ExecutiveMetrics"];
export type Headline = Executive["figures"][number];
export type TrendPoint = Executive["trend"][number];
export type ActorStanding = Executive["actors"][number];
export type Speed = Executive["speed"][number];
export type Gauge = Executive["compliance"][number];

/** The figures of one environment, or with "" of all active ones together. */
export const executiveQuery = (environment: string) =>
  queryOptions({
    queryKey: ["metrics", "executive", environment],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/metrics/executive", { params: { query: environment ? { environment } : {} }, signal })),
    placeholderData: keepPreviousData,
  });
