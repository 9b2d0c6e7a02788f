import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Role } from "@/api/me";

const FEW = 8;

/** Techniques that match what was typed, for the palette and for pickers. */
export const techniqueLookup = (q: string, enabled = true) =>
  queryOptions({
    queryKey: ["lookup", "techniques", q],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/techniques", { params: { query: { q, limit: FEW } }, signal })),
    enabled: enabled && q.trim().length > 1,
    placeholderData: keepPreviousData,
  });

export const testLookup = (q: string, enabled = true) =>
  queryOptions({
    queryKey: ["lookup", "tests", q],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/tests", { params: { query: { q, limit: FEW } }, signal })),
    enabled: enabled && q.trim().length > 1,
    placeholderData: keepPreviousData,
  });

/** People by name, for assignment and filters. */
export const directoryLookup = (q: string, role?: Role[]) =>
  queryOptions({
    queryKey: ["lookup", "directory", q, role],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/users/directory", { params: { query: { ...(q ? { q } : {}), ...(role ? { role } : {}), limit: FEW } }, signal })),
    placeholderData: keepPreviousData,
  });

/** Threat actors by name or alias. */
export const actorLookup = (q: string, enabled = true) =>
  queryOptions({
    queryKey: ["lookup", "actors", q],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/threat-actors", { params: { query: { q, limit: FEW } }, signal })),
    enabled: enabled && q.trim().length > 1,
    placeholderData: keepPreviousData,
  });
