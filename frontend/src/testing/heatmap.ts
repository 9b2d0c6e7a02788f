import type { components } from "@/api/schema";

type Cell = components["schemas"]["HeatmapCell"];
type Overlay = components["schemas"]["Overlay"];
type OverlayCell = components["schemas"]["OverlayCell"];
type Matrix = components["schemas"]["Heatmap"];

/** A cell nobody has worked on. */
export function cellOf(attackId: string, tactic: string, over: Partial<Cell> = {}): Cell {
  return {
    id: "00000000-0000-4000-8000-000000000101",
    attack_id: attackId,
    tactic,
    parent: null,
    name: `Name of ${attackId}`,
    value: null,
    compare: null,
    detail: {},
    status: "not_evaluated",
    proven: false,
    open_tests: 0,
    review_required: false,
    tests: 0,
    units: 1,
    units_validated: 0,
    inconclusive: 0,
    expired: 0,
    last_executed_at: null,
    ...over,
  };
}

export const noCounts = { validated: 0, partial: 0, not_covered: 0, in_progress: 0, not_evaluated: 0, out_of_scope: 0, not_applicable: 0 };

/** An answer over the three tactics Alpha, Beta and Gamma. */
export function matrixOf(cells: Cell[], over: Partial<Matrix> = {}): Matrix {
  return {
    domain: "enterprise",
    attack_version: "18.1",
    layer: "coverage",
    compare: null,
    as_of: "2026-01-01T00:00:00Z",
    tactics: ["Alpha", "Beta", "Gamma"].map((name, index) => ({ attack_id: `TA000${index + 1}`, shortname: name.toLowerCase(), name })),
    cells,
    counts: noCounts,
    totals: { techniques: new Set(cells.map((cell) => cell.attack_id)).size, cells: cells.length, leaves: cells.length, units: cells.length },
    ...over,
  };
}

/** A colour of such a layer. */
export const OFTEN = "#ff0000";

/** A layer of others with these cells, all in the tactic Alpha. */
export function overlayOf(cells: (Partial<OverlayCell> & { attack_id: string })[], over: Partial<Overlay> = {}): Overlay {
  return {
    name: "Theirs",
    description: "",
    domain: "enterprise",
    attack_version: "17",
    cells: cells.map((cell) => ({ tactic: "alpha", name: `Name of ${cell.attack_id}`, parent: null, score: null, color: null, comment: "", enabled: true, ...cell })),
    unknown: [],
    unknown_count: 0,
    gradient: null,
    legend: [],
    ...over,
  };
}
