import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { ruleKeys, type RuleDetail } from "@/api/rules";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type RuleCreate = Schemas["RuleCreate"];
export type RuleUpdate = Schemas["RuleUpdate"];
export type RuleStats = Schemas["RuleStats"];
export type Deployment = RuleDetail["deployments"][number];
export type DeploymentStatus = NonNullable<Schemas["DeploymentChange"]["status"]>;
export type Backend = Schemas["ConversionBackend"];

export const ruleQuery = (id: string) =>
  queryOptions({
    queryKey: ruleKeys.detail(id),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/detection-rules/{rule_id}", { params: { path: { rule_id: id } }, signal })),
  });

export const ruleStatsQuery = () =>
  queryOptions({ queryKey: ruleKeys.stats(), queryFn: ({ signal }) => unwrap(api.GET("/api/v1/detection-rules/stats", { signal })) });

/** Languages that Sigma rules are converted to; they change with a new version of Aegis only. */
export const backendsQuery = () =>
  queryOptions({
    queryKey: [...ruleKeys.all, "backends"],
    queryFn: () => unwrap(api.GET("/api/v1/detection-rules/backends")),
    staleTime: Infinity,
  });

/** One rule in one language. `pipeline` empty: the usual mapping of fields. The version tells an edited rule apart. */
export const conversionQuery = (rule: { id: string; version: number }, backend: string, pipeline: string) =>
  queryOptions({
    queryKey: [...ruleKeys.detail(rule.id), "conversion", rule.version, backend, pipeline],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/detection-rules/{rule_id}/conversions/{backend}", {
          params: { path: { rule_id: rule.id, backend }, query: pipeline ? { pipeline } : {} },
          signal,
        }),
      ),
    staleTime: Infinity,
  });

/** The answer replaces what is shown; lists, counts and the matrix follow from it. */
function useRuleAct<Input>(mutationFn: (input: Input) => Promise<RuleDetail>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: async (rule) => {
      client.setQueryData(ruleKeys.detail(rule.id), rule);
      await Promise.all([
        client.invalidateQueries({ queryKey: ruleKeys.all, predicate: ({ queryKey }) => queryKey[1] !== "detail" }),
        client.invalidateQueries({ queryKey: ["techniques"] }),
        client.invalidateQueries({ queryKey: ["heatmap"] }),
      ]);
    },
  });
}

const at = (id: string) => ({ path: { rule_id: id } });

export const useCreateRule = () => useRuleAct((body: RuleCreate) => unwrap(api.POST("/api/v1/detection-rules", { body })));

export const useUpdateRule = (id: string) =>
  useRuleAct((body: RuleUpdate) => unwrap(api.PATCH("/api/v1/detection-rules/{rule_id}", { params: at(id), body })));

export const useToggleRule = (id: string) => useRuleAct(() => unwrap(api.POST("/api/v1/detection-rules/{rule_id}/toggle-active", { params: at(id) })));

/** From now on it runs in the tool, in this way. */
export const useDeploy = (id: string) =>
  useRuleAct(({ toolId, status }: { toolId: string; status: DeploymentStatus }) =>
    unwrap(api.PUT("/api/v1/detection-rules/{rule_id}/deployments/{tool_id}", { params: { path: { rule_id: id, tool_id: toolId } }, body: { status } })),
  );

/** From now on it does not. The route answers with nothing, so the rule is asked for anew. */
export const useWithdraw = (id: string) =>
  useRuleAct(async (toolId: string) => {
    await api.DELETE("/api/v1/detection-rules/{rule_id}/deployments/{tool_id}", { params: { path: { rule_id: id, tool_id: toolId } } });
    return unwrap(api.GET("/api/v1/detection-rules/{rule_id}", { params: at(id) }));
  });
