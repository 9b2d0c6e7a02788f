import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { ColumnHeader, HEADER_HEIGHT } from "@/features/matrix/components/column-header";
import { MatrixRow } from "@/features/matrix/components/matrix-row";
import type { CellLook } from "@/features/matrix/components/matrix-cell";
import { directionOf } from "@/features/matrix/lib/keys";
import { move, type MatrixLayout, type Place } from "@/features/matrix/lib/layout";
import { CELL_SIZE, STRIP, type Zoom } from "@/features/matrix/lib/options";
import { useElementWidth } from "@/features/matrix/lib/use-element-width";

/** What the cells show; the grid gives them their size. */
export type Painting = Omit<CellLook, "width" | "height" | "zoom">;

interface GridProps {
  layout: MatrixLayout;
  painting: Painting;
  zoom: Zoom;
  busy: boolean;
  /** Key of the cell whose panel is open. */
  selected: string;
  /** `byKey`: opened from the keyboard, so the focus goes along. */
  onOpen: (key: string, byKey: boolean) => void;
  onFold: (key: string) => void;
}

const START: Place = { column: 0, row: 0 };

function target(event: { target: EventTarget }, name: "cell" | "fold"): string | null {
  const hit = event.target instanceof Element ? event.target.closest<HTMLElement>(`[data-${name}]`) : null;
  return hit?.dataset[name] ?? null;
}

/** The cell whose other pieces were hit. */
function beside(event: { target: EventTarget }): string | null {
  const cell = event.target instanceof Element ? event.target.closest("[role=gridcell]") : null;
  return cell?.querySelector<HTMLElement>("[data-cell]")?.dataset.cell ?? null;
}

/** The matrix as an ARIA grid: one cell is in the tab order, arrows lead to the others, only what is in sight is drawn. */
export function MatrixGrid({ layout, painting, zoom, busy, selected, onOpen, onFold }: GridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const room = useElementWidth(scroller);
  const [currentKey, setCurrentKey] = useState<string | null>(null);
  const wantsFocus = useRef(false);
  const size = CELL_SIZE[zoom];
  const count = layout.columns.length;
  const strips = (painting.compare ? 1 : 0) + (painting.marks ? 1 : 0);
  const width = Math.max(size.width + strips * STRIP[zoom].grow, count > 0 ? Math.floor((room ?? 0) / count) : 0);
  const current = (currentKey && layout.places.get(currentKey)) || layout.places.get(selected) || move(layout, START, "first");
  const look = useMemo<CellLook>(() => ({ ...painting, zoom, width, height: size.height }), [painting, zoom, width, size.height]);

  // eslint-disable-next-line react-hooks/incompatible-library -- its answers are used in this render only
  const rows = useVirtualizer({
    count: layout.rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => size.height,
    overscan: 2,
    scrollPaddingStart: HEADER_HEIGHT,
    initialRect: { width: 1280, height: 720 },
    useFlushSync: false,
    // The current cell stays drawn wherever one scrolls, so that the focus is never lost.
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), Math.min(current.row, range.count - 1)])].sort((a, b) => a - b),
  });
  const columns = useVirtualizer({
    horizontal: true,
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => width,
    overscan: 0,
    initialRect: { width: 1280, height: 720 },
    useFlushSync: false,
  });
  useEffect(() => {
    rows.measure();
    columns.measure();
  }, [rows, columns, width, size.height]);

  const drawn = columns.getVirtualItems();
  const from = drawn[0]?.index ?? 0;
  const to = drawn.at(-1)?.index ?? 0;

  useEffect(() => {
    if (!wantsFocus.current || !currentKey) return;
    wantsFocus.current = false;
    scroller.current?.querySelector<HTMLElement>(`[data-cell="${CSS.escape(currentKey)}"]`)?.focus({ preventScroll: true });
  });

  function go(place: Place) {
    const key = layout.columns[place.column]?.items[place.row]?.key;
    if (key === undefined) return;
    wantsFocus.current = true;
    setCurrentKey(key);
    rows.scrollToIndex(place.row);
    columns.scrollToIndex(place.column);
  }

  function onKeyDown(event: KeyboardEvent) {
    const key = target(event, "cell");
    const place = key ? layout.places.get(key) : undefined;
    if (key === null || !place) return;
    const direction = directionOf(event);
    if (direction) {
      event.preventDefault();
      go(move(layout, place, direction));
    } else if (event.key === " ") {
      // A button would take the space bar for a click.
      event.preventDefault();
      if ((layout.columns[place.column]?.items[place.row]?.children ?? 0) > 0) onFold(key);
    } else if (event.key === "Enter") {
      event.preventDefault();
      onOpen(key, true);
    }
  }

  function onClick(event: MouseEvent) {
    const fold = target(event, "fold");
    if (fold !== null) {
      onFold(fold);
      return;
    }
    const key = target(event, "cell") ?? beside(event);
    if (key === null) return;
    setCurrentKey(key);
    onOpen(key, event.detail === 0);
  }

  return (
    <div ref={scroller} className="relative min-h-0 flex-1 overflow-auto overscroll-contain rounded-lg border bg-surface" data-matrix>
      <div
        role="grid"
        aria-label="ATT&CK matrix"
        aria-busy={busy}
        aria-rowcount={layout.rows + 1}
        aria-colcount={count}
        onKeyDown={onKeyDown}
        onKeyUp={(event) => {
          if (event.key === " ") event.preventDefault();
        }}
        onClick={onClick}
        onFocus={(event) => {
          const key = target(event, "cell");
          if (key !== null) setCurrentKey(key);
        }}
        style={{ width: width * count }}
      >
        <div role="row" aria-rowindex={1} className="sticky top-0 z-10 flex border-b bg-raised" style={{ height: HEADER_HEIGHT }}>
          {layout.columns.map((column, index) => (
            <ColumnHeader key={column.tactic.shortname} column={column} index={index} width={width} zoom={zoom} />
          ))}
        </div>
        <div role="rowgroup" className="relative mt-0.5 ml-0.5" style={{ height: rows.getTotalSize() }}>
          {/* Drawing before the width is known would be drawing twice. */}
          {(room === null ? [] : rows.getVirtualItems()).map((row) => (
            <MatrixRow
              key={row.index}
              layout={layout}
              row={row.index}
              top={row.start}
              from={from}
              to={to}
              look={look}
              current={row.index === current.row ? current.column : null}
              selected={layout.places.get(selected)?.row === row.index ? selected : null}
            />
          ))}
        </div>
      </div>
    </div>
  );
}
