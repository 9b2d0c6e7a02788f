import { DetectionBadge } from "@/components/status/state-badge";
import { CodeBlock } from "@/components/ui/code-block";
import { ExactTime } from "@/components/ui/exact-time";
import { Fact, Facts } from "@/components/ui/facts";
import type { Execution, RedRecord as Record } from "@/features/security-tests/api";
import { EXECUTION_RESULTS } from "@/features/security-tests/lib/words";

const mono = (value: string | null) => value && <span className="font-mono text-xs">{value}</span>;
const time = (value: string | null) => value && <ExactTime value={value} />;

function Run({ run, alone, planned }: { run: Execution; alone: boolean; planned: string }) {
  const asPlanned = planned !== "" && run.command?.trim() === planned.trim();
  return (
    <div className="space-y-2">
      {!alone && (
        <h3 className="flex items-center gap-2 text-sm font-medium">
          Run {run.no}
          <DetectionBadge detection={run.detection} />
        </h3>
      )}
      {run.command && !asPlanned && <CodeBlock value={run.command} label={alone ? "command" : `command of run ${String(run.no)}`} />}
      <Facts pairs>
        <Fact label="Command">{asPlanned && "As planned"}</Fact>
        <Fact label="Ended">{run.execution ? EXECUTION_RESULTS[run.execution] : "Not said yet"}</Fact>
        <Fact label="Run at">{time(run.executed_at)}</Fact>
        <Fact label="Until">{time(run.ended_at)}</Fact>
        <Fact label="Target host">{mono(run.host)}</Fact>
        <Fact label="From host">{mono(run.source_host)}</Fact>
        <Fact label="As user">{mono(run.user)}</Fact>
        <Fact label="Privilege">{run.privilege}</Fact>
        <Fact label="With tool">{run.tool}</Fact>
        <Fact label="Cleaned up">{time(run.cleanup_done_at)}</Fact>
      </Facts>
    </div>
  );
}

/** Red's record to read, of the current round or of an earlier one. */
export function RedRecord({ record, planned = "" }: { record: Record; planned?: string }) {
  const { executions, summary } = record;
  if (!summary && executions.every((run) => !run.executed_at && !run.command && !run.execution)) {
    return <p className="text-sm text-muted">Nothing recorded yet.</p>;
  }
  return (
    <div className="space-y-4">
      {summary && <p className="text-sm whitespace-pre-wrap">{summary}</p>}
      {executions.map((run) => (
        <Run key={run.no} run={run} alone={executions.length === 1} planned={planned} />
      ))}
      {record.entered_later && <p className="text-xs text-warn">A run lies more than a day before the start of the test: it was entered later.</p>}
    </div>
  );
}
