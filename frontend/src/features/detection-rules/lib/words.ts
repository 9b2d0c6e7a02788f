import type { FiringState, RuleDetail, RuleSummary } from "@/api/rules";
import type { BadgeTone } from "@/components/ui/badge";
import type { DeploymentStatus } from "@/features/detection-rules/api";

export type RuleLevel = "informational" | "low" | "medium" | "high" | "critical";

export const LEVELS: Record<RuleLevel, { label: string; tone: BadgeTone }> = {
  critical: { label: "Critical", tone: "danger" },
  high: { label: "High", tone: "danger" },
  medium: { label: "Medium", tone: "warn" },
  low: { label: "Low", tone: "neutral" },
  informational: { label: "Informational", tone: "neutral" },
};

export const FIRING: Record<FiringState, { label: string; symbol: string; tone: BadgeTone; meaning: string }> = {
  fired: { label: "Fired", symbol: "●", tone: "ok", meaning: "It fired in at least one test." },
  silent: { label: "Silent", symbol: "○", tone: "danger", meaning: "Somebody looked for it in a test, and it never fired." },
  never: { label: "Never evaluated", symbol: "·", tone: "neutral", meaning: "Nobody has looked in a test whether it fires." },
};

export const DEPLOYMENTS: Record<DeploymentStatus, { label: string; hint: string }> = {
  active: { label: "Active", hint: "It alerts; only this counts." },
  test: { label: "On trial", hint: "It runs without alerting anybody." },
  disabled: { label: "Switched off there", hint: "It is installed and does not run." },
};

export const optionsOf = (words: Readonly<Record<string, { label: string }>>) => Object.entries(words).map(([value, { label }]) => ({ value, label }));

export function pick<K extends string>(words: Readonly<Record<K, unknown>>, values: readonly string[]): K[] {
  return (Object.keys(words) as K[]).filter((word) => values.includes(word));
}

/** Why a rule should be looked at before it is used, in one word each. */
export function marksOf(rule: RuleSummary): string[] {
  return [rule.withdrawn_at !== null && "Withdrawn", !rule.is_active && "Switched off", rule.retired && "Retired"].filter((mark): mark is string => mark !== false);
}

/** What became of a rule in one test. */
export function resultOf(row: RuleDetail["tests"][number]): { label: string; tone: BadgeTone } {
  if (!row.fired) return { label: "Silent", tone: "danger" };
  return row.attributed ? { label: "Fired for this attack", tone: "ok" } : { label: "Fired, for something else", tone: "warn" };
}
