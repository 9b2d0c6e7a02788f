import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";
import { techniqueKeys, type DomainName, type TechniqueDetail } from "@/api/techniques";

export type OverlayUpdate = components["schemas"]["OverlayUpdate"];
export type Overlay = TechniqueDetail["overlays"][number];

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
