import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

type Schemas = components["schemas"];
export type Countermeasure = Schemas["CountermeasureOut"];
export type CountermeasureDetail = Schemas["CountermeasureDetail"];
export type CountermeasureStatus = Countermeasure["status"];
export type Gain = Schemas["CountermeasureGain"];
export type GainDetail = Schemas["CountermeasureGainDetail"];
export type Tactic = Schemas["CountermeasureTactic"];
export type CountermeasureParams = NonNullable<paths["/api/v1/d3fend/techniques"]["get"]["parameters"]["query"]>;

const keys = {
  all: ["d3fend"] as const,
  detail: (id: string) => [...keys.all, "detail", id] as const,
};

export const countermeasuresQuery = (params: CountermeasureParams) =>
  queryOptions({
    queryKey: [...keys.all, "list", params],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/d3fend/techniques", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

/** Columns of D3FEND's matrix with how much of each we have. */
export const tacticsQuery = () => queryOptions({ queryKey: [...keys.all, "tactics"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/d3fend/tactics", { signal })) });

/** What each countermeasure that we lack would add to the score, those that add most first. */
export const gainsQuery = () => queryOptions({ queryKey: [...keys.all, "gains"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/d3fend/gains", { signal })) });

export const gainQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.all, "gain", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/d3fend/techniques/{identifier}/gain", { params: { path: { identifier: id } }, signal })),
  });

export const countermeasureQuery = (id: string) =>
  queryOptions({
    queryKey: keys.detail(id),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/d3fend/techniques/{identifier}", { params: { path: { identifier: id } }, signal })),
  });

/** A dated decision; lists, counts, scores and the matrix follow from it. */
export function useDecideCountermeasure(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { status: CountermeasureStatus; reason: string }) =>
      unwrap(api.PUT("/api/v1/d3fend/techniques/{identifier}/status", { params: { path: { identifier: id } }, body })),
    onSuccess: async (found) => {
      client.setQueryData(keys.detail(id), found);
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.all, predicate: ({ queryKey }) => queryKey[1] !== "detail" && queryKey[1] !== "gain" }),
        // What is implemented has nothing to gain any more, and must not be asked for it.
        client.invalidateQueries({ queryKey: [...keys.all, "gain"], refetchType: "none" }),
        client.invalidateQueries({ queryKey: ["techniques"] }),
        client.invalidateQueries({ queryKey: ["heatmap"] }),
      ]);
    },
  });
}
