import type { HeatmapCell } from "@/features/matrix/api";
import { COVERAGE, scoreClasses, type CoverageStatus } from "@/lib/coverage";
import { formatCount, formatUtc } from "@/lib/format";

export const LAYERS = [
  { value: "coverage", label: "Coverage" },
  { value: "score", label: "Score" },
  { value: "tests", label: "Tests" },
  { value: "detection_rules", label: "Detection rules" },
  { value: "d3fend", label: "D3FEND" },
  { value: "freshness", label: "Freshness" },
  { value: "ladder", label: "Evidence ladder" },
  { value: "actor", label: "Threat actors" },
  { value: "control", label: "Compliance controls" },
] as const;
export type Layer = (typeof LAYERS)[number]["value"];

export const layerLabel = (layer: Layer): string => LAYERS.find(({ value }) => value === layer)?.label ?? layer;

export const LAYER_MEANING: Record<Layer, string> = {
  coverage: "How what was tested stands against what is expected.",
  score: "The score of 0 to 100; without a current result it is claimed, not proven.",
  tests: "How many tests there are, archived and annulled ones apart.",
  detection_rules: "How many detection rules are deployed in one of our tools.",
  d3fend: "How much of the mapped countermeasures is implemented, 0 to 100.",
  freshness: "How recent the results that count are, weighed by what they show: 100 is new and met.",
  ladder: "How far the evidence reaches: rule known, deployed, telemetry seen, alert seen, validated, fresh.",
  actor: "How many threat actors use it.",
  control: "How many compliance controls it is mapped to.",
};

/** Layers that count, whose scale ends at the greatest number in the matrix. */
const COUNTS: readonly Layer[] = ["tests", "detection_rules", "actor", "control"];
const RUNGS = ["nothing", "rule known", "rule deployed", "telemetry seen", "alert seen", "validated", "fresh"];

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

const nothing = (cell: HeatmapCell, layer: Layer): boolean => cell.value === null || (cell.value === 0 && (COUNTS.includes(layer) || layer === "ladder"));

/** The layer's value as it stands in the cell; empty where nothing is known. */
export function valueText(cell: HeatmapCell, layer: Layer, isParent: boolean): string {
  if (layer === "coverage") {
    if (isParent) return cell.units > 0 ? rollUp(cell) : "";
    return cell.value === null ? "" : `${Math.round(cell.value * 100)} %`;
  }
  return cell.value === null || nothing(cell, layer) ? "" : formatCount(Math.round(cell.value));
}

/** Background and text of a cell; `top` is the end of the layer's scale. */
export function cellClasses(cell: HeatmapCell, layer: Layer, top: number): string {
  if (layer === "coverage") return `${COVERAGE[cell.status].soft} text-fg`;
  if (cell.value === null || nothing(cell, layer)) return UNKNOWN;
  return scoreClasses(top > 0 ? Math.min(cell.value / top, 1) : 0);
}

/** The end of a layer's scale. Of tests it is the greatest number on one cell that is not the sum of others. */
export function endOfScale(cells: readonly HeatmapCell[], layer: Layer): number {
  if (layer === "ladder") return RUNGS.length - 1;
  if (!COUNTS.includes(layer)) return 100;
  return cells.reduce((most, cell) => Math.max(most, layer === "tests" ? cell.tests : (cell.value ?? 0)), 0);
}

/** The value in words, for those who do not see the cell. */
function said(cell: HeatmapCell, layer: Layer, value: string): string | false {
  switch (layer) {
    case "coverage":
      return false;
    case "tests":
      return plural(cell.tests, "test");
    case "ladder":
      return `evidence: ${RUNGS[Math.round(cell.value ?? 0)] ?? "nothing"}`;
    case "score":
      return value ? `score ${value} of 100, ${cell.proven ? "proven" : "claimed"}` : "no score";
    case "freshness":
      return value ? `freshness ${value} of 100` : "no freshness";
    case "d3fend":
      return value ? `countermeasures ${value} of 100` : "no countermeasure";
    case "detection_rules":
      return plural(cell.value ?? 0, "deployed rule");
    case "actor":
      return plural(cell.value ?? 0, "threat actor");
    case "control":
      return plural(cell.value ?? 0, "compliance control");
  }
}

const plural = (count: number, word: string): string => `${formatCount(count)} ${word}${count === 1 ? "" : "s"}`;

/** The whole cell in words, for those who do not see it. */
export function describe(cell: HeatmapCell, layer: Layer, children: number, open: boolean): string {
  const value = valueText(cell, layer, children > 0);
  return [
    `${cell.attack_id} ${cell.name}`,
    COVERAGE[cell.status].label.toLowerCase(),
    layer === "coverage" && children > 0 && cell.units > 0 && `${rollUp(cell)} validated`,
    said(cell, layer, value),
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
