import { Link } from "react-router";
import { useCan } from "@/api/me";
import { Badge } from "@/components/ui/badge";
import { Fact, Facts } from "@/components/ui/facts";
import { RelativeTime } from "@/components/ui/relative-time";
import { formatCount } from "@/lib/format";
import { isOpen, type DataSource, type Run } from "@/features/data-sources/api";
import { HeldItems } from "@/features/data-sources/components/held-items";
import { RunProgress } from "@/features/data-sources/components/run-progress";
import { RunStatusBadge } from "@/features/data-sources/components/run-status-badge";
import { SourceActions } from "@/features/data-sources/components/source-actions";
import { intervalLabel, isScheduled, releaseLabel } from "@/features/data-sources/lib/labels";
import { pathOfRun, sourcePath } from "@/features/data-sources/lib/paths";

const COUNTED = ["added", "updated", "removed", "skipped"] as const;

/** "1,819 read: 4 added, 2 skipped"; what is zero goes unsaid. */
export function countsLine({ counts }: Run): string {
  const parts = COUNTED.filter((name) => counts[name] > 0).map((name) => `${formatCount(counts[name])} ${name}`);
  return `${formatCount(counts.read)} read${counts.read === 0 ? "" : `: ${parts.join(", ") || "all unchanged"}`}`;
}

function LastRun({ run }: { run: Run }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
      <RunStatusBadge status={run.status} />
      <Link to={pathOfRun(run)} className="link">
        <RelativeTime value={run.ended_at ?? run.created_at} />
      </Link>
      <span className="text-xs text-muted">{run.error ? run.error.message : countsLine(run)}</span>
    </span>
  );
}

/** One source at a glance, with what can be done. */
export function SourceTile({ source }: { source: DataSource }) {
  const canManage = useCan("content:manage");
  const { last_run: last } = source;
  const version = releaseLabel(source.version);
  const running = last && isOpen(last.status) ? last : null;
  return (
    <section aria-label={source.title} className="flex min-w-0 flex-col rounded-lg border bg-surface">
      <header className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-b px-4 py-1.5">
        <h2 className="flex min-w-0 items-center gap-2 text-base font-semibold">
          <Link to={sourcePath(source.name)} className="hover:underline">
            {source.title}
          </Link>
          {!source.enabled && <Badge>Switched off</Badge>}
        </h2>
        {canManage && <SourceActions source={source} compact />}
      </header>
      <div className="flex flex-1 flex-col gap-3 p-4">
        <Facts>
          <Fact label="Version">{version ? <span title={source.version ?? undefined}>{version}</span> : <span className="text-muted">not loaded</span>}</Fact>
          <Fact label="Held">
            <HeldItems source={source} />
          </Fact>
          <Fact label="Last run">{last ? running ? <RunStatusBadge status={running.status} /> : <LastRun run={last} /> : <span className="text-muted">never</span>}</Fact>
          <Fact label="Next run">
            {isScheduled(source) ? (
              <span>
                {source.next_run_at ? <RelativeTime value={source.next_run_at} /> : "after the first one"}, <span className="text-muted">{intervalLabel(source.interval_hours)}</span>
              </span>
            ) : (
              "only on request"
            )}
          </Fact>
          <Fact label="Mirror">{source.base_url && <span className="font-mono text-xs break-all">{source.base_url}</span>}</Fact>
          <Fact label="Licence">
            <span className="text-muted">{source.licence}</span>
          </Fact>
        </Facts>
        {running && (
          <div className="mt-auto">
            <RunProgress run={running} canCancel={canManage} />
            <Link to={pathOfRun(running)} className="link text-xs">
              Open the run
            </Link>
          </div>
        )}
      </div>
    </section>
  );
}
