import { useMemo, useState } from "react";
import type { ColumnDef } from "@tanstack/react-table";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { quickWinsQuery, type QuickWin } from "@/api/gaps";
import type { DomainName } from "@/api/techniques";
import { DataTable } from "@/components/data-table/data-table";
import { EmptyState } from "@/components/states/empty-state";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { resultTestsPath } from "@/lib/counted";
import { formatChange, formatCount, formatScore } from "@/lib/format";

const LIMIT = 25;
const FEW = 3;

const columnsOf = (domain: DomainName, environment: string): ColumnDef<QuickWin>[] => [
  {
    id: "technique",
    header: "Technique",
    meta: { className: "min-w-56" },
    cell: ({ row: { original: win } }) => (
      <Link to={`/techniques/${win.attack_id}`} className="link">
        <span className="font-mono text-xs">{win.attack_id}</span> {win.name}
      </Link>
    ),
  },
  { id: "priority", header: "Priority", meta: { align: "right" }, cell: ({ row: { original: win } }) => win.priority ?? <span className="text-muted">–</span> },
  {
    id: "rules",
    header: "Rules known",
    meta: { align: "right", className: "whitespace-nowrap" },
    cell: ({ row: { original: win } }) => (
      <Link to={`/detection-rules?technique=${win.attack_id}`} className="link">
        {formatCount(win.rules_active)}
      </Link>
    ),
  },
  { id: "deployed", header: "Deployed", meta: { align: "right" }, cell: ({ row: { original: win } }) => formatCount(win.rules_deployed) },
  { id: "score", header: "Score", meta: { align: "right" }, cell: ({ row: { original: win } }) => formatScore(win.score) },
  { id: "gain", header: "With alerts", meta: { align: "right", className: "whitespace-nowrap" }, cell: ({ row: { original: win } }) => <span className="text-ok">{formatChange(win.gain)}</span> },
  {
    id: "tests",
    header: "Telemetry only in",
    meta: { className: "min-w-64" },
    cell: ({ row: { original: win } }) => (
      <ul>
        {win.tests.slice(0, FEW).map((test) => (
          <li key={test.id}>
            <Link to={`/tests/${test.id}`} className="link">
              <span className="font-mono text-xs">{test.number}</span> {test.name}
            </Link>{" "}
            <RelativeTime value={test.executed_at} className="text-xs whitespace-nowrap text-muted" />
          </li>
        ))}
        {win.results > FEW && (
          <li>
            <Link to={`${resultTestsPath(["sighted"], { domain, environment, technique: win.attack_id })}&detection=partially_detected`} className="link text-xs">
              All {formatCount(win.results)}
            </Link>
          </li>
        )}
      </ul>
    ),
  },
];

/** Techniques that left telemetry and no alert, page by page; the address keeps the rest of the page. */
export function QuickWinsTable({ domain, environment }: { domain: DomainName; environment: string }) {
  const [offset, setOffset] = useState(0);
  const columns = useMemo(() => columnsOf(domain, environment), [domain, environment]);
  const wins = useQuery(quickWinsQuery(domain, { limit: LIMIT, offset, ...(environment && { environment }) }));
  return (
    <div id="quick-wins" className="scroll-mt-4">
      <Card title="Quick wins" description="Telemetry was there and no alert was raised where one was expected: the data is there, a rule is not. What the threat profile names stands first." flush>
        <DataTable
          caption="Quick wins"
          columns={columns}
          query={wins}
          rowId={(win) => win.attack_id}
          params={{ limit: LIMIT, offset, sort: undefined }}
          onSort={() => undefined}
          onOffset={setOffset}
          empty={<EmptyState title="No quick win">Wherever a test left telemetry an alert was raised too, or none was expected.</EmptyState>}
        />
      </Card>
    </div>
  );
}
