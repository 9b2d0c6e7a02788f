import type { ColumnDef } from "@tanstack/react-table";
import { RelativeTime } from "@/components/ui/relative-time";
import type { Countermeasure, Gain } from "@/features/d3fend/api";
import { CountermeasureBadge } from "@/features/d3fend/components/status-badge";
import { points } from "@/features/d3fend/lib/words";
import { formatCount } from "@/lib/format";
import { plural } from "@/lib/plural";

/** gains: by D3FEND id; undefined while they are worked out. */
export function countermeasureColumns(open: (id: string) => void, gains: ReadonlyMap<string, Gain> | undefined): ColumnDef<Countermeasure>[] {
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
          <button type="button" onClick={() => open(item.d3fend_id)} aria-label={`${plural(item.techniques, "technique")} that ${item.name} counters`} className="link rounded-sm tabular">
            {formatCount(item.techniques)}
          </button>
        ) : (
          <span className="text-muted tabular">0</span>
        ),
    },
    {
      id: "gain",
      header: "Would add",
      meta: { align: "right", className: "w-28 whitespace-nowrap" },
      cell: ({ row: { original: item } }) => <GainCell countermeasure={item} gain={gains?.get(item.d3fend_id)} waiting={gains === undefined} />,
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

function GainCell({ countermeasure, gain, waiting }: { countermeasure: Countermeasure; gain: Gain | undefined; waiting: boolean }) {
  if (countermeasure.status === "implemented") return <span className="text-muted">in place</span>;
  if (!gain || gain.gain === null) return <span className="text-muted">{waiting ? "…" : "–"}</span>;
  return (
    <span className="tabular" title={`${plural(gain.techniques, "technique")} would score otherwise`}>
      {points(gain.gain)}
    </span>
  );
}
