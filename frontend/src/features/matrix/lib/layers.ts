import type { HeatmapCell } from "@/features/matrix/api";
import { COVERAGE, scoreClasses, type CoverageStatus } from "@/lib/coverage";
import { formatCount, formatUtc, humanise } from "@/lib/format";
import { plural } from "@/lib/plural";

export const LAYERS = [
  { value: "coverage", label: "Coverage" },
  { value: "score", label: "Score" },
  { value: "tests", label: "Tests" },
  { value: "detection_rules", label: "Detection rules" },
  { value: "d3fend", label: "D3FEND" },
  { value: "freshness", label: "Freshness" },
  { value: "ladder", label: "Evidence ladder" },
  { value: "actor", label: "Threat actors" },
  { value: "campaign", label: "Campaigns" },
  { value: "control", label: "Compliance controls" },
] as const;
export type Layer = (typeof LAYERS)[number]["value"];

export const layerLabel = (layer: Layer): string => LAYERS.find(({ value }) => value === layer)?.label ?? layer;

/** A layer as the server names it. */
export const layerNamed = (name: string): Layer => LAYERS.find(({ value }) => value === name)?.value ?? "coverage";

export const LAYER_MEANING: Record<Layer, string> = {
  coverage: "How what was tested stands against what is expected.",
  score: "The score of 0 to 100; without a current result it is claimed, not proven.",
  tests: "How many tests there are, archived and annulled ones apart.",
  detection_rules: "How many detection rules of the catalogue are mapped to it.",
  d3fend: "How much of the mapped countermeasures is implemented, 0 to 100.",
  freshness: "How recent the results that count are, weighed by what they show: 100 is new and met.",
  ladder: "How far the evidence reaches: rule known, deployed, telemetry seen, alert seen, validated, fresh.",
  actor: "How many threat actors use it.",
  campaign: "How many campaigns that ATT&CK describes use it, or how many of those chosen.",
  control: "How many compliance controls it is mapped to.",
};

/** Layers that count, whose scale ends at the greatest number in the matrix. */
const COUNTS: readonly Layer[] = ["tests", "detection_rules", "actor", "campaign", "control"];
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

/** The value of a layer at a cell: that of the first layer, unless the second one's is given. */
type Value = HeatmapCell["value"];

const nothing = (value: Value, layer: Layer): boolean => value === null || (value === 0 && (COUNTS.includes(layer) || layer === "ladder"));

/** The layer's value as it stands in the cell; empty where nothing is known. */
export function valueText(cell: HeatmapCell, layer: Layer, isParent: boolean, value: Value = cell.value): string {
  if (layer === "coverage") {
    if (isParent) return cell.units > 0 ? rollUp(cell) : "";
    return value === null ? "" : `${Math.round(value * 100)} %`;
  }
  return value === null || nothing(value, layer) ? "" : formatCount(Math.round(value));
}

/** The same where there is little room; never empty, for a colour alone says nothing. */
export function stripText(cell: HeatmapCell, layer: Layer, value: Value): string {
  if (layer === "coverage") return value === null ? COVERAGE[cell.status].symbol : `${Math.round(value * 100)}%`;
  return valueText(cell, layer, false, value) || "–";
}

/** Background and text of a value; `top` is the end of the layer's scale. */
export function cellClasses(cell: HeatmapCell, layer: Layer, top: number, value: Value = cell.value): string {
  if (layer === "coverage") return `${COVERAGE[cell.status].soft} text-fg`;
  if (value === null || nothing(value, layer)) return UNKNOWN;
  return scoreClasses(top > 0 ? Math.min(value / top, 1) : 0);
}

/** The end of a layer's scale. Of tests it is the greatest number on one cell that is not the sum of others. */
export function endOfScale(cells: readonly HeatmapCell[], layer: Layer, valueOf: (cell: HeatmapCell) => Value = (cell) => cell.value): number {
  if (layer === "ladder") return RUNGS.length - 1;
  if (!COUNTS.includes(layer)) return 100;
  return cells.reduce((most, cell) => Math.max(most, layer === "tests" ? cell.tests : (valueOf(cell) ?? 0)), 0);
}

/** The value in words, for those who do not see the cell. */
export function said(cell: HeatmapCell, layer: Layer, value: Value): string {
  const text = valueText(cell, layer, false, value);
  switch (layer) {
    case "coverage":
      return text ? `coverage ${text}` : "no coverage known";
    case "tests":
      return plural(cell.tests, "test");
    case "ladder":
      return `evidence: ${RUNGS[Math.round(value ?? 0)] ?? "nothing"}`;
    case "score":
      return text ? `score ${text} of 100, ${cell.proven ? "proven" : "claimed"}` : "no score";
    case "freshness":
      return text ? `freshness ${text} of 100` : "no freshness";
    case "d3fend":
      return text ? `countermeasures ${text} of 100` : "no countermeasure";
    case "detection_rules":
      return plural(value ?? 0, "detection rule");
    case "actor":
      return plural(value ?? 0, "threat actor");
    case "campaign":
      return plural(value ?? 0, "campaign");
    case "control":
      return plural(value ?? 0, "compliance control");
  }
}

/** What a cell shows beside its status: a layer, a second one, and words on what lies over it. */
export interface Shown {
  layer: Layer;
  compare?: Layer | null;
  overlay?: string | undefined;
}

/** The whole cell in words, for those who do not see it. */
export function describe(cell: HeatmapCell, { layer, compare, overlay }: Shown, children: number, open: boolean): string {
  return [
    `${cell.attack_id} ${cell.name}`,
    COVERAGE[cell.status].label.toLowerCase(),
    layer === "coverage" && children > 0 && cell.units > 0 && `${rollUp(cell)} validated`,
    layer !== "coverage" && said(cell, layer, cell.value),
    compare && said(cell, compare, cell.compare),
    overlay && `laid over: ${overlay}`,
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

/** A line of what a cell shows. */
export interface Reading {
  label: string;
  words: string;
}

/** What the layers say of a cell, one by one; nothing where the status says it already. */
export function readingsOf(cell: HeatmapCell, { layer, compare, overlay, overlayName }: Shown & { overlayName?: string | undefined }): Reading[] {
  const parts = Object.entries(cell.detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${humanise(name).toLowerCase()} ${Math.round(value ?? 0)}`);
  const read = [
    (layer !== "coverage" || compare) && { label: layerLabel(layer), words: [said(cell, layer, cell.value), parts.join(", ")].filter(Boolean).join("\n") },
    compare && { label: layerLabel(compare), words: said(cell, compare, cell.compare) },
    overlay && { label: overlayName || "Laid over", words: overlay },
  ];
  return read.filter((reading) => typeof reading === "object" && reading !== null);
}
