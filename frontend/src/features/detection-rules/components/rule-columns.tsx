import type { ColumnDef } from "@tanstack/react-table";
import { Link } from "react-router";
import type { RuleSummary } from "@/api/rules";
import { AttackIds } from "@/components/status/attack-ids";
import { FiringBadge, LevelBadge, RuleMarks } from "@/features/detection-rules/components/rule-badges";
import { sourceLabel } from "@/lib/sources";

export const ruleColumns: ColumnDef<RuleSummary>[] = [
  {
    id: "name",
    header: "Name",
    meta: { sort: "name", className: "min-w-64 max-w-96" },
    cell: ({ row: { original: rule } }) => (
      <span className="flex items-center gap-2">
        <Link to={`/detection-rules/${rule.id}`} title={rule.name} className="min-w-0 truncate font-medium hover:underline">
          {rule.name}
        </Link>
        <RuleMarks rule={rule} />
      </span>
    ),
  },
  { id: "level", header: "Level", meta: { sort: "level" }, cell: ({ row }) => <LevelBadge level={row.original.level} /> },
  { id: "techniques", header: "Techniques", meta: { className: "whitespace-nowrap" }, cell: ({ row }) => <AttackIds ids={row.original.techniques} /> },
  {
    id: "platforms",
    header: "Platforms",
    meta: { className: "max-w-36 truncate text-muted" },
    cell: ({ row }) => <span title={row.original.platforms.join(", ")}>{row.original.platforms.join(", ") || "–"}</span>,
  },
  {
    id: "source",
    header: "Source",
    meta: { sort: "source", className: "whitespace-nowrap text-muted" },
    cell: ({ row }) => sourceLabel(row.original.source),
  },
  {
    id: "deployed_in",
    header: "Deployed in",
    meta: { className: "max-w-48 truncate" },
    cell: ({ row: { original: rule } }) =>
      rule.deployed_in.length > 0 ? <span title={rule.deployed_in.join(", ")}>{rule.deployed_in.join(", ")}</span> : <span className="text-muted">–</span>,
  },
  { id: "firing", header: "In tests", cell: ({ row }) => <FiringBadge state={row.original.firing_state} /> },
];
