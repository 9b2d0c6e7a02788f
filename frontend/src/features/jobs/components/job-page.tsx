import { useQuery } from "@tanstack/react-query";
import type { ColumnDef } from "@tanstack/react-table";
import { DataTable } from "@/components/data-table/data-table";
import { useTableParams } from "@/components/data-table/use-table-params";
import { EmptyState } from "@/components/states/empty-state";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { RelativeTime } from "@/components/ui/relative-time";
import { usePageTitle } from "@/hooks/use-page-title";
import { humanise } from "@/lib/format";
import { jobRunsQuery, schedulerQuery, type JobRun } from "@/features/jobs/api";
import { JobStatusBadge } from "@/features/jobs/components/job-status-badge";
import { RunJobButton } from "@/features/jobs/components/run-job-button";
import { aboutJob, outcomeLine, scheduleLabel, tookLabel } from "@/features/jobs/words";

const COLUMNS: ColumnDef<JobRun>[] = [
  { id: "started_at", header: "Started", meta: { className: "whitespace-nowrap" }, cell: ({ row }) => <RelativeTime value={row.original.started_at} /> },
  { id: "status", header: "Status", cell: ({ row }) => <JobStatusBadge status={row.original.status} /> },
  { id: "trigger", header: "Asked by", meta: { className: "whitespace-nowrap text-muted" }, cell: ({ row }) => (row.original.trigger === "manual" ? "a person" : "the schedule") },
  { id: "outcome", header: "Outcome", meta: { className: "min-w-52 break-words" }, cell: ({ row }) => outcomeLine(row.original) },
  { id: "took", header: "Took", meta: { align: "right", className: "whitespace-nowrap text-muted" }, cell: ({ row }) => tookLabel(row.original) },
];

/** The history of one job. */
export function JobPage({ name }: { name: string }) {
  const scheduler = useQuery(schedulerQuery());
  const job = scheduler.data?.jobs.find((item) => item.name === name);
  const { table, setSort, setOffset, setLimit } = useTableParams();
  const runs = useQuery(jobRunsQuery(name, table.limit, table.offset));
  const title = job?.title ?? humanise(name);
  usePageTitle(title);
  return (
    <>
      <PageHeader
        title={title}
        description={[aboutJob(name), job && `Runs ${scheduleLabel(job.interval_hours)}.`].filter(Boolean).join(" ")}
        actions={job && <RunJobButton job={job} primary />}
      />
      <Card title="Runs" flush>
        <DataTable
          caption="Runs"
          columns={COLUMNS}
          query={runs}
          rowId={(run) => run.id}
          params={table}
          onSort={setSort}
          onOffset={setOffset}
          onLimit={setLimit}
          empty={<EmptyState title="No run yet">It runs when it is due, or when somebody asks for it.</EmptyState>}
        />
      </Card>
    </>
  );
}
