import { memo } from "react";
import { MatrixCell, type CellLook } from "@/features/matrix/components/matrix-cell";
import type { MatrixLayout } from "@/features/matrix/lib/layout";

interface RowProps {
  layout: MatrixLayout;
  row: number;
  top: number;
  /** First and last column to draw. */
  from: number;
  to: number;
  look: CellLook;
  /** Column of the cell that the tab key reaches, when it stands in this row. */
  current: number | null;
  /** Key of the cell whose panel is open, when it stands in this row. */
  selected: string | null;
}

/** One line across the tactics. Drawn again only when it changes itself, not when others scroll by. */
export const MatrixRow = memo(function MatrixRow({ layout, row, top, from, to, look, current, selected }: RowProps) {
  const cells = [];
  for (let column = 0; column < layout.columns.length; column += 1) {
    const drawn = (column >= from && column <= to) || column === current;
    const item = drawn ? layout.columns[column]?.items[row] : undefined;
    if (!item) continue;
    cells.push(<MatrixCell key={item.key} item={item} look={look} column={column} current={column === current} selected={item.key === selected} />);
  }
  // A row without cells would be a row of nothing to those who hear it.
  if (cells.length === 0) return null;
  return (
    <div role="row" aria-rowindex={row + 2} className="absolute inset-x-0 top-0 contain-strict" style={{ height: look.height, transform: `translateY(${top}px)` }}>
      {cells}
    </div>
  );
});
