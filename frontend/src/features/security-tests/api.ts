import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components } from "@/api/schema";
import { refreshCounted, testKeys, type Side, type TestDetail } from "@/api/tests";

type Schemas = components["schemas"];
export type RedRecord = Schemas["RedRecord"];
export type BlueRecord = Schemas["BlueRecord"];
export type Execution = Schemas["ExecutionOutput"];
export type Observation = Schemas["ObservationOutput"];
export type Round = Schemas["RoundOutput"];
export type Vote = Schemas["VoteOutput"];
export type TimelineEntry = Schemas["TimelineEntry"];
export type RuleResult = Schemas["RuleResultOutput"];
export type RedUpdate = Schemas["RedUpdate"];
export type ExecutionInput = Schemas["ExecutionInput"];
export type BlueUpdate = Schemas["BlueUpdate"];
export type ObservationInput = Schemas["ObservationInput"];
export type PlanUpdate = Schemas["SecurityTestUpdate"];
export type TestCreate = Schemas["SecurityTestCreate"];
export type VoteCreate = Schemas["VoteCreate"];

const MOST = 200;
const at = (id: string) => ({ path: { test_id: id } });

export const roundsQuery = (id: string) =>
  queryOptions({
    queryKey: [...testKeys.one(id), "rounds"],
    queryFn: () => unwrap(api.GET("/api/v1/tests/{test_id}/rounds", { params: { ...at(id), query: { limit: MOST } } })),
  });

export const timelineQuery = (id: string) =>
  queryOptions({
    queryKey: [...testKeys.one(id), "timeline"],
    queryFn: () => unwrap(api.GET("/api/v1/tests/{test_id}/timeline", { params: { ...at(id), query: { limit: MOST } } })),
  });

export const retestsQuery = (id: string) =>
  queryOptions({
    queryKey: [...testKeys.one(id), "retests"],
    queryFn: () => unwrap(api.GET("/api/v1/tests/{test_id}/retests", { params: { ...at(id), query: { limit: MOST } } })),
  });

/** Every act on a test answers with the whole test: it replaces what is shown; lists and history are asked for anew. */
function useTestAct<Input>(id: string, mutationFn: (input: Input) => Promise<TestDetail>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: async (test) => {
      client.setQueryData(testKeys.detail(id), test);
      void refreshCounted(client);
      await client.invalidateQueries({
        queryKey: testKeys.all,
        predicate: ({ queryKey }) => queryKey[1] === "list" || (queryKey[2] === id && queryKey[3] !== "detail"),
      });
    },
  });
}

export const useUpdatePlan = (id: string) =>
  useTestAct(id, (body: PlanUpdate) => unwrap(api.PATCH("/api/v1/tests/{test_id}", { params: at(id), body })));

export const useStart = (id: string) => useTestAct(id, () => unwrap(api.POST("/api/v1/tests/{test_id}/start", { params: at(id) })));

/** Saves red's record. The flat form holds one run; several replace the list, which has a route of its own. */
export const useUpdateRed = (id: string) =>
  useTestAct(id, async ({ record, executions }: { record: RedUpdate; executions: ExecutionInput[] | null }) => {
    const flat = executions === null || Object.keys(record).length > 1;
    const saved = flat ? await unwrap(api.PATCH("/api/v1/tests/{test_id}/red", { params: at(id), body: record })) : null;
    if (executions === null && saved) return saved;
    const version = saved?.red.version ?? record.version;
    return unwrap(api.PUT("/api/v1/tests/{test_id}/executions", { params: at(id), body: { version, executions: executions ?? [] } }));
  });

export const useSubmitRed = (id: string) =>
  useTestAct(id, () => unwrap(api.POST("/api/v1/tests/{test_id}/submit-red", { params: at(id) })));

export const useUpdateBlue = (id: string) =>
  useTestAct(id, (body: BlueUpdate) => unwrap(api.PATCH("/api/v1/tests/{test_id}/blue", { params: at(id), body })));

export const useSubmitBlue = (id: string) =>
  useTestAct(id, () => unwrap(api.POST("/api/v1/tests/{test_id}/submit-blue", { params: at(id) })));

export const useReturn = (id: string) =>
  useTestAct(id, (question: string) => unwrap(api.POST("/api/v1/tests/{test_id}/return", { params: at(id), body: { question } })));

export const useVote = (id: string) =>
  useTestAct(id, (body: VoteCreate) => unwrap(api.POST("/api/v1/tests/{test_id}/votes", { params: at(id), body })));

export const useReopen = (id: string) =>
  useTestAct(id, (body: Schemas["ReopenInput"]) => unwrap(api.POST("/api/v1/tests/{test_id}/reopen", { params: at(id), body })));

export const useArchive = (id: string) =>
  useTestAct(id, (reason: string) => unwrap(api.POST("/api/v1/tests/{test_id}/archive", { params: at(id), body: { reason } })));

export const useUnarchive = (id: string) =>
  useTestAct(id, (reason: string) => unwrap(api.POST("/api/v1/tests/{test_id}/unarchive", { params: at(id), body: { reason } })));

export const useAnnul = (id: string) =>
  useTestAct(id, (reason: string) => unwrap(api.POST("/api/v1/tests/{test_id}/annul", { params: at(id), body: { reason } })));

export const useCarry = (id: string) =>
  useTestAct(id, (side: Side) => unwrap(api.POST("/api/v1/tests/{test_id}/carry", { params: at(id), body: { side } })));

export interface Assignment {
  side: Side;
  userId: string | null;
}

function assign(id: string, { side, userId }: Assignment): Promise<TestDetail> {
  return unwrap(api.POST("/api/v1/tests/{test_id}/assign", { params: at(id), body: { side, user_id: userId } }));
}

export const useAssign = (id: string) => useTestAct(id, (assignment: Assignment) => assign(id, assignment));

export const usePutRuleResult = (id: string) =>
  useTestAct(id, ({ ruleId, ...body }: Schemas["RuleResultInput"] & { ruleId: string }) =>
    unwrap(api.PUT("/api/v1/tests/{test_id}/detection-rules/{rule_id}", { params: { path: { test_id: id, rule_id: ruleId } }, body })),
  );

/** Assigns many tests one after the other; what was refused comes back with its reason. */
export function useBulkAssign() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ ids, assignment }: { ids: string[]; assignment: Assignment }) => {
      const refused: { id: string; error: unknown }[] = [];
      for (const id of ids) await assign(id, assignment).catch((error: unknown) => refused.push({ id, error }));
      return refused;
    },
    onSettled: () => client.invalidateQueries({ queryKey: testKeys.all }),
  });
}

export function useDeleteTest() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string): Promise<void> => {
      await api.DELETE("/api/v1/tests/{test_id}", { params: at(id) });
    },
    onSuccess: () => {
      void refreshCounted(client);
      return client.invalidateQueries({ queryKey: testKeys.lists() });
    },
  });
}

function useNewTest<Input>(mutationFn: (input: Input) => Promise<TestDetail>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: async (test) => {
      client.setQueryData(testKeys.detail(test.id), test);
      void refreshCounted(client);
      await client.invalidateQueries({ queryKey: testKeys.all, predicate: ({ queryKey }) => queryKey[1] === "list" || queryKey[3] === "retests" });
    },
  });
}

export const useCreateTest = () => useNewTest((body: TestCreate) => unwrap(api.POST("/api/v1/tests", { body })));

export const useCreateRetest = (id: string) =>
  useNewTest((name: string) => unwrap(api.POST("/api/v1/tests/{test_id}/retests", { params: at(id), body: name ? { name } : {} })));
