import type { TemplateListParams } from "@/api/templates";

interface Read {
  get: (name: string) => string;
  getAll: (name: string) => string[];
}

const CHOICES = ["source", "platform", "technique", "executor"] as const;

/** The catalogue's query out of the address; what it does not know is left out. */
export function catalogParams({ get, getAll }: Read, table: { limit: number; offset: number; sort: string | undefined }): TemplateListParams {
  const params: TemplateListParams = { limit: table.limit, offset: table.offset };
  if (table.sort) params.sort = table.sort;
  for (const name of CHOICES) if (getAll(name).length > 0) params[name] = getAll(name);
  if (get("technique") && get("include_subtechniques") !== "false") params.include_subtechniques = true;
  if (get("tested")) params.tested = get("tested") === "true";
  if (get("needs_release")) params.needs_release = get("needs_release") === "true";
  const active = get("active");
  if (active === "true" || active === "false") params.active = active;
  if (get("q")) params.q = get("q");
  return params;
}

export const FILTERS: readonly string[] = [...CHOICES, "tested", "needs_release", "active", "q"];
