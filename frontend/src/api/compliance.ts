import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";

export type Framework = components["schemas"]["FrameworkOut"];

const FEW = 8;

/** Compliance frameworks by name, all of them. */
export const frameworksQuery = () =>
  queryOptions({
    queryKey: ["compliance", "frameworks"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/compliance/frameworks", { params: { query: { limit: 200 } }, signal })),
  });

/** Mapped compliance controls of a framework by id or name; `attack_id` is what the matrix's filter takes. */
export const controlLookup = (framework: string) => (q: string) =>
  queryOptions({
    queryKey: ["lookup", "compliance-controls", framework, q],
    queryFn: async ({ signal }) => {
      const found = await unwrap(
        api.GET("/api/v1/compliance/frameworks/{framework_id}/controls", { params: { path: { framework_id: framework }, query: { q, mapped: true, limit: FEW } }, signal }),
      );
      return { ...found, items: found.items.map((item) => ({ ...item, attack_id: `${framework}:${item.control_id}` })) };
    },
    enabled: q.trim().length > 1,
    placeholderData: keepPreviousData,
  });
