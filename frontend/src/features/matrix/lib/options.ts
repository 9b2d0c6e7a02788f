export type Zoom = "compact" | "normal" | "large";

export const ZOOMS: readonly { value: Zoom; label: string }[] = [
  { value: "compact", label: "Compact" },
  { value: "normal", label: "Normal" },
  { value: "large", label: "Large" },
];

/** Pixels of a cell: columns grow beyond their width when there is room. */
export const CELL_SIZE: Record<Zoom, { width: number; height: number }> = {
  compact: { width: 108, height: 26 },
  normal: { width: 158, height: 46 },
  large: { width: 212, height: 72 },
};

/** Pixels of what stands beside the layer in a cell, and by how many each of them widens the column. */
export const STRIP: Record<Zoom, { width: number; grow: number }> = {
  compact: { width: 28, grow: 28 },
  normal: { width: 36, grow: 24 },
  large: { width: 44, grow: 12 },
};
