import type { TestDetail } from "@/api/tests";
import type { PlanUpdate } from "@/features/security-tests/api";
import { EXPECTATIONS, keyOf } from "@/features/security-tests/lib/words";

export interface PlanValues {
  name: string;
  description: string;
  procedure: string;
  platform: string;
  environment_id: string;
  expected: string;
  expected_reason: string;
  tags: string;
}

/** "edr, q4" → ["edr", "q4"]. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];
}

export function planValues(test: TestDetail): PlanValues {
  return {
    name: test.name,
    description: test.description,
    procedure: test.procedure,
    platform: test.platform ?? "",
    environment_id: test.environment.id,
    expected: test.expected_own ?? "",
    expected_reason: test.expected_reason ?? "",
    tags: test.tags.join(", "),
  };
}

/** Only what was changed: an unchanged procedure keeps its key and its hash. */
export function planBody(values: PlanValues, base: TestDetail): PlanUpdate {
  const before = planValues(base);
  const changed = (name: keyof PlanValues) => values[name] !== before[name];
  return {
    version: base.version,
    ...(changed("name") && { name: values.name }),
    ...(changed("description") && { description: values.description }),
    ...(changed("procedure") && { procedure: values.procedure }),
    ...(changed("platform") && { platform: values.platform || null }),
    ...(changed("environment_id") && { environment_id: values.environment_id }),
    ...((changed("expected") || changed("expected_reason")) && {
      expected: keyOf(EXPECTATIONS, values.expected),
      expected_reason: values.expected ? values.expected_reason || null : null,
    }),
    ...(changed("tags") && { tags: tagsOf(values.tags) }),
  };
}
