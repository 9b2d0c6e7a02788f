import type { Heatmap, HeatmapCell, HeatmapTactic } from "@/features/matrix/api";

/** One cell in its place: a technique in one of its tactics. */
export interface MatrixItem {
  /** Names the cell in the page, "execution/T1059". */
  key: string;
  cell: HeatmapCell;
  /** 1 for a sub-technique that stands below its parent. */
  depth: 0 | 1;
  /** How many sub-techniques can fold out below it. */
  children: number;
  open: boolean;
}

export interface MatrixColumn {
  tactic: HeatmapTactic;
  items: MatrixItem[];
  /** Cells that stand by themselves, and those below them, folded ones included. */
  techniques: number;
  subtechniques: number;
  /** Units of measure in scope, and the validated ones among them, of the cells shown. */
  units: number;
  validated: number;
}

export interface MatrixLayout {
  columns: MatrixColumn[];
  /** Height of the longest column. */
  rows: number;
  places: ReadonlyMap<string, Place>;
}

export interface Place {
  column: number;
  row: number;
}

interface Family {
  key: string;
  cell: HeatmapCell;
  children: HeatmapCell[];
}

export interface Families {
  tactic: HeatmapTactic;
  families: Family[];
}

export const cellKey = (tactic: string, attackId: string): string => `${tactic}/${attackId}`;

/**
 * Puts sub-techniques under their parents, column by column. One whose parent does not stand in the same column, because
 * a filter left it out, stands by itself.
 */
export function group(matrix: Heatmap): Families[] {
  const columns = new Map<string, Families>(matrix.tactics.map((tactic) => [tactic.shortname, { tactic, families: [] }]));
  const parents = new Map<string, Family>();
  for (const cell of matrix.cells) {
    if (cell.parent !== null) continue;
    const family: Family = { key: cellKey(cell.tactic, cell.attack_id), cell, children: [] };
    parents.set(family.key, family);
    columns.get(cell.tactic)?.families.push(family);
  }
  for (const cell of matrix.cells) {
    if (cell.parent === null) continue;
    const parent = parents.get(cellKey(cell.tactic, cell.parent));
    if (parent) parent.children.push(cell);
    else columns.get(cell.tactic)?.families.push({ key: cellKey(cell.tactic, cell.attack_id), cell, children: [] });
  }
  for (const { families } of columns.values()) families.sort((a, b) => compareIds(a.cell.attack_id, b.cell.attack_id));
  return [...columns.values()];
}

function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Gives every visible cell its column and row. Pure: the same families and folds give the same layout. */
export function layout(columns: readonly Families[], isOpen: (key: string) => boolean, { keepEmpty = true } = {}): MatrixLayout {
  const placed = columns.filter((column) => keepEmpty || column.families.length > 0).map((column) => placeColumn(column, isOpen));
  const places = new Map<string, Place>();
  placed.forEach((column, index) => column.items.forEach((item, row) => places.set(item.key, { column: index, row })));
  return { columns: placed, rows: Math.max(0, ...placed.map((column) => column.items.length)), places };
}

function placeColumn({ tactic, families }: Families, isOpen: (key: string) => boolean): MatrixColumn {
  const column: MatrixColumn = { tactic, items: [], techniques: families.length, subtechniques: 0, units: 0, validated: 0 };
  for (const { key, cell, children } of families) {
    const open = children.length > 0 && isOpen(key);
    column.items.push({ key, cell, depth: 0, children: children.length, open });
    column.subtechniques += children.length;
    column.units += cell.units;
    column.validated += cell.units_validated;
    if (!open) continue;
    for (const child of children) {
      column.items.push({ key: cellKey(child.tactic, child.attack_id), cell: child, depth: 1, children: 0, open: false });
    }
  }
  return column;
}

export type Direction = "up" | "down" | "left" | "right" | "first-column" | "last-column" | "first" | "last" | "page-up" | "page-down";

const PAGE = 10;

/** Where a key leads from a place: sideways keeps the row as far as the next filled column reaches. */
export function move({ columns }: MatrixLayout, from: Place, direction: Direction): Place {
  const length = (column: number) => columns[column]?.items.length ?? 0;
  const inColumn = (row: number): Place => ({ column: from.column, row: Math.min(Math.max(row, 0), Math.max(length(from.column) - 1, 0)) });
  const across = (candidates: number[], row: number): Place => {
    const column = candidates.find((candidate) => length(candidate) > 0);
    return column === undefined ? from : { column, row: Math.min(row, length(column) - 1) };
  };
  const order = columns.map((_, index) => index);
  switch (direction) {
    case "up":
      return inColumn(from.row - 1);
    case "down":
      return inColumn(from.row + 1);
    case "page-up":
      return inColumn(from.row - PAGE);
    case "page-down":
      return inColumn(from.row + PAGE);
    case "left":
      return across(order.slice(0, from.column).reverse(), from.row);
    case "right":
      return across(order.slice(from.column + 1), from.row);
    case "first-column":
      return across(order, from.row);
    case "last-column":
      return across(order.toReversed(), from.row);
    case "first":
      return across(order, 0);
    case "last":
      return across(order.toReversed(), Number.MAX_SAFE_INTEGER);
  }
}
