import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { templateKeys } from "@/api/templates";

/** Usable templates of a technique. */
export const templatesQuery = (technique: string, q: string) =>
  queryOptions({
    queryKey: templateKeys.list({ technique: [technique], q }),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/test-templates", { params: { query: { technique: [technique], active: "true", limit: 100, ...(q && { q }) } }, signal })),
    enabled: technique !== "",
    placeholderData: keepPreviousData,
  });
