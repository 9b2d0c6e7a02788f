import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { components, paths } from "@/api/schema";

export type Template = components["schemas"]["TemplateDetail"];
export type TemplateSummary = components["schemas"]["TemplateSummary"];
export type TemplateCommand = components["schemas"]["TemplateCommandOut"];
export type TemplateListParams = NonNullable<paths["/api/v1/test-templates"]["get"]["parameters"]["query"]>;

export const templateKeys = {
  all: ["test-templates"] as const,
  list: (params: TemplateListParams) => [...templateKeys.all, "list", params] as const,
  detail: (id: string) => [...templateKeys.all, "detail", id] as const,
  stats: () => [...templateKeys.all, "stats"] as const,
};

export const templateQuery = (id: string) =>
  queryOptions({
    queryKey: templateKeys.detail(id),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/test-templates/{template_id}", { params: { path: { template_id: id } }, signal })),
    enabled: id !== "",
  });

/** The template ready for its executor: prerequisites, command and cleanup in one script. */
export function templateCommand(id: string, inputs: Readonly<Record<string, string>>): Promise<TemplateCommand> {
  const input = Object.entries(inputs).map(([name, value]) => `${name}=${value}`);
  return unwrap(api.GET("/api/v1/test-templates/{template_id}/command", { params: { path: { template_id: id }, query: { input } } }));
}
