import type { ColumnDef } from "@tanstack/react-table";
import { Link } from "react-router";
import { Badge } from "@/components/ui/badge";
import type { ActorSummary } from "@/features/threat-actors/api";
import { CoverageBar } from "@/features/threat-actors/components/coverage-bar";
import { formatCount } from "@/lib/format";

const words = (list: readonly string[]) => (list.length > 0 ? <span title={list.join(", ")}>{list.join(", ")}</span> : <span className="text-muted">–</span>);

export const actorColumns: ColumnDef<ActorSummary>[] = [
  { id: "attack_id", header: "Id", meta: { sort: "attack_id", className: "w-20" }, cell: ({ row }) => <span className="font-mono text-xs text-muted">{row.original.attack_id}</span> },
  {
    id: "name",
    header: "Name",
    meta: { sort: "name", className: "min-w-44" },
    cell: ({ row: { original: actor } }) => (
      <span className="flex items-center gap-2">
        <Link to={`/threat-actors/${actor.attack_id}`} className="font-medium hover:underline">
          {actor.name}
        </Link>
        {actor.is_custom && <Badge tone="accent">Our own</Badge>}
        {!actor.is_active && <Badge>{actor.switched_off ? "Switched off" : "Given up by MITRE"}</Badge>}
      </span>
    ),
  },
  { id: "aliases", header: "Also called", meta: { className: "max-w-56 truncate text-muted" }, cell: ({ row: { original: actor } }) => words(actor.aliases.filter((alias) => alias !== actor.name)) },
  { id: "country", header: "Country", meta: { className: "max-w-28 truncate" }, cell: ({ row }) => row.original.country ?? <span className="text-muted">–</span> },
  { id: "sectors", header: "Sectors", meta: { className: "max-w-44 truncate" }, cell: ({ row }) => words(row.original.sectors) },
  {
    id: "techniques",
    header: "Techniques",
    meta: { align: "right", className: "w-24" },
    cell: ({ row: { original: actor } }) => (
      <Link to={`/threat-actors/${actor.attack_id}#uses`} className="link tabular">
        {formatCount(actor.techniques)}
      </Link>
    ),
  },
  {
    id: "coverage",
    header: "How we stand",
    meta: { className: "w-56" },
    cell: ({ row: { original: actor } }) => {
      // The domain with most of the actor's techniques tells most of it.
      const [main] = [...(actor.coverage ?? [])].sort((one, other) => other.techniques - one.techniques);
      if (!main || main.techniques === 0) return <span className="text-muted">–</span>;
      return (
        <span className="flex items-center gap-2">
          <CoverageBar coverage={main} className="h-2 w-24" />
          <span className="text-xs whitespace-nowrap text-muted tabular">
            {formatCount(main.validated)} of {formatCount(main.techniques)}
          </span>
        </span>
      );
    },
  },
];
