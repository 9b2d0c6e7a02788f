import type { ColumnDef } from "@tanstack/react-table";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { DataTable } from "@/components/data-table/data-table";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { DetectionBadge, StateBadge } from "@/components/status/state-badge";
import { RelativeTime } from "@/components/ui/relative-time";
import { resultsReportQuery, type ResultItem, type ResultsParams } from "@/features/reports/api";
import { ReportFigures, ReportFoot } from "@/features/reports/components/report-figures";
import { countedTestsPath } from "@/lib/counted";
import { formatCount, formatRate, humanise } from "@/lib/format";

const COLUMNS: ColumnDef<ResultItem>[] = [
  {
    id: "test",
    header: "Test",
    meta: { className: "min-w-56" },
    cell: ({ row: { original: item } }) => (
      <Link to={`/tests/${item.id}`} className="link">
        <span className="font-mono text-xs">{item.number}</span> {item.name}
      </Link>
    ),
  },
  {
    id: "technique",
    header: "Technique",
    cell: ({ row: { original: item } }) => (
      <Link to={`/techniques/${item.technique}`} className="link font-mono text-xs">
        {item.technique}
      </Link>
    ),
  },
  { id: "environment", header: "Environment", cell: ({ row: { original: item } }) => item.environment },
  { id: "state", header: "State", cell: ({ row: { original: item } }) => <StateBadge state={item.state} /> },
  { id: "detection", header: "Detection", cell: ({ row: { original: item } }) => (item.detection ? <DetectionBadge detection={item.detection} /> : "–") },
  { id: "expected", header: "Expected", cell: ({ row: { original: item } }) => humanise(item.expected) },
  { id: "cause", header: "Cause", cell: ({ row: { original: item } }) => (item.miss_cause ? humanise(item.miss_cause) : "–") },
  { id: "executed", header: "Executed", cell: ({ row: { original: item } }) => <RelativeTime value={item.executed_at} /> },
];

/** What was tested in a period and what came of it. */
export function ResultsReportView({ params }: { params: ResultsParams }) {
  const { table, setSort, setOffset, setLimit } = useTableParams();
  const report = useQuery(resultsReportQuery({ ...params, limit: table.limit, offset: table.offset }));
  const totals = report.data?.totals;
  const { environment, platform: platforms = [], from, to } = params;
  const period = [...(from ? [["executed_from", from]] : []), ...(to ? [["executed_to", to]] : [])] as [string, string][];
  const validated = countedTestsPath({ environment, platforms }, [["state", "validated"], ...period]);
  return (
    <>
      {totals && (
        <ReportFigures
          figures={[
            { label: "Tests", value: formatCount(totals.tests) },
            { label: "Validated", value: formatCount(totals.by_state.validated), to: validated },
            { label: "Expectation met", value: formatCount(totals.met) },
            { label: "Below expectation", value: formatCount(totals.below) },
            { label: "Detection efficacy", value: formatRate(totals.efficacy), hint: `of ${formatCount(totals.met + totals.below)}` },
            { label: "Validation rate", value: formatRate(totals.validation_rate), hint: `of ${formatCount(totals.decided)}` },
          ]}
        />
      )}
      <div className="border-t">
        <DataTable
          caption="Test results"
          columns={COLUMNS}
          query={report}
          rowId={(item) => item.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          empty={<EmptyState title="No test in this period">Widen the dates or clear the filters.</EmptyState>}
        />
      </div>
      {report.data && <ReportFoot asOf={report.data.as_of} filters={report.data.filters} trail={report.data.trail} />}
    </>
  );
}
