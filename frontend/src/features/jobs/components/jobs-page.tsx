import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { EmptyState } from "@/components/states/empty-state";
import { QueryView } from "@/components/states/query-view";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { RelativeTime } from "@/components/ui/relative-time";
import { schedulerQuery, type Job } from "@/features/jobs/api";
import { JobStatusBadge } from "@/features/jobs/components/job-status-badge";
import { RunJobButton } from "@/features/jobs/components/run-job-button";
import { aboutJob, outcomeLine, scheduleLabel, tookLabel } from "@/features/jobs/words";

const HEADINGS = ["Job", "Schedule", "Last run", "Outcome", "Took", "Next run", ""];

function JobRow({ job, scheduled }: { job: Job; scheduled: boolean }) {
  const { last_run: last } = job;
  return (
    <tr className="border-b align-top last:border-b-0 hover:bg-hover">
      <th scope="row" className="min-w-56 px-4 py-2 text-left font-normal">
        <Link to={`/system/jobs/${job.name}`} className="font-medium hover:underline">
          {job.title}
        </Link>
        <span className="block max-w-sm text-xs text-muted">{aboutJob(job.name)}</span>
      </th>
      <td className="px-4 py-2 whitespace-nowrap text-muted">{scheduleLabel(job.interval_hours)}</td>
      <td className="px-4 py-2 whitespace-nowrap">
        {last ? (
          <span className="inline-flex items-center gap-2">
            <JobStatusBadge status={last.status} />
            <RelativeTime value={last.started_at} className="text-muted" />
          </span>
        ) : (
          <span className="text-muted">never</span>
        )}
      </td>
      <td className="max-w-72 px-4 py-2 break-words text-muted">{last ? outcomeLine(last) : "–"}</td>
      <td className="px-4 py-2 text-right whitespace-nowrap text-muted">{last ? tookLabel(last) : "–"}</td>
      <td className="px-4 py-2 whitespace-nowrap">{scheduled && job.next_run_at ? <RelativeTime value={job.next_run_at} /> : <span className="text-muted">–</span>}</td>
      <td className="px-4 py-1.5">
        <RunJobButton job={job} />
      </td>
    </tr>
  );
}

/** The scheduled jobs: how the last run went, when the next is due, and a button that runs one now. */
export function JobsPage() {
  const scheduler = useQuery(schedulerQuery());
  return (
    <>
      <PageHeader title="Jobs" description="What runs by itself. Each job runs once, however many processes there are, and every run leaves a row." />
      <div className="space-y-4">
        {scheduler.data && !scheduler.data.enabled && (
          <Notice tone="warn" title="The schedule is switched off.">
            <p>
              Nothing runs by itself on this server until <code className="font-mono text-xs">SCHEDULER_ENABLED</code> is true. Jobs can still be run by hand.
            </p>
          </Notice>
        )}
        <QueryView query={scheduler} what="The jobs">
          {({ jobs, enabled }) => (
            <Card flush>
              {jobs.length === 0 ? (
                <EmptyState title="No jobs">The server knows no job.</EmptyState>
              ) : (
                <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Jobs">
                  <table className="w-full text-sm">
                    <caption className="sr-only">Jobs</caption>
                    <thead>
                      <tr className="border-b text-left">
                        {HEADINGS.map((label) => (
                          <th key={label} scope="col" className={`label-caps h-8 px-4 whitespace-nowrap ${label === "Took" ? "text-right" : ""}`}>
                            {label || <span className="sr-only">Actions</span>}
                          </th>
                        ))}
                      </tr>
                    </thead>
                    <tbody>
                      {jobs.map((job) => (
                        <JobRow key={job.name} job={job} scheduled={enabled} />
                      ))}
                    </tbody>
                  </table>
                </div>
              )}
            </Card>
          )}
        </QueryView>
      </div>
    </>
  );
}
