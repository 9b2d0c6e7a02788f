export type Zoom = "compact" | "normal" | "large";

export const ZOOMS: readonly { value: Zoom; label: string }[] = [
  { value: "compact", label: "Compact" },
  { value: "normal", label: "Normal" },
  { value: "large", label: "Large" },
];

/** Pixels of a cell: columns grow beyond their width when there is room. */
export const CELL_SIZE: Record<Zoom, { width: number; height: number }> = {
  compact: { width: 98, height: 26 },
  normal: { width: 158, height: 46 },
  large: { width: 212, height: 72 },
};
