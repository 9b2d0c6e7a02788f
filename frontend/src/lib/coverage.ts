/** The seven coverage statuses in the order of the legend: word, symbol, and the token classes of each. */
export type CoverageStatus =
  | "validated"
  | "partial"
  | "not_covered"
  | "in_progress"
  | "not_evaluated"
  | "out_of_scope"
  | "not_applicable";

export interface CoverageLook {
  label: string;
  symbol: string;
  meaning: string;
  text: string;
  soft: string;
  solid: string;
}

export const COVERAGE: Record<CoverageStatus, CoverageLook> = {
  validated: {
    label: "Validated",
    symbol: "●",
    meaning: "Every current result meets the expectation.",
    text: "text-cov-validated",
    soft: "bg-cov-validated-soft",
    solid: "bg-cov-validated",
  },
  partial: {
    label: "Partial",
    symbol: "◐",
    meaning: "Some results meet the expectation, or something was seen.",
    text: "text-cov-partial",
    soft: "bg-cov-partial-soft",
    solid: "bg-cov-partial",
  },
  not_covered: {
    label: "Not covered",
    symbol: "○",
    meaning: "Tested, and nothing was seen.",
    text: "text-cov-not-covered",
    soft: "bg-cov-not-covered-soft",
    solid: "bg-cov-not-covered",
  },
  in_progress: {
    label: "In progress",
    symbol: "◇",
    meaning: "A test is running and no result counts yet.",
    text: "text-cov-in-progress",
    soft: "bg-cov-in-progress-soft",
    solid: "bg-cov-in-progress",
  },
  not_evaluated: {
    label: "Not evaluated",
    symbol: "·",
    meaning: "No test has been decided yet.",
    text: "text-cov-not-evaluated",
    soft: "bg-cov-not-evaluated-soft",
    solid: "bg-cov-not-evaluated",
  },
  out_of_scope: {
    label: "Out of scope",
    symbol: "–",
    meaning: "Left out on purpose, with a reason.",
    text: "text-cov-out-of-scope",
    soft: "bg-cov-out-of-scope-soft",
    solid: "bg-cov-out-of-scope",
  },
  not_applicable: {
    label: "Not applicable",
    symbol: "×",
    meaning: "None of our platforms can carry it.",
    text: "text-cov-not-applicable",
    soft: "bg-cov-not-applicable-soft",
    solid: "bg-cov-not-applicable",
  },
};

export const COVERAGE_ORDER = Object.keys(COVERAGE) as CoverageStatus[];

const SCORE_STEPS = [
  "bg-score-0 text-score-low-fg",
  "bg-score-1 text-score-low-fg",
  "bg-score-2 text-score-low-fg",
  "bg-score-3 text-score-low-fg",
  "bg-score-4 text-score-high-fg",
  "bg-score-5 text-score-high-fg",
  "bg-score-6 text-score-high-fg",
] as const;

/** Classes of the sequential scale for a value of 0–1; the number itself must stand in the cell as text. */
export function scoreClasses(ratio: number): string {
  const step = Math.min(SCORE_STEPS.length - 1, Math.max(0, Math.floor(ratio * SCORE_STEPS.length)));
  return SCORE_STEPS[step] ?? SCORE_STEPS[0];
}
