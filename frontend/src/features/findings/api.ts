import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { findingKeys, type Finding } from "@/api/findings";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type FindingDetail = Schemas["FindingDetail"];
export type FindingStatus = Finding["status"];
export type Severity = Finding["severity"];
export type FindingAction = FindingDetail["allowed_actions"][number];
export type Step = Schemas["StepOut"];
export type FindingResult = Schemas["FindingResultOut"];
export type Acceptance = Schemas["AcceptanceOut"];
export type FindingUpdate = Schemas["FindingUpdate"];
export type StepUpdate = Schemas["StepUpdate"];
export type StepCreate = Schemas["StepCreate"];
export type RiskInput = Schemas["RiskInput"];
export type FindingCreate = Schemas["FindingCreate"];

export const findingQuery = (id: string) =>
  queryOptions({
    queryKey: findingKeys.one(id),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/findings/{finding_id}", { params: { path: { finding_id: id } }, signal })),
  });

export const findingTimelineQuery = (id: string) =>
  queryOptions({
    queryKey: [...findingKeys.one(id), "timeline"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/findings/{finding_id}/timeline", { params: { path: { finding_id: id }, query: { limit: 100 } }, signal })),
  });

/** Every act moves the finding, its lists and the tasks that come from it. */
function useFindingAct<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => Promise.all([findingKeys.all, ["metrics"], ["tests"], ["notifications"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

/** Tests that may show a gap: confirmed, and not at the best outcome. Which of them lie below their expectation each says itself. */
export const missesToPickQuery = (q: string) =>
  queryOptions({
    queryKey: ["tests", "list", "misses", q],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/tests", {
          params: { query: { state: ["validated"], detection: ["not_detected", "partially_detected", "detected"], sort: "-decided_at", limit: 200, ...(q && { q }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    select: ({ items }) => items.filter((test) => test.meets_expectation === false && !test.annulled),
  });

export const ownersQuery = () =>
  queryOptions({ queryKey: [...findingKeys.all, "owners"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/findings/owners", { signal })) });

const path = (id: string) => ({ path: { finding_id: id } });

export const useUpdateFinding = (id: string) =>
  useFindingAct((body: FindingUpdate) => unwrap(api.PATCH("/api/v1/findings/{finding_id}", { params: path(id), body })));

export const useAddStep = (id: string) =>
  useFindingAct((body: StepCreate) => unwrap(api.POST("/api/v1/findings/{finding_id}/steps", { params: path(id), body })));

export const useUpdateStep = (id: string) =>
  useFindingAct(({ stepId, body }: { stepId: string; body: StepUpdate }) =>
    unwrap(api.PATCH("/api/v1/findings/{finding_id}/steps/{step_id}", { params: { path: { finding_id: id, step_id: stepId } }, body })),
  );

export const useAcceptRisk = (id: string) =>
  useFindingAct((body: RiskInput) => unwrap(api.POST("/api/v1/findings/{finding_id}/accept-risk", { params: path(id), body })));

export const useEndAcceptance = (id: string) =>
  useFindingAct((reason: string) => unwrap(api.POST("/api/v1/findings/{finding_id}/end-acceptance", { params: path(id), body: { reason } })));

export const useCloseFinding = (id: string) =>
  useFindingAct((reason: string) => unwrap(api.POST("/api/v1/findings/{finding_id}/close", { params: path(id), body: { reason } })));

export const useReopenFinding = (id: string) =>
  useFindingAct((reason: string) => unwrap(api.POST("/api/v1/findings/{finding_id}/reopen", { params: path(id), body: { reason } })));

export const useCreateFinding = () => useFindingAct((body: FindingCreate) => unwrap(api.POST("/api/v1/findings", { body })));

/** Moves results below expectation into a finding. */
export const useAddResults = (id: string) =>
  useFindingAct((testIds: string[]) => unwrap(api.POST("/api/v1/findings/{finding_id}/results", { params: path(id), body: { test_ids: testIds } })));

/** Takes over what another finding holds. */
export const useMergeFinding = (id: string) =>
  useFindingAct((other: string) => unwrap(api.POST("/api/v1/findings/{finding_id}/merge", { params: path(id), body: { finding_id: other } })));

export const useSetOwners = () => useFindingAct((body: Schemas["OwnersUpdate"]) => unwrap(api.PUT("/api/v1/findings/owners", { body })));
