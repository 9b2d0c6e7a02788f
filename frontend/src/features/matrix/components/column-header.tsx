import { memo } from "react";
import type { MatrixColumn } from "@/features/matrix/lib/layout";
import type { Zoom } from "@/features/matrix/lib/options";
import { cn } from "@/lib/cn";
import { plural } from "@/lib/plural";

export const HEADER_HEIGHT = 58;

interface ColumnHeaderProps {
  column: MatrixColumn;
  index: number;
  width: number;
  zoom: Zoom;
}

/** A tactic, how much stands below it, and how far that is validated. */
export const ColumnHeader = memo(function ColumnHeader({ column, index, width, zoom }: ColumnHeaderProps) {
  const { tactic, techniques, units, validated } = column;
  return (
    <div role="columnheader" aria-colindex={index + 1} title={tactic.name} className={cn("flex shrink-0 flex-col justify-between py-1.5", zoom === "compact" ? "px-1" : "px-1.5")} style={{ width }}>
      <span className={cn("line-clamp-2 leading-tight font-semibold", zoom === "compact" ? "text-2xs tracking-tight" : "text-xs")}>{tactic.name}</span>
      <span className="text-2xs text-muted tabular">
        {zoom === "compact" ? techniques : plural(techniques, "technique")}
        {validated > 0 && ` · ${Math.round((100 * validated) / units)} %`}
      </span>
    </div>
  );
});
