import type { ColumnDef } from "@tanstack/react-table";
import { Link } from "react-router";
import type { Person, TestSummary } from "@/api/tests";
import { SideTag } from "@/components/status/side-tag";
import { DetectionBadge, StateBadge } from "@/components/status/state-badge";
import { Badge } from "@/components/ui/badge";
import { RelativeTime } from "@/components/ui/relative-time";
import { nameOf } from "@/lib/people";
import { cn } from "@/lib/cn";

const WAITS: Record<string, { side: "red" | "blue" | null; label: string }> = {
  red: { side: "red", label: "Red" },
  blue: { side: "blue", label: "Blue" },
  red_lead: { side: "red", label: "Red lead" },
  blue_lead: { side: "blue", label: "Blue lead" },
  leads: { side: null, label: "Leads" },
};

function WaitsFor({ who }: { who: string | null }) {
  const look = who ? WAITS[who] : undefined;
  if (!look) return <span className="text-muted">–</span>;
  return look.side ? <SideTag side={look.side}>{look.label}</SideTag> : <span className="text-xs font-medium">{look.label}</span>;
}

const person = (who: Person | null) => (who ? nameOf(who) : "–");

/** Columns that can be hidden, in their order; the name always stays. */
export const CHOOSABLE = [
  { id: "technique", label: "Technique" },
  { id: "state", label: "State" },
  { id: "waits_for", label: "Next" },
  { id: "detection", label: "Outcome" },
  { id: "platform", label: "Platform" },
  { id: "environment", label: "Environment" },
  { id: "red", label: "Red" },
  { id: "blue", label: "Blue" },
  { id: "state_since", label: "In this state" },
  { id: "created_at", label: "Planned" },
] as const;

export const HIDDEN_AT_FIRST: readonly string[] = ["platform", "environment", "created_at"];

function TechniqueCell({ technique }: { technique: TestSummary["technique"] }) {
  if (!technique) return <span className="text-muted">Sealed</span>;
  return (
    <Link to={`/techniques/${technique.attack_id}`} title={technique.name} className="block truncate hover:underline">
      <span className="font-mono text-xs">{technique.attack_id}</span> <span className="text-muted">{technique.name}</span>
    </Link>
  );
}

export function testColumns(selectable: boolean): ColumnDef<TestSummary>[] {
  const select: ColumnDef<TestSummary> = {
    id: "select",
    header: ({ table }) => (
      <input
        type="checkbox"
        aria-label="Select all on this page"
        checked={table.getIsAllRowsSelected()}
        onChange={table.getToggleAllRowsSelectedHandler()}
        className="size-4 align-middle accent-accent"
      />
    ),
    meta: { className: "w-8 pr-0!" },
    cell: ({ row }) => (
      <input
        type="checkbox"
        aria-label={`Select ${row.original.number}`}
        checked={row.getIsSelected()}
        onChange={row.getToggleSelectedHandler()}
        className="size-4 align-middle accent-accent"
      />
    ),
  };
  const columns: ColumnDef<TestSummary>[] = [
    { id: "number", header: "Number", meta: { sort: "number", className: "whitespace-nowrap" }, cell: ({ row }) => <span className="font-mono text-xs text-muted">{row.original.number}</span> },
    {
      id: "name",
      header: "Name",
      meta: { sort: "name", className: "min-w-52 max-w-64" },
      cell: ({ row: { original: test } }) => (
        <span className="flex items-center gap-2">
          <Link to={`/tests/${test.id}`} title={test.name} className={cn("min-w-0 truncate font-medium hover:underline", test.annulled && "line-through")}>
            {test.name}
          </Link>
          {test.round > 1 && <Badge>Round {test.round}</Badge>}
          {test.retest_of && <Badge>Retest</Badge>}
          {test.archived && <Badge>Archived</Badge>}
        </span>
      ),
    },
    {
      id: "technique",
      header: "Technique",
      meta: { sort: "technique", className: "max-w-40" },
      cell: ({ row }) => <TechniqueCell technique={row.original.technique} />,
    },
    { id: "state", header: "State", meta: { sort: "state" }, cell: ({ row }) => <StateBadge state={row.original.state} /> },
    { id: "waits_for", header: "Next", meta: { className: "whitespace-nowrap" }, cell: ({ row }) => <WaitsFor who={row.original.waits_for} /> },
    { id: "detection", header: "Outcome", cell: ({ row }) => <DetectionBadge detection={row.original.detection} /> },
    { id: "platform", header: "Platform", meta: { className: "whitespace-nowrap" }, cell: ({ row }) => row.original.platform ?? "Any" },
    { id: "environment", header: "Environment", cell: ({ row }) => row.original.environment.name },
    { id: "red", header: "Red", meta: { className: "max-w-32 truncate" }, cell: ({ row }) => person(row.original.red_assignee) },
    { id: "blue", header: "Blue", meta: { className: "max-w-32 truncate" }, cell: ({ row }) => person(row.original.blue_assignee) },
    {
      id: "state_since",
      header: "In this state",
      meta: { sort: "state_since", className: "whitespace-nowrap text-muted" },
      cell: ({ row }) => <RelativeTime value={row.original.state_since} />,
    },
    {
      id: "created_at",
      header: "Planned",
      meta: { sort: "created_at", className: "whitespace-nowrap text-muted" },
      cell: ({ row }) => <RelativeTime value={row.original.created_at} />,
    },
  ];
  return selectable ? [select, ...columns] : columns;
}
