import type { Template } from "@/api/templates";
import type { TemplateCreate } from "@/features/catalog/api";

export interface TemplateValues {
  name: string;
  description: string;
  techniques: { attackId: string; name: string }[];
  platforms: string[];
  executor: string;
  elevation_required: boolean;
  procedure: string;
  cleanup: string;
  inputs: { name: string; type: string; description: string; default: string }[];
}

export function templateValues(template: Template | null): TemplateValues {
  return {
    name: template?.name ?? "",
    description: template?.description ?? "",
    techniques: (template?.technique_links ?? []).map((link) => ({ attackId: link.attack_id, name: link.name ?? "" })),
    platforms: template?.platforms ?? [],
    executor: template?.executor ?? "",
    elevation_required: template?.elevation_required ?? false,
    procedure: template?.procedure ?? "",
    cleanup: template?.cleanup ?? "",
    inputs: (template?.inputs ?? []).map((input) => ({ name: input.name, type: input.type ?? "string", description: input.description ?? "", default: input.default ?? "" })),
  };
}

export function templateBody(values: TemplateValues): TemplateCreate {
  const { techniques, executor, inputs, ...plain } = values;
  return {
    ...plain,
    techniques: techniques.map((technique) => technique.attackId),
    executor: executor.trim() || null,
    inputs: inputs.map((input) => ({ ...input, type: input.type.trim() || "string", default: input.default || null })),
  };
}

/** Names of the places in a text that no input fills, each once. */
export function unfilled(text: string, inputs: readonly { name: string }[]): string[] {
  const known = new Set(inputs.map((input) => input.name));
  return [...new Set([...text.matchAll(/#\{\s*([A-Za-z0-9_.-]+)\s*\}/g)].map((match) => match[1] ?? ""))].filter((name) => !known.has(name));
}
