import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";
import { uploadFile } from "@/api/upload";

export type DataSource = components["schemas"]["DataSourceOut"];
export type Run = components["schemas"]["SyncRunSummary"];
export type RunDetail = components["schemas"]["SyncRunDetail"];
export type RunStatus = Run["status"];
export type SyncRequest = components["schemas"]["SyncRequest"];
export type DomainName = NonNullable<SyncRequest["domains"]>[number];
export type WayName = NonNullable<SyncRequest["way"]>;
export type Pack = components["schemas"]["PackOut"];
type RunStarted = components["schemas"]["SyncRunStarted"];

export type SourceUpdate = components["schemas"]["DataSourceUpdate"];

export const ATTACK_SOURCE = "mitre_attack";

const sourceKeys = {
  all: ["data-sources"] as const,
  list: () => [...sourceKeys.all, "list"] as const,
  detail: (name: string) => [...sourceKeys.all, name] as const,
  runs: (name: string, limit: number, offset: number) => [...sourceKeys.all, name, "runs", { limit, offset }] as const,
  run: (id: string) => [...sourceKeys.all, "run", id] as const,
};

export function isOpen(status: RunStatus): boolean {
  return status === "queued" || status === "running";
}

/** All sources; asked for often while something runs. */
export const sourcesQuery = () =>
  queryOptions({
    queryKey: sourceKeys.list(),
    queryFn: () => unwrap(api.GET("/api/v1/data-sources", { params: { query: { limit: 200 } } })),
    refetchInterval: ({ state }) => (state.data?.items.some((source) => source.last_run && isOpen(source.last_run.status)) ? 1_500 : 30_000),
  });

export const sourceQuery = (name: string) =>
  queryOptions({
    queryKey: sourceKeys.detail(name),
    queryFn: () => unwrap(api.GET("/api/v1/data-sources/{name}", { params: { path: { name } } })),
    refetchInterval: ({ state }) => (state.data?.last_run && isOpen(state.data.last_run.status) ? 1_500 : 30_000),
  });

export const runsQuery = (name: string, limit: number, offset: number) =>
  queryOptions({
    queryKey: sourceKeys.runs(name, limit, offset),
    queryFn: () => unwrap(api.GET("/api/v1/data-sources/{name}/runs", { params: { path: { name }, query: { limit, offset } } })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some((run) => isOpen(run.status)) ? 1_500 : 30_000),
  });

/** One run, asked for every second while it goes on. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: sourceKeys.run(id),
    queryFn: () => unwrap(api.GET("/api/v1/data-sources/runs/{run_id}", { params: { path: { run_id: id } } })),
    refetchInterval: ({ state }) => (state.data && !isOpen(state.data.status) ? false : 1_000),
  });

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: sourceKeys.all });
}

export function useStartSync(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: SyncRequest) => unwrap(api.POST("/api/v1/data-sources/{name}/sync", { params: { path: { name } }, body })),
    onSuccess: refresh,
  });
}

/** Asks for every source that is switched on and at rest; what was refused comes back with its reason. */
export function useSyncAll() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: async (sources: readonly DataSource[]) => {
      const refused: { title: string; error: unknown }[] = [];
      for (const { name, title } of sources)
        await unwrap(api.POST("/api/v1/data-sources/{name}/sync", { params: { path: { name } }, body: {} })).catch((error: unknown) => refused.push({ title, error }));
      return refused;
    },
    onSettled: refresh,
  });
}

export function useUpdateSource(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: SourceUpdate) => unwrap(api.PATCH("/api/v1/data-sources/{name}", { params: { path: { name } }, body })),
    onSuccess: refresh,
  });
}

export interface UploadInput {
  file: File;
  /** For a bundle that does not tell its release. */
  release: string;
  force: boolean;
  /** Which part of a source of several the file is. */
  part?: string;
  /** Only say what it would change. */
  preview?: boolean;
  onProgress: (ratio: number) => void;
}

export function useUploadContent(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ file, release, force, part, preview, onProgress }: UploadInput) => {
      const query = new URLSearchParams({ filename: file.name, ...(release && { release }), ...(force && { force: "true" }), ...(part && { part }), ...(preview && { dry_run: "true" }) });
      return uploadFile<RunStarted>(`/api/v1/data-sources/${encodeURIComponent(name)}/upload?${query.toString()}`, file, {
        onProgress: (sent, total) => onProgress(total > 0 ? sent / total : 0),
      });
    },
    onSuccess: refresh,
  });
}

export interface PackInput {
  file: File;
  /** Only say what the pack is. */
  check?: boolean;
  preview?: boolean;
  force?: boolean;
  /** The pack's name, for one that no trusted key signed. */
  confirm?: string;
  onProgress: (ratio: number) => void;
}

/** Sends a content pack, to be looked at or to be imported. */
export function useUploadPack() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ file, check, preview, force, confirm, onProgress }: PackInput) => {
      const query = new URLSearchParams({ ...(check && { check: "true" }), ...(preview && { dry_run: "true" }), ...(force && { force: "true" }) });
      return uploadFile<Pack>(`/api/v1/data-sources/packs?${query.toString()}`, file, {
        fields: confirm ? { confirm } : {},
        onProgress: (sent, total) => onProgress(total > 0 ? sent / total : 0),
      });
    },
    onSuccess: (pack) => (pack.runs.length > 0 ? refresh() : undefined),
  });
}

export function useCancelRun() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (run: Run) =>
      unwrap(api.POST("/api/v1/data-sources/{name}/runs/{run_id}/cancel", { params: { path: { name: run.source, run_id: run.id } } })),
    onSuccess: refresh,
  });
}

export function useRepoint() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["RepointRequest"]) => unwrap(api.POST("/api/v1/data-sources/mitre_attack/repoint", { body })),
    // Tests, matrix and numbers all follow the technique.
    onSuccess: () => client.invalidateQueries(),
  });
}
