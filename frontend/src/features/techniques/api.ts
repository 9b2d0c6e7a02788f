import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";
import { techniqueKeys, type DomainName, type TechniqueDetail } from "@/api/techniques";

export type OverlayUpdate = components["schemas"]["OverlayUpdate"];
export type Overlay = TechniqueDetail["overlays"][number];
export type ScorePoint = components["schemas"]["TechniqueScorePoint"];

const HISTORY = 200;

/** The technique in the newest 200 snapshots: years of weekly ones. */
export const scoreHistoryQuery = (attackId: string, domain: DomainName) =>
  queryOptions({
    queryKey: ["snapshots", "of-technique", attackId, domain],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/techniques/{attack_id}/score-history", { params: { path: { attack_id: attackId }, query: { domain, limit: HISTORY } }, signal })),
  });

/** The technique's cell on the evidence ladder; undefined where it has none. */
export const ladderQuery = (attackId: string, domain: DomainName) =>
  queryOptions({
    queryKey: ["heatmap", "ladder-of", attackId, domain],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/heatmap", { params: { query: { layer: "ladder", domain, q: attackId } }, signal })),
    select: ({ cells, as_of }) => ({ cell: cells.find((cell) => cell.attack_id === attackId), asOf: as_of }),
  });

/** Templates that can be used for the technique, by name. Those that wait for a release are asked for apart: a list
 * that is cut off would hide them. */
export const templatesOfQuery = (attackId: string, held: boolean, limit: number) =>
  queryOptions({
    queryKey: ["test-templates", "of-technique", attackId, held, limit],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/test-templates", { params: { query: { technique: [attackId], active: "true", needs_release: held, limit } }, signal })),
  });

interface Which {
  attackId: string;
  domain: DomainName | undefined;
}

/** The answer replaces what is shown; the matrix and the figures follow from it and are asked for anew. */
function useTechniqueMutation<Input>({ attackId, domain }: Which, mutationFn: (input: Input) => Promise<TechniqueDetail>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: async (technique) => {
      client.setQueryData(techniqueKeys.detail(attackId, domain), technique);
      await Promise.all([
        client.invalidateQueries({ queryKey: ["heatmap"] }),
        client.invalidateQueries({ queryKey: ["metrics"] }),
        client.invalidateQueries({ queryKey: ["scores"] }),
        client.invalidateQueries({ queryKey: techniqueKeys.all }),
      ]);
    },
  });
}

const parameters = ({ attackId, domain }: Which) => ({ path: { attack_id: attackId }, query: domain ? { domain } : {} });

/** Somebody read what changed: the flag falls. */
export const useReviewTechnique = (which: Which) =>
  useTechniqueMutation(which, (notes: string) => unwrap(api.POST("/api/v1/techniques/{attack_id}/review", { params: parameters(which), body: { notes } })));

/** A dated decision on scope, expectation, priority or notes. */
export const useDecide = (which: Which) =>
  useTechniqueMutation(which, (body: OverlayUpdate) => unwrap(api.PATCH("/api/v1/techniques/{attack_id}/overlay", { params: parameters(which), body })));
