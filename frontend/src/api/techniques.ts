import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";

export type TechniqueDetail = components["schemas"]["TechniqueDetail"];
export type DomainName = TechniqueDetail["domain"];

export const techniqueKeys = {
  all: ["techniques"] as const,
  detail: (attackId: string, domain?: DomainName) => [...techniqueKeys.all, "detail", attackId, domain ?? null] as const,
};

/** Everything known of a technique; the domain is needed only where an id stands in several. */
export const techniqueQuery = (attackId: string, domain?: DomainName) =>
  queryOptions({
    queryKey: techniqueKeys.detail(attackId, domain),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/techniques/{attack_id}", {
          params: { path: { attack_id: attackId }, query: domain ? { domain } : {} },
          signal,
        }),
      ),
  });

/** Columns of a domain's matrix, in their order. */
export const tacticsQuery = (domain: DomainName) =>
  queryOptions({
    queryKey: ["tactics", domain],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/tactics", { params: { query: { domain, limit: 200 } }, signal })),
    staleTime: 300_000,
  });
