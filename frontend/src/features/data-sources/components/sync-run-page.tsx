import { useEffect } from "react";
import { Link } from "react-router";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { systemKeys } from "@/api/system";
import { QueryView } from "@/components/states/query-view";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { Copyable } from "@/components/ui/copyable";
import { PageHeader } from "@/components/ui/page-header";
import { RelativeTime } from "@/components/ui/relative-time";
import { formatCount, formatDuration } from "@/lib/format";
import { sourceLabel } from "@/lib/sources";
import { isOpen, runQuery, type RunDetail } from "@/features/data-sources/api";
import { ChangesCard } from "@/features/data-sources/components/changes-card";
import { CountsTable, NotesList, ProblemsTable } from "@/features/data-sources/components/report-tables";
import { RunProgress } from "@/features/data-sources/components/run-progress";
import { RunStatusBadge } from "@/features/data-sources/components/run-status-badge";
import { UpgradeReport } from "@/features/data-sources/components/upgrade-report";
import { domainLabel, releaseLabel, wayLabel } from "@/features/data-sources/lib/labels";
import { sourcePath } from "@/features/data-sources/lib/paths";
import { readReport } from "@/features/data-sources/lib/report";

function Facts({ run }: { run: RunDetail }) {
  const report = readReport(run.report);
  const facts: [string, React.ReactNode][] = [
    [
      "Source",
      <Link key="source" to={sourcePath(run.source)} className="link">
        {sourceLabel(run.source)}
      </Link>,
    ],
    ["Came by", wayLabel(run.way)],
    ["Releases", report.releases.map(([domain, release]) => (domain === "all" ? releaseLabel(release) : `${domainLabel(domain)} ${releaseLabel(release) ?? ""}`)).join(", ") || "–"],
    ["Started", <RelativeTime key="started" value={run.started_at} />],
    ["Took", run.started_at && run.ended_at ? formatDuration((Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000) : "–"],
    ...(report.unchangedParts.length > 0 ? [["As before", report.unchangedParts.map(domainLabel).join(", ")] satisfies [string, string]] : []),
    ...(report.linksResolved > 0 ? [["Links resolved", formatCount(report.linksResolved)] satisfies [string, string]] : []),
    ["Run", <Copyable key="id" value={run.id} display={run.id.slice(0, 8)} label="run id" />],
  ];
  return (
    <dl className="mb-4 grid grid-cols-2 gap-x-6 gap-y-2 rounded-lg border bg-surface px-4 py-3 text-sm sm:grid-cols-3 lg:grid-cols-4 2xl:grid-cols-7">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt className="text-xs text-muted">{label}</dt>
          <dd className="min-h-6">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** How the counts add up to what was read. */
function sumLine({ read, added, updated, unchanged, skipped, removed }: RunDetail["counts"]): string {
  const [r, a, u, n, s, w] = [read, added, updated, unchanged, skipped, removed].map(formatCount);
  return `${r} read = ${a} added + ${u} updated + ${n} unchanged + ${s} skipped. ${w} held before and no longer published: removed.`;
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
      {report.preview && !run.error && (
        <Notice title="A preview: nothing was changed.">
          <p>The numbers say what a sync would have done at that moment.</p>
        </Notice>
      )}
      {report.warnings.map((warning) => (
        <Notice key={warning} tone="warn">
          {warning}
        </Notice>
      ))}
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
      {report.incompleteParts.length > 0 && (
        <Notice tone="warn" title="Some files could not be read.">
          <p>What is missing may have stood in them, so nothing was removed. The next sync reads everything anew.</p>
        </Notice>
      )}
      {report.upgrade && <UpgradeReport upgrade={report.upgrade} />}
      {run.counts.read > 0 && (
        <Card title="Items" flush>
          <CountsTable report={report} counts={run.counts} />
          <p className="tabular border-t px-4 py-2 text-xs text-muted">{sumLine(run.counts)}</p>
        </Card>
      )}
      {report.changes.length > 0 && <ChangesCard changes={report.changes} counts={run.counts} preview={report.preview} />}
      {report.stubs > 0 && (
        <Notice>
          {report.stubs === 1 ? "One technique id was" : `${formatCount(report.stubs)} technique ids were`} not known to our ATT&CK release and {report.stubs === 1 ? "stands" : "stand"} as a placeholder.{" "}
          <Link to={`/system/unresolved?source=${run.source}`} className="link">
            See what is unresolved
          </Link>
        </Notice>
      )}
      {run.notes.length > 0 && (
        <Card title="Ways that were left">
          <NotesList notes={run.notes} />
        </Card>
      )}
      {run.problems.length > 0 && (
        <Card title="Items left out" description={`${formatCount(Math.max(report.problemCount, run.problems.length))} left out${report.problemCount > run.problems.length ? `, the first ${formatCount(run.problems.length)} shown` : ""}. The rest of the content is in.`} flush>
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
      <PageHeader
        title={run.data && readReport(run.data.report).preview ? "Preview of a sync" : "Sync run"}
        meta={
          run.data && (
            <>
              <RunStatusBadge status={run.data.status} />
              <span className="text-sm text-muted">{sourceLabel(run.data.source)}</span>
            </>
          )
        }
      />
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
