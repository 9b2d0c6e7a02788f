import { Link, useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { DataTable } from "@/components/data-table/data-table";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { RelativeTime } from "@/components/ui/relative-time";
import { formatCount, formatDuration } from "@/lib/format";
import { runsQuery, type Run } from "@/features/data-sources/api";
import { RunStatusBadge } from "@/features/data-sources/components/run-status-badge";
import { wayLabel } from "@/features/data-sources/lib/labels";
import { pathOfRun } from "@/features/data-sources/lib/paths";

const COUNTED = ["added", "updated", "unchanged", "removed", "skipped"] as const;

function duration(run: Run): string {
  if (!run.started_at || !run.ended_at) return "–";
  return formatDuration((Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000);
}

const RUN_COLUMNS: ColumnDef<Run>[] = [
  {
    id: "created_at",
    header: "Started",
    cell: ({ row }) => (
      <Link to={pathOfRun(row.original)} className="font-medium hover:underline">
        <RelativeTime value={row.original.started_at ?? row.original.created_at} />
      </Link>
    ),
  },
  { id: "status", header: "Status", cell: ({ row }) => <RunStatusBadge status={row.original.status} /> },
  { id: "way", header: "Came by", meta: { className: "text-muted whitespace-nowrap" }, cell: ({ row }) => wayLabel(row.original.way) },
  ...COUNTED.map<ColumnDef<Run>>((name) => ({
    id: name,
    header: name.charAt(0).toUpperCase() + name.slice(1),
    meta: { align: "right" },
    cell: ({ row }) => formatCount(row.original.counts[name]),
  })),
  { id: "duration", header: "Took", meta: { align: "right", className: "whitespace-nowrap text-muted" }, cell: ({ row }) => duration(row.original) },
  {
    id: "by",
    header: "Asked by",
    meta: { className: "whitespace-nowrap text-muted" },
    cell: ({ row }) => (row.original.requested_by_id ? "a person" : "the schedule"),
  },
];

export function RunsTable({ source }: { source: string }) {
  const navigate = useNavigate();
  const { table, setSort, setOffset, setLimit } = useTableParams();
  const runs = useQuery(runsQuery(source, table.limit, table.offset));
  return (
    <DataTable
      caption="Runs"
      columns={RUN_COLUMNS}
      query={runs}
      rowId={(run) => run.id}
      params={table}
      onSort={setSort}
      onOffset={setOffset}
      onLimit={setLimit}
      onRowClick={(run) => void navigate(pathOfRun(run))}
      empty={<EmptyState title="No run yet">Start a sync, or upload a file.</EmptyState>}
    />
  );
}
