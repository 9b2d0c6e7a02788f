import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

type Schemas = components["schemas"];
export type Finding = Schemas["FindingSummary"];
export type FindingDetail = Schemas["FindingDetail"];
export type FindingStatus = Finding["status"];
export type Severity = Finding["severity"];
export type FindingAction = FindingDetail["allowed_actions"][number];
export type Step = Schemas["StepOut"];
export type FindingResult = Schemas["FindingResultOut"];
export type Acceptance = Schemas["AcceptanceOut"];
export type FindingParams = NonNullable<paths["/api/v1/findings"]["get"]["parameters"]["query"]>;
export type FindingUpdate = Schemas["FindingUpdate"];
export type StepUpdate = Schemas["StepUpdate"];
export type StepCreate = Schemas["StepCreate"];
export type RiskInput = Schemas["RiskInput"];

export const findingKeys = { all: ["findings"] as const, one: (id: string) => ["findings", "one", id] as const };

export const findingsQuery = (params: FindingParams) =>
  queryOptions({
    queryKey: [...findingKeys.all, "list", params],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/findings", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

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
