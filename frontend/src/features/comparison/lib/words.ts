import type { Cause, Change, Snapshot } from "@/features/comparison/api";

export const CAUSES: Record<Cause, string> = {
  formula: "Formulas",
  release: "ATT&CK release",
  scope: "Scope decisions",
  platforms: "Environments and platforms",
  expectation: "Expectations",
  threat_profile: "Threat profile",
  weights: "Weights",
  test_results: "Test results",
  annulments: "Annulled results",
  rules: "Detection rules",
  countermeasures: "Countermeasures",
  time: "Results that aged",
};

export const CHANGES: readonly { value: Change; label: string; symbol: string; tone: string }[] = [
  { value: "improved", label: "Improved", symbol: "▲", tone: "text-ok" },
  { value: "worsened", label: "Worsened", symbol: "▼", tone: "text-danger" },
  { value: "new", label: "New", symbol: "+", tone: "text-link" },
  { value: "gone", label: "Gone", symbol: "−", tone: "text-muted" },
];

export const snapshotLabel = (snapshot: Snapshot): string => `${snapshot.taken_at.slice(0, 10)} ${snapshot.name}`;

/** What is compared with at first: the newest snapshot of an earlier day, since one of a moment ago has nothing to tell. */
export const usualBase = (snapshots: readonly Snapshot[], today: string): Snapshot | undefined =>
  snapshots.find((snapshot) => snapshot.taken_at.slice(0, 10) < today) ?? snapshots[0];

export interface Step {
  label: string;
  points: number;
  shown: number;
  /** From where to where the bar reaches. */
  span: [number, number];
}

/** Bars that lead from one score to the other, one a cause. */
export function waterfall(from: number, shares: readonly { cause: Cause; points: number; shown: number }[]): Step[] {
  const steps: Step[] = [];
  let at = from;
  for (const { cause, points, shown } of shares) {
    steps.push({ label: CAUSES[cause], points, shown, span: [Math.min(at, at + points), Math.max(at, at + points)] });
    at += points;
  }
  return steps;
}
