import type { components } from "@/api/schema";

type Rule = components["schemas"]["RuleDetail"];

export const RULE_ID = "00000000-0000-4000-8000-000000000601";
export const TOOL_ID = "00000000-0000-4000-8000-000000000701";

/** A published Sigma rule that nobody uses yet; a rule as the server sends it. */
export function ruleOf(over: Partial<Rule> = {}): Rule {
  return {
    id: RULE_ID,
    name: "Whoami was run",
    source: "sigma",
    upstream_id: "sigma:00000000-0000-4000-8000-000000000602",
    level: "high",
    status: "stable",
    retired: false,
    language: "sigma",
    platforms: ["Windows"],
    author: "Somebody",
    techniques: ["T1033"],
    is_active: true,
    withdrawn_at: null,
    deployed_in: [],
    firing_state: "never",
    description: "Finds `whoami`.",
    query: "detection:\n  condition: selection",
    source_text: "title: Whoami was run\ndetection:\n  condition: selection",
    log_source: { product: "windows", category: "process_creation" },
    licence: "DRL 1.1",
    url: "https://example.test/rule.yml",
    references: ["https://example.test/why"],
    rule_version: null,
    rule_created: "2025-01-01",
    rule_modified: null,
    path: "rules/whoami.yml",
    source_version: "abc",
    raw: null,
    technique_links: [{ attack_id: "T1033", tactic: null, technique: "T1033", name: "System Owner Discovery", resolution: "exact" }],
    deployments: [],
    tests: [],
    firing: { evaluated: 0, fired: 0, attributed: 0, noise: 0 },
    created_by_id: null,
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    version: 1,
    ...over,
  };
}
