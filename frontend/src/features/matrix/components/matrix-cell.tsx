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
  const left = column * look.width + (depth === 1 ? INDENT : 0);
  return (
    <div
      role="gridcell"
      aria-colindex={column + 1}
      aria-selected={selected}
      className={cn(
        "absolute top-0 flex overflow-hidden rounded-sm border border-l-3 border-line/60",
        STATUS_EDGE[cell.status],
        cellClasses(cell, layer, look.top),
        selected && "border-fg! ring-1 ring-fg",
      )}
      style={{ left, width: look.width - GAP - (depth === 1 ? INDENT : 0), height: look.height - GAP }}
    >
      <button
        type="button"
        data-cell={item.key}
        tabIndex={current ? 0 : -1}
        title={zoom === "compact" ? `${cell.name} · ${COVERAGE[cell.status].label}` : undefined}
        aria-label={describe(cell, layer, children, open)}
        className={cn(
          "min-w-0 flex-1 text-left text-2xs focus-visible:outline-offset-[-2px]",
          zoom === "compact" ? "truncate px-1 font-mono" : "flex flex-col px-1.5 py-1",
        )}
      >
        {zoom === "compact" ? (
          `${symbol} ${depth === 1 ? cell.attack_id.slice(cell.attack_id.indexOf(".")) : cell.attack_id}${marks && ` ${marks}`}`
        ) : (
          <>
            <span className="flex justify-between gap-1 font-mono">
              <span className="truncate">{`${symbol} ${cell.attack_id}`}</span>
              {(value || marks) && <span className="shrink-0 font-sans tabular">{[marks, value].filter(Boolean).join(" ")}</span>}
            </span>
            <span className={cn("text-xs leading-4 font-medium", zoom === "large" ? "line-clamp-2" : "truncate")}>{cell.name}</span>
            {zoom === "large" && <span className="mt-auto truncate">{COVERAGE[cell.status].label}</span>}
          </>
        )}
      </button>
      {children > 0 && (
        <button
          type="button"
          data-fold={item.key}
          tabIndex={-1}
          aria-expanded={open}
          aria-label={`Sub-techniques of ${cell.attack_id}`}
          className="w-6 shrink-0 border-l border-line/60 text-2xs hover:bg-hover hover:text-fg"
        >
          {open ? "▾" : "▸"}
        </button>
      )}
    </div>
  );
});
