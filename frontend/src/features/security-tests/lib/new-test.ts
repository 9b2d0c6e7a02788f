import type { TestCreate } from "@/features/security-tests/api";
import type { Template } from "@/api/templates";
import { tagsOf } from "@/features/security-tests/lib/plan-form";
import { EXPECTATIONS, keyOf } from "@/features/security-tests/lib/words";

export interface NewTestValues {
  name: string;
  description: string;
  platform: string;
  environment_id: string;
  expected: string;
  expected_reason: string;
  tags: string;
  procedure: string;
  blind: boolean;
  inputs: { name: string; value: string }[];
}

export function newTestValues(technique: { name: string; platforms: string[] }, template: Template | null): NewTestValues {
  const platforms = template ? template.platforms : technique.platforms;
  return {
    name: template?.name.slice(0, 200) ?? "",
    description: "",
    platform: platforms.length === 1 ? (platforms[0] ?? "") : "",
    environment_id: "",
    expected: "",
    expected_reason: "",
    tags: "",
    procedure: "",
    blind: false,
    inputs: (template?.inputs ?? []).map((input) => ({ name: input.name, value: input.default ?? "" })),
  };
}

export function newTestBody(values: NewTestValues, technique: string, template: Template | null): TestCreate {
  const expected = keyOf(EXPECTATIONS, values.expected);
  return {
    technique,
    name: values.name,
    description: values.description || null,
    platform: values.platform || null,
    environment_id: values.environment_id || null,
    expected,
    expected_reason: expected ? values.expected_reason : null,
    tags: tagsOf(values.tags),
    blind: values.blind,
    inputs: template ? Object.fromEntries(values.inputs.map((item) => [item.name, item.value])) : {},
    template_id: template?.id ?? null,
    procedure: template ? null : values.procedure || null,
  };
}
