import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { isApiError } from "@/api/errors";
import type { components } from "@/api/schema";
import { refreshCounted } from "@/api/tests";
import { templateKeys, type TemplateListParams } from "@/api/templates";

export type TemplateCreate = components["schemas"]["TemplateCreate"];
export type TemplateUpdate = components["schemas"]["TemplateUpdate"];
export type TemplateStats = components["schemas"]["TemplateStats"];

const at = (id: string) => ({ path: { template_id: id } });

/** A page of the catalogue. */
export const catalogQuery = (params: TemplateListParams) =>
  queryOptions({
    queryKey: templateKeys.list(params),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/test-templates", { params: { query: params }, signal })),
    placeholderData: keepPreviousData,
  });

export const statsQuery = () =>
  queryOptions({ queryKey: templateKeys.stats(), queryFn: () => unwrap(api.GET("/api/v1/test-templates/stats")) });

function useRefresh() {
  const client = useQueryClient();
  // How many templates a technique has is counted too.
  return () => refreshCounted(client);
}

export function useCreateTemplate() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (body: TemplateCreate) => unwrap(api.POST("/api/v1/test-templates", { body })), onSuccess: refresh });
}

export function useUpdateTemplate(id: string) {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (body: TemplateUpdate) => unwrap(api.PATCH("/api/v1/test-templates/{template_id}", { params: at(id), body })), onSuccess: refresh });
}

export function useToggleTemplate(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/test-templates/{template_id}/toggle-active", { params: at(id) })),
    onSuccess: (template) => {
      client.setQueryData(templateKeys.detail(id), template);
      return refreshCounted(client);
    },
  });
}

/** Lets a held template be used as its publisher has it now. */
export function useReleaseTemplate(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (version: number) => unwrap(api.POST("/api/v1/test-templates/{template_id}/release", { params: at(id), body: { version } })),
    onSuccess: (template) => {
      client.setQueryData(templateKeys.detail(id), template);
      return refreshCounted(client);
    },
    onError: (error) => (isApiError(error) && error.code === "stale_version" ? client.invalidateQueries({ queryKey: templateKeys.detail(id) }) : undefined),
  });
}

export function useDeleteTemplate(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (): Promise<void> => {
      await api.DELETE("/api/v1/test-templates/{template_id}", { params: at(id) });
    },
    onSuccess: () => {
      client.removeQueries({ queryKey: templateKeys.detail(id) });
      void client.invalidateQueries({ queryKey: [...templateKeys.all, "list"] });
      void client.invalidateQueries({ queryKey: templateKeys.stats() });
    },
  });
}
