import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { templateKeys } from "@/api/templates";

/** Usable templates of a technique, ranked; without a platform those that we have are preferred. */
export const templatesQuery = (technique: string, q: string, platform: string) => {
  const query = { technique: [technique], active: "true", sort: "rank", limit: 100, ...(q && { q }), ...(platform && { fit: [platform] }) } as const;
  return queryOptions({
    queryKey: templateKeys.list({ ...query, technique: [technique] }),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/test-templates", { params: { query: { ...query, technique: [technique] } }, signal })),
    enabled: technique !== "",
    placeholderData: keepPreviousData,
  });
};
