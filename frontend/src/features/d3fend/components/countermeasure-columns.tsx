import type { ColumnDef } from "@tanstack/react-table";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Countermeasure } from "@/features/d3fend/api";
import { CountermeasureBadge } from "@/features/d3fend/components/status-badge";
import { formatCount } from "@/lib/format";

export function countermeasureColumns(open: (id: string) => void): ColumnDef<Countermeasure>[] {
  return [
    { id: "d3fend_id", header: "Id", meta: { className: "w-24 whitespace-nowrap" }, cell: ({ row }) => <span className="font-mono text-xs text-muted">{row.original.d3fend_id}</span> },
    {
      id: "name",
      header: "Countermeasure",
      meta: { className: "min-w-52" },
      cell: ({ row: { original: item } }) => (
        <button type="button" onClick={() => open(item.d3fend_id)} className="rounded-sm text-left font-medium hover:underline">
          {item.name}
          {item.parent && <span className="ml-2 font-mono text-xs font-normal text-muted">in {item.parent}</span>}
        </button>
      ),
    },
    { id: "tactic", header: "Tactic", cell: ({ row }) => row.original.tactic ?? <span className="text-muted">–</span> },
    {
      id: "techniques",
      header: "Counters",
      meta: { align: "right", className: "w-28 whitespace-nowrap" },
      cell: ({ row: { original: item } }) =>
        item.techniques > 0 ? (
          <button type="button" onClick={() => open(item.d3fend_id)} aria-label={`${formatCount(item.techniques)} techniques that ${item.name} counters`} className="link rounded-sm tabular">
            {formatCount(item.techniques)}
          </button>
        ) : (
          <span className="text-muted tabular">0</span>
        ),
    },
    { id: "status", header: "Do we have it", meta: { className: "w-36" }, cell: ({ row }) => <CountermeasureBadge status={row.original.status} /> },
    {
      id: "reason",
      header: "Why, since",
      meta: { className: "max-w-72 truncate text-muted" },
      cell: ({ row: { original: item } }) =>
        item.status_since ? (
          <span title={item.status_reason ?? undefined}>
            {item.status_reason} <RelativeTime value={item.status_since} className="text-xs" />
          </span>
        ) : (
          "Nobody has said"
        ),
    },
  ];
}
