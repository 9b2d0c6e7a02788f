import type { ColumnDef } from "@tanstack/react-table";
import { Badge } from "@/components/ui/badge";
import { RelativeTime } from "@/components/ui/relative-time";
import type { AuditEntry } from "@/features/audit/api";

export function auditColumns(open: (entry: AuditEntry) => void): ColumnDef<AuditEntry>[] {
  return [
    {
      id: "seq",
      header: "No.",
      meta: { align: "right", className: "w-16 text-muted" },
      cell: ({ row }) => row.original.seq,
    },
    { id: "at", header: "When", meta: { className: "whitespace-nowrap text-muted w-32" }, cell: ({ row }) => <RelativeTime value={row.original.at} /> },
    {
      id: "actor",
      header: "Who",
      cell: ({ row: { original: entry } }) => (
        <span className="flex items-center gap-2">
          {entry.actor_label}
          {entry.via === "token" && <Badge>token</Badge>}
        </span>
      ),
    },
    {
      id: "action",
      header: "Action",
      cell: ({ row: { original: entry } }) => (
        <button type="button" onClick={() => open(entry)} className="rounded-sm font-mono text-xs hover:underline">
          {entry.action}
        </button>
      ),
    },
    {
      id: "subject",
      header: "On",
      cell: ({ row: { original: entry } }) => (
        <span className="flex max-w-96 items-baseline gap-2">
          <span className="shrink-0 text-xs text-muted">{entry.subject_kind}</span>
          <span className="truncate">{entry.subject_label ?? entry.subject_id}</span>
        </span>
      ),
    },
    { id: "address", header: "From", meta: { cellClassName: "font-mono text-xs text-muted" }, cell: ({ row }) => row.original.address ?? "–" },
  ];
}
