import { describe, expect, it } from "vitest";
import { group, layout, move, type MatrixLayout } from "@/features/matrix/lib/layout";
import { cellOf, matrixOf } from "@/testing/heatmap";

const matrix = matrixOf([
  cellOf("T0001", "alpha", { units: 2, units_validated: 1 }),
  cellOf("T0001.001", "alpha", { parent: "T0001", units: 1, units_validated: 1 }),
  cellOf("T0001.002", "alpha", { parent: "T0001", units: 1 }),
  cellOf("T0002", "alpha", { units: 1 }),
  cellOf("T0001", "beta", { units: 2, units_validated: 1 }),
  cellOf("T0001.001", "beta", { parent: "T0001", units: 1, units_validated: 1 }),
  cellOf("T0003.001", "beta", { parent: "T0003", units: 1 }),
]);
const none = () => false;
const all = () => true;
const ids = ({ columns }: MatrixLayout) => columns.map(({ items }) => items.map(({ cell, depth }) => `${"-".repeat(depth)}${cell.attack_id}`));

describe("layout", () => {
  it("folds sub-techniques away and lets one without its parent stand by itself", () => {
    const placed = layout(group(matrix), none);
    expect(ids(placed)).toEqual([["T0001", "T0002"], ["T0001", "T0003.001"], []]);
    expect(placed.rows).toBe(2);
  });

  it("unfolds one parent in one tactic", () => {
    const placed = layout(group(matrix), (key) => key === "alpha/T0001");
    expect(ids(placed)).toEqual([["T0001", "-T0001.001", "-T0001.002", "T0002"], ["T0001", "T0003.001"], []]);
    expect(placed.places.get("alpha/T0002")).toEqual({ column: 0, row: 3 });
  });

  it("unfolds everything", () => {
    const placed = layout(group(matrix), all);
    expect(ids(placed)).toEqual([["T0001", "-T0001.001", "-T0001.002", "T0002"], ["T0001", "-T0001.001", "T0003.001"], []]);
    expect(placed.places.size).toBe(7);
  });

  it("counts what stands in a column, folded cells included, and each unit once", () => {
    const [alpha, beta, gamma] = layout(group(matrix), none).columns;
    expect(alpha).toMatchObject({ techniques: 2, subtechniques: 2, units: 3, validated: 1 });
    expect(beta).toMatchObject({ techniques: 2, subtechniques: 1, units: 3, validated: 1 });
    expect(gamma).toMatchObject({ techniques: 0, subtechniques: 0, units: 0, validated: 0 });
  });

  it("leaves empty tactics out on request and keeps places in step", () => {
    const placed = layout(group(matrixOf([cellOf("T0002", "gamma")])), none, { keepEmpty: false });
    expect(placed.columns.map(({ tactic }) => tactic.shortname)).toEqual(["gamma"]);
    expect(placed.places.get("gamma/T0002")).toEqual({ column: 0, row: 0 });
  });

  it("is empty without cells", () => {
    const placed = layout(group(matrixOf([])), all, { keepEmpty: false });
    expect(placed).toMatchObject({ columns: [], rows: 0 });
  });
});

describe("move", () => {
  const placed = layout(group(matrix), all);
  const at = (column: number, row: number) => ({ column, row });

  it("stops at the ends of a column", () => {
    expect(move(placed, at(0, 0), "up")).toEqual(at(0, 0));
    expect(move(placed, at(0, 0), "down")).toEqual(at(0, 1));
    expect(move(placed, at(0, 3), "down")).toEqual(at(0, 3));
    expect(move(placed, at(0, 1), "page-down")).toEqual(at(0, 3));
    expect(move(placed, at(0, 3), "page-up")).toEqual(at(0, 0));
  });

  it("keeps the row sideways as far as the next column reaches, and passes over empty ones", () => {
    expect(move(placed, at(0, 3), "right")).toEqual(at(1, 2));
    expect(move(placed, at(1, 1), "right")).toEqual(at(1, 1));
    expect(move(placed, at(1, 1), "left")).toEqual(at(0, 1));
  });

  it("jumps to the ends", () => {
    expect(move(placed, at(1, 1), "first-column")).toEqual(at(0, 1));
    expect(move(placed, at(0, 3), "last-column")).toEqual(at(1, 2));
    expect(move(placed, at(1, 2), "first")).toEqual(at(0, 0));
    expect(move(placed, at(0, 0), "last")).toEqual(at(1, 2));
  });

  it("stays where there is nothing", () => {
    expect(move(layout([], none), at(0, 0), "right")).toEqual(at(0, 0));
  });
});
