import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

type Schemas = components["schemas"];
export type ActorSummary = Schemas["ActorSummary"];
export type ActorDetail = Schemas["ActorDetail"];
export type ActorCoverage = Schemas["ActorCoverage"];
export type ActorUse = ActorDetail["technique_uses"][number];
export type ActorCreate = Schemas["ActorCreate"];
export type ActorUpdate = Schemas["ActorUpdate"];
export type ActorUseInput = Schemas["ActorUseIn"];
export type ActorListParams = NonNullable<paths["/api/v1/threat-actors"]["get"]["parameters"]["query"]>;
export type Tactic = Schemas["TacticOut"];

/** What the figures of one actor rest on. */
export interface ActorScope {
  software: boolean;
  platforms: readonly string[];
}

const keys = {
  all: ["threat-actors"] as const,
  one: (id: string) => [...keys.all, "one", id] as const,
};

export const actorsQuery = (params: ActorListParams) =>
  queryOptions({
    queryKey: [...keys.all, "list", params],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/threat-actors", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

export const actorQuery = (id: string, { software, platforms }: ActorScope) =>
  queryOptions({
    queryKey: [...keys.one(id), { software, platforms }],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/threat-actors/{actor_id}", {
          params: { path: { actor_id: id }, query: { ...(software && { software }), ...(platforms.length > 0 && { platform: [...platforms] }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

/** What is known of actors changes technique pages too, and with them what waits for a review. */
function useActorAct<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: keys.all }), client.invalidateQueries({ queryKey: ["techniques"] })]),
  });
}

const at = (id: string) => ({ path: { actor_id: id } });

export const useCreateActor = () => useActorAct((body: ActorCreate) => unwrap(api.POST("/api/v1/threat-actors", { body })));

export const useUpdateActor = (id: string) =>
  useActorAct((body: ActorUpdate) => unwrap(api.PATCH("/api/v1/threat-actors/{actor_id}", { params: at(id), body })));

export function useDeleteActor(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (): Promise<void> => {
      await api.DELETE("/api/v1/threat-actors/{actor_id}", { params: at(id) });
    },
    // The page of the actor itself is left: asking for it again would only give "not found".
    onSuccess: () => client.invalidateQueries({ queryKey: keys.all, predicate: ({ queryKey }) => queryKey[1] === "list" }),
  });
}

export const usePutUse = (id: string) =>
  useActorAct(({ attackId, ...body }: ActorUseInput & { attackId: string }) =>
    unwrap(api.PUT("/api/v1/threat-actors/{actor_id}/techniques/{attack_id}", { params: { path: { actor_id: id, attack_id: attackId } }, body })),
  );

export const useDeleteUse = (id: string) =>
  useActorAct(async (attackId: string): Promise<void> => {
    await api.DELETE("/api/v1/threat-actors/{actor_id}/techniques/{attack_id}", { params: { path: { actor_id: id, attack_id: attackId } } });
  });
