import { memo } from "react";
import type { MatrixItem } from "@/features/matrix/lib/layout";
import { cellClasses, describe, STATUS_EDGE, stripText, valueText, type Layer } from "@/features/matrix/lib/layers";
import { STRIP, type Zoom } from "@/features/matrix/lib/options";
import type { Mark } from "@/features/matrix/lib/overlay";
import { COVERAGE } from "@/lib/coverage";
import { cn } from "@/lib/cn";

export interface CellLook {
  layer: Layer;
  /** A second layer, at the right of each cell. */
  compare: Layer | null;
  /** What a layer of others says of cells, at their right end. */
  marks: ReadonlyMap<string, Mark> | null;
  zoom: Zoom;
  /** Ends of the scales of both layers. */
  top: number;
  compareTop: number;
  width: number;
  height: number;
}

interface CellProps {
  item: MatrixItem;
  look: CellLook;
  column: number;
  /** The one cell that the tab key reaches. */
  current: boolean;
  /** Its panel is open. */
  selected: boolean;
}

const GAP = 2;
const INDENT = 12;
const FOLD = 24;
const STRIP_CLASSES = "grid shrink-0 place-content-center overflow-hidden border-l border-surface text-2xs tabular";

/** A technique in a tactic. Clicks and keys are handled by the grid; few nodes keep a thousand of them light. */
export const MatrixCell = memo(function MatrixCell({ item, look, column, current, selected }: CellProps) {
  const { cell, depth, children, open } = item;
  const { layer, compare, zoom } = look;
  const value = valueText(cell, layer, children > 0);
  const symbol = COVERAGE[cell.status].symbol;
  const marks = `${cell.open_tests > 0 ? "◇" : ""}${cell.review_required ? "⚑" : ""}`;
  // Apart from the button, whose name has it in words. Without room for it the status has to do on its own layer.
  const beside = zoom !== "compact" ? [marks, value].filter(Boolean).join(" ") : layer === "coverage" ? "" : value;
  const mark = look.marks?.get(item.key);
  const strip = STRIP[zoom].width;
  const strips = (compare ? strip : 0) + (look.marks ? strip : 0);
  const left = column * look.width + (depth === 1 ? INDENT : 0);
  return (
    <div
      role="gridcell"
      aria-colindex={column + 1}
      aria-selected={selected}
      className={cn(
        "absolute top-0 flex contain-strict border-l-3",
        STATUS_EDGE[cell.status],
        cellClasses(cell, layer, look.top),
        selected && "outline-2 -outline-offset-2 outline-fg",
      )}
      style={{ left, width: look.width - GAP - (depth === 1 ? INDENT : 0), height: look.height - GAP }}
    >
      <button
        type="button"
        data-cell={item.key}
        // Drawn by the style sheet: it is no word of the name.
        data-symbol={symbol}
        tabIndex={current ? 0 : -1}
        title={zoom === "compact" ? [cell.name, COVERAGE[cell.status].label, value].filter(Boolean).join(" · ") : undefined}
        aria-label={describe(cell, { layer, compare, overlay: mark?.said }, children, open)}
        className={cn(
          "min-w-0 flex-1 text-left before:content-[attr(data-symbol)] font-mono text-2xs focus-visible:-outline-offset-2",
          zoom === "compact" ? "truncate px-1 before:mr-1" : "px-1.5 py-1 align-top whitespace-nowrap before:mr-1.5",
        )}
      >
        {zoom === "compact" ? (
          `${depth === 1 ? cell.attack_id.slice(cell.attack_id.indexOf(".")) : cell.attack_id}${marks && ` ${marks}`}`
        ) : (
          <>
            {`${cell.attack_id} `}
            <span className={cn("block font-sans text-xs leading-4 font-medium", zoom === "large" ? "line-clamp-2! min-h-8 whitespace-normal" : "truncate")}>{cell.name}</span>{" "}
            {zoom === "large" && <span className="block truncate font-sans">{COVERAGE[cell.status].label}</span>}
          </>
        )}
      </button>
      {beside && (
        <span
          className={cn("pointer-events-none text-2xs tabular", zoom === "compact" ? "shrink-0 self-center px-0.5" : "absolute top-1")}
          style={{ right: strips + (children > 0 ? FOLD + 2 : 6) }}
        >
          {beside}
        </span>
      )}
      {children > 0 && (
        <button
          type="button"
          data-fold={item.key}
          tabIndex={-1}
          aria-expanded={open}
          aria-label={`Sub-techniques of ${cell.attack_id}`}
          className="shrink-0 text-2xs hover:bg-hover hover:text-fg"
          style={{ width: FOLD }}
        >
          {open ? "▾" : "▸"}
        </button>
      )}
      {compare && (
        <span aria-hidden className={cn(STRIP_CLASSES, cellClasses(cell, compare, look.compareTop, cell.compare))} style={{ width: strip }}>
          {stripText(cell, compare, cell.compare)}
        </span>
      )}
      {look.marks && (
        <span aria-hidden title={mark?.said} className={cn(STRIP_CLASSES, !mark && "bg-surface")} style={{ width: strip, ...mark?.look }}>
          {mark?.text}
        </span>
      )}
    </div>
  );
}, sameCell);

/** A new layout makes new items; what they show is what counts. */
function sameCell(a: CellProps, b: CellProps): boolean {
  return (
    a.item.cell === b.item.cell &&
    a.item.open === b.item.open &&
    a.item.depth === b.item.depth &&
    a.item.children === b.item.children &&
    a.look === b.look &&
    a.column === b.column &&
    a.current === b.current &&
    a.selected === b.selected
  );
}
