import { memo } from "react";
import type { MatrixItem } from "@/features/matrix/lib/layout";
import { cellClasses, describe, STATUS_EDGE, valueText, type Layer } from "@/features/matrix/lib/layers";
import type { Zoom } from "@/features/matrix/lib/options";
import { COVERAGE } from "@/lib/coverage";
import { cn } from "@/lib/cn";

export interface CellLook {
  layer: Layer;
  zoom: Zoom;
  /** Greatest number of tests, the end of the scale. */
  top: number;
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

/** A technique in a tactic. Clicks and keys are handled by the grid; few nodes keep a thousand of them light. */
export const MatrixCell = memo(function MatrixCell({ item, look, column, current, selected }: CellProps) {
  const { cell, depth, children, open } = item;
  const { layer, zoom } = look;
  const value = valueText(cell, layer, children > 0);
  const symbol = COVERAGE[cell.status].symbol;
  const marks = `${cell.open_tests > 0 ? "◇" : ""}${cell.review_required ? "⚑" : ""}`;
  // Apart from the button, whose name has it in words.
  const beside = zoom === "compact" ? "" : [marks, value].filter(Boolean).join(" ");
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
        title={zoom === "compact" ? `${cell.name} · ${COVERAGE[cell.status].label}` : undefined}
        aria-label={describe(cell, layer, children, open)}
        className={cn(
          "min-w-0 flex-1 px-1.5 text-left before:mr-1.5 before:content-[attr(data-symbol)] font-mono text-2xs focus-visible:-outline-offset-2",
          zoom === "compact" ? "truncate" : "py-1 align-top whitespace-nowrap",
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
      {beside && <span className={cn("pointer-events-none absolute top-1 text-2xs tabular", children > 0 ? "right-6.5" : "right-1.5")}>{beside}</span>}
      {children > 0 && (
        <button
          type="button"
          data-fold={item.key}
          tabIndex={-1}
          aria-expanded={open}
          aria-label={`Sub-techniques of ${cell.attack_id}`}
          className="w-6 shrink-0 text-2xs hover:bg-hover hover:text-fg"
        >
          {open ? "▾" : "▸"}
        </button>
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
