import { useMemo } from "react";
import { Link } from "react-router";
import type { ColumnDef } from "@tanstack/react-table";
import { DataTable } from "@/components/data-table/data-table";
import { CoverageBadge } from "@/components/status/coverage-badge";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Heatmap, HeatmapCell } from "@/features/matrix/api";
import type { Painting } from "@/features/matrix/components/matrix-grid";
import { layerLabel, rollUp, valueText, type Layer } from "@/features/matrix/lib/layers";
import { cellKey } from "@/features/matrix/lib/layout";
import { scoreText, type Mark } from "@/features/matrix/lib/overlay";
import type { useMatrixParams } from "@/features/matrix/lib/use-matrix-params";
import { formatCount } from "@/lib/format";

interface Row extends HeatmapCell {
  tacticName: string;
  isParent: boolean;
}

function valueColumn(id: string, layer: Layer, valueOf: (row: Row) => number | null): ColumnDef<Row> {
  const text = (row: Row) => {
    const value = valueOf(row);
    return layer === "coverage" && value !== null ? `${Math.round(value * 100)} %` : valueText(row, layer, row.isParent, value) || "–";
  };
  return { id, header: layerLabel(layer), meta: { align: "right" }, cell: ({ row }) => text(row.original) };
}

/** What a layer of others says, in columns of its own. */
function columnsOf(marks: ReadonlyMap<string, Mark>): ColumnDef<Row>[] {
  const of = (row: Row) => marks.get(cellKey(row.tactic, row.attack_id))?.cell;
  return [
    {
      id: "overlay",
      header: "Laid over",
      meta: { align: "right" },
      cell: ({ row }) => {
        const cell = of(row.original);
        if (!cell) return "–";
        return [cell.score === null ? "named" : scoreText(cell.score), !cell.enabled && "off"].filter(Boolean).join(", ");
      },
    },
    { id: "comment", header: "Comment", cell: ({ row }) => <span className="line-clamp-2 max-w-72" title={of(row.original)?.comment}>{of(row.original)?.comment}</span> },
  ];
}

function columnsFor({ layer, compare, marks }: Painting): ColumnDef<Row>[] {
  return [
    { id: "tactic", header: "Tactic", cell: ({ row }) => row.original.tacticName },
    {
      id: "attack_id",
      header: "Id",
      cell: ({ row }) => (
        <Link to={`/techniques/${row.original.attack_id}`} className="link font-mono text-xs">
          {row.original.attack_id}
        </Link>
      ),
    },
    { id: "name", header: "Name", cell: ({ row }) => <span className={row.original.parent ? "pl-3" : "font-medium"}>{row.original.name}</span> },
    { id: "status", header: "Status", cell: ({ row }) => <CoverageBadge status={row.original.status} /> },
    { id: "units", header: "Validated", meta: { align: "right" }, cell: ({ row }) => (row.original.units > 0 ? rollUp(row.original) : "–") },
    valueColumn("value", layer, (row) => row.value),
    ...(compare ? [valueColumn("compare", compare, (row) => row.compare)] : []),
    ...(marks ? columnsOf(marks) : []),
    { id: "tests", header: "Tests", meta: { align: "right" }, cell: ({ row }) => formatCount(row.original.tests) },
    { id: "open", header: "Under way", meta: { align: "right" }, cell: ({ row }) => formatCount(row.original.open_tests) },
    { id: "review", header: "Review", cell: ({ row }) => (row.original.review_required ? "needed" : "") },
    { id: "last", header: "Last run", cell: ({ row }) => <RelativeTime value={row.original.last_executed_at} className="text-muted" /> },
  ];
}

/** The same cells as a table, for those whom a grid of colours does not serve. */
export function MatrixTable({ matrix, params, painting }: { matrix: Heatmap; params: ReturnType<typeof useMatrixParams>; painting: Painting }) {
  const { table, setOffset, setLimit, patch } = params;
  const rows = useMemo<Row[]>(() => {
    const names = new Map(matrix.tactics.map((tactic) => [tactic.shortname, tactic.name]));
    const parents = new Set(matrix.cells.map((cell) => cell.parent));
    return matrix.cells.map((cell) => ({ ...cell, tacticName: names.get(cell.tactic) ?? cell.tactic, isParent: parents.has(cell.attack_id) }));
  }, [matrix]);
  const columns = useMemo(() => columnsFor(painting), [painting]);
  const page = useMemo(
    () => ({ items: rows.slice(table.offset, table.offset + table.limit), total: rows.length, limit: table.limit, offset: table.offset }),
    [rows, table.limit, table.offset],
  );
  return (
    <div className="min-w-0 flex-1 self-start overflow-y-auto rounded-lg border bg-surface lg:max-h-full">
      <DataTable
        caption="Cells of the matrix"
        columns={columns}
        query={{ data: page, error: null, isFetching: false, refetch: () => undefined }}
        rowId={(row) => `${row.tactic}/${row.attack_id}`}
        params={table}
        onSort={() => undefined}
        onOffset={setOffset}
        onLimit={setLimit}
        onRowClick={(row) => patch({ at: `${row.tactic}/${row.attack_id}` }, true)}
      />
    </div>
  );
}
