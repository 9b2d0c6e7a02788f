import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";
import type { DomainName } from "@/api/techniques";

type Schemas = components["schemas"];
export type Score = Schemas["Score"];
export type ScorePart = Schemas["ScorePart"];
export type ScoreSample = Schemas["ScoreSample"];
export type TechniqueScore = Schemas["TechniqueScoreOut"];
export type OrganizationScores = Schemas["OrganizationScores"];
export type ScoreComponent = ScorePart["component"];

export const scoreKeys = { all: ["scores"] as const };

/** The organisation's three figures, with the sample behind each. */
export const organizationQuery = (domain: DomainName) =>
  queryOptions({
    queryKey: [...scoreKeys.all, "organization", domain],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/scores/organization", { params: { query: { domain } }, signal })),
    placeholderData: keepPreviousData,
  });

/** One technique's score, taken apart. By its own id: an ATT&CK id may stand in several domains. */
export const techniqueScoreQuery = (id: string) =>
  queryOptions({
    queryKey: [...scoreKeys.all, "technique", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/scores/techniques/{attack_id}", { params: { path: { attack_id: id } }, signal })),
  });
