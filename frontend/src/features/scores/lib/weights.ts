import type { Component, WeightValues } from "@/features/scores/api";

export const COMPONENTS: readonly { id: Component; label: string; hint: string }[] = [
  { id: "tests", label: "Tests", hint: "Share of current results that meet what is expected; telemetry counts half." },
  { id: "detection_rules", label: "Detection rules", hint: "Rules deployed in one of our tools, and how many of them fired in tests." },
  { id: "d3fend", label: "D3FEND", hint: "Mapped countermeasures that are implemented." },
  { id: "freshness", label: "Freshness", hint: "How recent the results are. A fresh miss earns nothing." },
  { id: "platform_diversity", label: "Platforms", hint: "Best result on each platform that is in scope." },
];

export const componentLabel = (id: string): string => COMPONENTS.find((one) => one.id === id)?.label ?? id;

/** Share of each weight in their sum, 0–1; all 0 when nothing is weighed. */
export function shares(weights: WeightValues): WeightValues {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  const share = (weight: number) => (sum > 0 ? weight / sum : 0);
  return {
    tests: share(weights.tests),
    detection_rules: share(weights.detection_rules),
    d3fend: share(weights.d3fend),
    freshness: share(weights.freshness),
    platform_diversity: share(weights.platform_diversity),
  };
}

/** The five weights of a decision, without what else it says. */
export function weightsOf(decision: WeightValues): WeightValues {
  const { tests, detection_rules, d3fend, freshness, platform_diversity } = decision;
  return { tests, detection_rules, d3fend, freshness, platform_diversity };
}

export const sameWeights = (one: WeightValues, other: WeightValues): boolean => COMPONENTS.every(({ id }) => one[id] === other[id]);
