import { useEffect } from "react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { systemKeys } from "@/api/system";
import { QueryView } from "@/components/states/query-view";
import { Card } from "@/components/ui/card";
import { Copyable } from "@/components/ui/copyable";
import { PageHeader } from "@/components/ui/page-header";
import { RelativeTime } from "@/components/ui/relative-time";
import { formatCount, formatDuration } from "@/lib/format";
import { isOpen, runQuery, type RunDetail } from "@/features/data-sources/api";
import { CountsTable, NotesList, ProblemsTable } from "@/features/data-sources/components/report-tables";
import { RunProgress } from "@/features/data-sources/components/run-progress";
import { RunStatusBadge } from "@/features/data-sources/components/run-status-badge";
import { UpgradeReport } from "@/features/data-sources/components/upgrade-report";
import { domainLabel, wayLabel } from "@/features/data-sources/lib/labels";
import { readReport } from "@/features/data-sources/lib/report";

function Facts({ run }: { run: RunDetail }) {
  const report = readReport(run.report);
  const facts: [string, React.ReactNode][] = [
    ["Came by", wayLabel(run.way)],
    ["Releases", report.releases.map(([domain, release]) => `${domainLabel(domain)} ${release}`).join(", ") || "–"],
    ["Started", <RelativeTime key="started" value={run.started_at} />],
    ["Took", run.started_at && run.ended_at ? formatDuration((Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000) : "–"],
    ["Unchanged", report.unchangedParts.map(domainLabel).join(", ") || "–"],
    ["Run", <Copyable key="id" value={run.id} display={run.id.slice(0, 8)} label="run id" />],
  ];
  return (
    <dl className="mb-4 grid grid-cols-2 gap-x-6 gap-y-2 rounded-lg border bg-surface px-4 py-3 text-sm sm:grid-cols-3 lg:grid-cols-6">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt className="text-xs text-muted">{label}</dt>
          <dd className="min-h-6">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Finished({ run }: { run: RunDetail }) {
  const report = readReport(run.report);
  return (
    <div className="space-y-4">
      {run.error && (
        <div role="alert" className="rounded-lg border border-danger/40 bg-danger-soft px-4 py-3 text-sm">
          <p className="font-medium text-danger">{run.error.message}</p>
          <p className="mt-0.5 text-muted">
            <span className="font-mono text-xs">{run.error.code}</span>. No content was changed.
          </p>
        </div>
      )}
      {report.missing.length > 0 && (
        <Card title="What could not be had">
          <ul className="space-y-1 text-sm">
            {report.missing.map(([domain, reason]) => (
              <li key={domain}>
                <span className="font-medium">{domainLabel(domain)}</span>: {reason}
              </li>
            ))}
          </ul>
        </Card>
      )}
      {report.upgrade && <UpgradeReport upgrade={report.upgrade} />}
      {run.counts.read > 0 && (
        <Card title="Items" flush>
          <CountsTable report={report} counts={run.counts} />
        </Card>
      )}
      {run.notes.length > 0 && (
        <Card title="Ways that were left">
          <NotesList notes={run.notes} />
        </Card>
      )}
      {run.problems.length > 0 && (
        <Card title="Items left out" description={`${formatCount(run.problems.length)} shown. The rest of the content is in.`} flush>
          <ProblemsTable problems={run.problems} />
        </Card>
      )}
    </div>
  );
}

/** A run: its progress while it goes on, its report afterwards. */
export function SyncRunPage({ runId }: { runId: string }) {
  const run = useQuery(runQuery(runId));
  const canManage = useCan("content:manage");
  const client = useQueryClient();
  const status = run.data?.status;
  const over = status !== undefined && !isOpen(status);
  useEffect(() => {
    // Banners and numbers were read before the new content came.
    if (over) void client.invalidateQueries({ queryKey: systemKeys.status });
  }, [over, client]);
  return (
    <>
      <PageHeader title="Sync run" meta={run.data && <RunStatusBadge status={run.data.status} />} />
      <QueryView query={run} what="The run">
        {(data) =>
          isOpen(data.status) ? (
            <Card>
              <RunProgress run={data} canCancel={canManage} />
            </Card>
          ) : (
            <>
              <Facts run={data} />
              <Finished run={data} />
            </>
          )
        }
      </QueryView>
    </>
  );
}
