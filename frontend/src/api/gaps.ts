import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";
import type { DomainName } from "@/api/techniques";

type Schemas = components["schemas"];
export type MissesByCause = Schemas["MissesByCause"];
export type CauseOfMisses = MissesByCause["items"][number];
export type QuickWin = Schemas["QuickWin"];

/** Below the metrics: whatever moves those moves these. */
const keys = { misses: ["metrics", "misses-by-cause"] as const, wins: ["metrics", "quick-wins"] as const };

/** Current results below expectation by cause, with who owns such gaps. */
export const missesQuery = (domain: DomainName, environment = "") =>
  queryOptions({
    queryKey: [...keys.misses, domain, environment],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/metrics/misses-by-cause", { params: { query: { domain, ...(environment && { environment }) } }, signal })),
    placeholderData: keepPreviousData,
  });

/** Techniques that left telemetry and no alert, those that matter most first. */
export const quickWinsQuery = (domain: DomainName, page: { limit: number; offset?: number; environment?: string }) =>
  queryOptions({
    queryKey: [...keys.wins, domain, page],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/metrics/quick-wins", { params: { query: { domain, ...page } }, signal })),
    placeholderData: keepPreviousData,
  });
