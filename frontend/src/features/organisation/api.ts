import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { environmentKeys, toolKeys } from "@/api/organisation";
import type { components } from "@/api/schema";

type Schemas = components["schemas"];
export type ToolCreate = Schemas["ToolCreate"];
export type ToolUpdate = Schemas["ToolUpdate"];
export type EnvironmentCreate = Schemas["EnvironmentCreate"];
export type EnvironmentUpdate = Schemas["EnvironmentUpdate"];

function useToolAct<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: toolKeys.all }) });
}

export const useCreateTool = () => useToolAct((body: ToolCreate) => unwrap(api.POST("/api/v1/tools", { body })));

export const useUpdateTool = () =>
  useToolAct(({ id, body }: { id: string; body: ToolUpdate }) => unwrap(api.PATCH("/api/v1/tools/{tool_id}", { params: { path: { tool_id: id } }, body })));

/** What an environment runs decides what applies to it: statuses and figures are asked for anew. */
function useEnvironmentAct<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => Promise.all([environmentKeys.all, ["heatmap"], ["metrics"], ["techniques"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}

export const useCreateEnvironment = () => useEnvironmentAct((body: EnvironmentCreate) => unwrap(api.POST("/api/v1/environments", { body })));

export const useUpdateEnvironment = () =>
  useEnvironmentAct(({ id, body }: { id: string; body: EnvironmentUpdate }) =>
    unwrap(api.PATCH("/api/v1/environments/{environment_id}", { params: { path: { environment_id: id } }, body })),
  );
