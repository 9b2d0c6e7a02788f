import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";

export type Job = components["schemas"]["JobOutput"];
export type JobRun = components["schemas"]["JobRunOutput"];

const jobKeys = {
  all: ["jobs"] as const,
  scheduler: () => [...jobKeys.all, "scheduler"] as const,
  runs: (job: string, limit: number, offset: number) => [...jobKeys.all, "runs", job, { limit, offset }] as const,
};

/** Seconds after a request in which the new run is looked for eagerly. */
const EAGER_MS = 15_000;
let requestedAt = 0;
const pace = (running: boolean) => (running || Date.now() - requestedAt < EAGER_MS ? 1_500 : 30_000);

/** All jobs with their last and next runs. */
export const schedulerQuery = () =>
  queryOptions({
    queryKey: jobKeys.scheduler(),
    queryFn: () => unwrap(api.GET("/api/v1/system/scheduler")),
    refetchInterval: ({ state }) => pace(state.data?.jobs.some((job) => job.last_run?.status === "running") ?? false),
  });

export const jobRunsQuery = (job: string, limit: number, offset: number) =>
  queryOptions({
    queryKey: jobKeys.runs(job, limit, offset),
    queryFn: () => unwrap(api.GET("/api/v1/system/scheduler/{job}/runs", { params: { path: { job }, query: { limit, offset } } })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => pace(state.data?.items.some((run) => run.status === "running") ?? false),
  });

export function useRunJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (job: string) => unwrap(api.POST("/api/v1/system/scheduler/{job}/run", { params: { path: { job } } })),
    onSuccess: () => {
      requestedAt = Date.now();
      return client.invalidateQueries({ queryKey: jobKeys.all });
    },
  });
}
