import type { ColumnDef } from "@tanstack/react-table";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { DataTable } from "@/components/data-table/data-table";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { Badge } from "@/components/ui/badge";
import { remediationReportQuery, type RemediationItem, type RemediationParams } from "@/features/reports/api";
import { ReportFigures, ReportFoot } from "@/features/reports/components/report-figures";
import { OPEN } from "@/lib/findings";
import { formatCount, humanise } from "@/lib/format";

const days = (value: number | null) => (value === null ? "–" : `${value.toFixed(1)} d`);

const COLUMNS: ColumnDef<RemediationItem>[] = [
  {
    id: "finding",
    header: "Finding",
    meta: { className: "min-w-56" },
    cell: ({ row: { original: item } }) => (
      <Link to={`/findings/${item.id}`} className="link">
        <span className="font-mono text-xs">{item.number}</span> {item.title}
      </Link>
    ),
  },
  { id: "status", header: "Status", cell: ({ row: { original: item } }) => <Badge>{humanise(item.status)}</Badge> },
  { id: "severity", header: "Severity", cell: ({ row: { original: item } }) => humanise(item.severity) },
  { id: "cause", header: "Cause", cell: ({ row: { original: item } }) => humanise(item.cause) },
  { id: "owner", header: "Owner", cell: ({ row: { original: item } }) => item.responsible ?? item.owner },
  { id: "steps", header: "Steps", meta: { align: "right" }, cell: ({ row: { original: item } }) => `${item.steps_done} of ${item.steps}` },
  { id: "age", header: "Age", meta: { align: "right" }, cell: ({ row: { original: item } }) => days(item.age_days) },
  {
    id: "due",
    header: "Due",
    cell: ({ row: { original: item } }) => (item.due_on ? <span className={item.overdue ? "text-danger" : undefined}>{item.due_on}</span> : "–"),
  },
];

/** Findings opened in a period: how far they are, and how long proof took. */
export function RemediationReportView({ params }: { params: RemediationParams }) {
  const { table, setSort, setOffset, setLimit } = useTableParams();
  const report = useQuery(remediationReportQuery({ ...params, limit: table.limit, offset: table.offset }));
  const totals = report.data?.totals;
  const { environment, platform = [], from, to } = params;
  const narrowed = [...(environment ? [`environment=${environment}`] : []), ...platform.map((name) => `platform=${encodeURIComponent(name)}`)];
  /** The list knows no period of opening: of a period the findings stand below. */
  const linked = (filter: string) => (from || to ? {} : { to: `/findings?${[filter, ...narrowed].filter(Boolean).join("&")}` });
  return (
    <>
      {totals && (
        <ReportFigures
          figures={[
            { label: "Findings", value: formatCount(totals.findings), ...linked("") },
            { label: "Open", value: formatCount(totals.open), ...linked(OPEN) },
            { label: "Overdue", value: formatCount(totals.overdue), ...linked("overdue=true") },
            { label: "Median to proof", value: days(totals.proven.median_days), hint: `of ${formatCount(totals.proven.n)}` },
            { label: "Median to claim", value: days(totals.claimed.median_days), hint: `of ${formatCount(totals.claimed.n)}` },
            { label: "Accepted risks", value: formatCount(totals.accepted.count), hint: "whatever the filters", to: "/findings?status=risk_accepted" },
          ]}
        />
      )}
      <div className="border-t">
        <DataTable
          caption="Findings"
          columns={COLUMNS}
          query={report}
          rowId={(item) => item.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          empty={<EmptyState title="No finding in this period">Widen the dates or clear the filters.</EmptyState>}
        />
      </div>
      {report.data && <ReportFoot asOf={report.data.as_of} filters={report.data.filters} trail={report.data.trail} />}
    </>
  );
}
