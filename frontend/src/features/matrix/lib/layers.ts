import type { HeatmapCell } from "@/features/matrix/api";
import { COVERAGE, scoreClasses, type CoverageStatus } from "@/lib/coverage";
import { formatCount, formatUtc } from "@/lib/format";

export const LAYERS = [
  { value: "coverage", label: "Coverage" },
  { value: "tests", label: "Tests" },
  { value: "freshness", label: "Freshness" },
] as const;
export type Layer = (typeof LAYERS)[number]["value"];

export const LAYER_MEANING: Record<Layer, string> = {
  coverage: "How what was tested stands against what is expected.",
  tests: "How many tests there are, archived and annulled ones apart.",
  freshness: "How recent the results that count are, weighed by what they show: 100 is new and met.",
};

/** The status as the left edge of a cell, on every layer. */
export const STATUS_EDGE: Record<CoverageStatus, string> = {
  validated: "border-l-cov-validated",
  partial: "border-l-cov-partial",
  not_covered: "border-l-cov-not-covered",
  in_progress: "border-l-cov-in-progress",
  not_evaluated: "border-l-line",
  out_of_scope: "border-l-line",
  not_applicable: "border-l-line",
};

const UNKNOWN = "bg-cov-not-evaluated-soft text-fg";

/** "4 of 12" for a parent. */
export function rollUp(cell: HeatmapCell): string {
  return `${formatCount(cell.units_validated)} of ${formatCount(cell.units)}`;
}

/** The layer's value as it stands in the cell; empty where nothing is known. */
export function valueText(cell: HeatmapCell, layer: Layer, isParent: boolean): string {
  if (layer === "coverage") {
    if (isParent) return cell.units > 0 ? rollUp(cell) : "";
    return cell.value === null ? "" : `${Math.round(cell.value * 100)} %`;
  }
  if (cell.value === null || (layer === "tests" && cell.value === 0)) return "";
  return formatCount(Math.round(cell.value));
}

/** Background and text of a cell; `top` is the greatest number of tests in the matrix. */
export function cellClasses(cell: HeatmapCell, layer: Layer, top: number): string {
  if (layer === "coverage") return `${COVERAGE[cell.status].soft} text-fg`;
  if (cell.value === null || (layer === "tests" && cell.value === 0)) return UNKNOWN;
  return scoreClasses(layer === "tests" ? (top > 0 ? cell.value / top : 0) : cell.value / 100);
}

/** The greatest number of tests on one cell that is not the sum of others. */
export function mostTests(cells: readonly HeatmapCell[]): number {
  return cells.reduce((most, cell) => Math.max(most, cell.tests), 0);
}

const plural = (count: number, word: string): string => `${formatCount(count)} ${word}${count === 1 ? "" : "s"}`;

/** The whole cell in words, for those who do not see it. */
export function describe(cell: HeatmapCell, layer: Layer, children: number, open: boolean): string {
  const value = valueText(cell, layer, children > 0);
  return [
    `${cell.attack_id} ${cell.name}`,
    COVERAGE[cell.status].label.toLowerCase(),
    layer === "coverage" && children > 0 && cell.units > 0 && `${rollUp(cell)} validated`,
    layer === "tests" && plural(cell.tests, "test"),
    layer === "freshness" && (value ? `freshness ${value} of 100` : "no freshness"),
    cell.open_tests > 0 && `${plural(cell.open_tests, "test")} under way`,
    cell.review_required && "review needed",
    children > 0 && `${plural(children, "sub-technique")} ${open ? "unfolded" : "folded"}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** What stands beside the status of a cell, line by line. */
export function facts(cell: HeatmapCell): string[] {
  return [
    cell.inconclusive > 0 && plural(cell.inconclusive, "inconclusive result"),
    cell.expired > 0 && `${plural(cell.expired, "result")} too old to count`,
    cell.last_executed_at && `Last run ${formatUtc(cell.last_executed_at)}`,
  ].filter((line): line is string => typeof line === "string");
}
