import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";
import { scoreKeys as shared, type ScoreComponent } from "@/api/scores";

type Schemas = components["schemas"];
export type ScoringConfig = Schemas["ScoringConfig"];
export type ScoringDecision = Schemas["ScoringDecision"];
export type ScoringPreview = Schemas["ScoringPreview"];
export type ProfileEntry = Schemas["ThreatProfileEntryOut"];
export type ProfileItem = Schemas["ThreatProfileItem"];
export type Component = ScoreComponent;
export type WeightValues = Record<Component, number>;

export const scoreKeys = {
  ...shared,
  config: () => [...shared.all, "config"] as const,
  preview: (weights: WeightValues) => [...shared.all, "preview", weights] as const,
  profile: (history: boolean) => [...shared.all, "profile", history] as const,
};

export const configQuery = () =>
  queryOptions({ queryKey: scoreKeys.config(), queryFn: ({ signal }) => unwrap(api.GET("/api/v1/scores/config", { signal })) });

/** What other weights would change; nothing is stored. */
export const previewQuery = (weights: WeightValues) =>
  queryOptions({
    queryKey: scoreKeys.preview(weights),
    queryFn: ({ signal }) => unwrap(api.POST("/api/v1/scores/config/preview", { body: { ...weights, reason: "" }, signal })),
    placeholderData: keepPreviousData,
    enabled: Object.values(weights).some((weight) => weight > 0),
  });

export const profileQuery = (history: boolean) =>
  queryOptions({
    queryKey: scoreKeys.profile(history),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/threat-profile", { params: { query: { history, limit: 200 } }, signal })),
  });

/** Weights and profile move every score: all that shows one is asked for anew. */
function useScoreAct<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => Promise.all([scoreKeys.all, ["heatmap"], ["metrics"], ["techniques"], ["actors"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

export const useSetWeights = () => useScoreAct((body: Schemas["ScoringWeights"]) => unwrap(api.PUT("/api/v1/scores/config", { body })));

export const useSetProfile = () => useScoreAct((body: Schemas["ThreatProfileChange"]) => unwrap(api.PUT("/api/v1/threat-profile", { body })));
