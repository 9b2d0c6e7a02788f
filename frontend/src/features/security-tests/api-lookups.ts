import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { templateKeys } from "@/api/templates";


const MOST = 200;

/** Environments in use; the page hides the choice while there is only one. */
export const environmentsQuery = () =>
  queryOptions({
    queryKey: ["environments", { active: true }],
    queryFn: () => unwrap(api.GET("/api/v1/environments", { params: { query: { active: true, limit: MOST } } })),
    staleTime: 300_000,
  });

/** Our tools in use, to name in observations. */
export const toolsQuery = () =>
  queryOptions({
    queryKey: ["tools", { active: true }],
    queryFn: () => unwrap(api.GET("/api/v1/tools", { params: { query: { active: true, limit: MOST } } })),
    staleTime: 300_000,
  });

/** The technique of a new test. */
export const techniqueQuery = (attackId: string) =>
  queryOptions({
    queryKey: ["techniques", "detail", attackId],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/techniques/{attack_id}", { params: { path: { attack_id: attackId } }, signal })),
    enabled: attackId !== "",
  });

/** Usable templates of a technique. */
export const templatesQuery = (technique: string, q: string) =>
  queryOptions({
    queryKey: templateKeys.list({ technique: [technique], q }),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/test-templates", { params: { query: { technique: [technique], active: "true", limit: 100, ...(q && { q }) } }, signal })),
    enabled: technique !== "",
    placeholderData: keepPreviousData,
  });

/** Rules that look for a technique, or whose name matches what was typed. */
export const rulesQuery = (technique: string, q: string) =>
  queryOptions({
    queryKey: ["lookup", "detection-rules", technique, q],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/detection-rules", { params: { query: { limit: 20, ...(q ? { q } : { technique: [technique] }) } }, signal })),
    placeholderData: keepPreviousData,
  });
