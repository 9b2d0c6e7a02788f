import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type Executive = Schemas["ExecutiveMetrics"];
export type Headline = Executive["figures"][number];
export type TrendPoint = Executive["trend"][number];
export type ActorStanding = Executive["actors"][number];
export type Speed = Executive["speed"][number];
export type Gauge = Executive["compliance"][number];

export const executiveQuery = () =>
  queryOptions({ queryKey: ["metrics", "executive"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/metrics/executive", { signal })) });
