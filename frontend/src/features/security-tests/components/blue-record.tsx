import { Badge } from "@/components/ui/badge";
import { Fact, Facts } from "@/components/ui/facts";
import { ExactTime } from "@/components/ui/exact-time";
import type { BlueRecord as Record, Execution, Observation } from "@/features/security-tests/api";
import { RuleResults } from "@/features/security-tests/components/rule-results";
import { BLOCK_REASONS, MISS_CAUSES, SEEN, SEVERITIES, TIME_SOURCES } from "@/features/security-tests/lib/words";
import { formatDuration, formatUtc } from "@/lib/format";

const SYMBOLS = { blocked: "■", alerted: "●", logged: "◐", none: "○", not_applicable: "–" };

function isLink(reference: string): boolean {
  return /^https?:\/\//i.test(reference);
}

/** "2 min after the run", which is what a lead wants to know of a time. */
function afterRun(item: Observation, runs: readonly Execution[]): string | null {
  const run = runs.find((candidate) => item.execution === null || candidate.no === item.execution);
  if (!item.observed_at || !run?.executed_at) return null;
  const seconds = (Date.parse(item.observed_at) - Date.parse(run.executed_at)) / 1000;
  return seconds < 0 ? `${formatDuration(-seconds)} before the run` : `${formatDuration(seconds)} after the run`;
}

function Line({ item, runs }: { item: Observation; runs: readonly Execution[] }) {
  const severalRuns = runs.length > 1;
  const delay = afterRun(item, runs);
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 py-1.5 text-sm">
      <span className="font-medium">
        <span aria-hidden>{SYMBOLS[item.outcome]} </span>
        {SEEN[item.outcome]}
      </span>
      <span>{[item.tool, item.tool_version].filter(Boolean).join(" ") || "no tool named"}</span>
      {severalRuns && <span className="text-muted">{item.execution === null ? "all runs" : `run ${String(item.execution)}`}</span>}
      {item.observed_at && (
        <span className="text-muted">
          <span className="tabular">{formatUtc(item.observed_at)}</span>
          {delay && `, ${delay}`}
          {item.source && `, time from ${TIME_SOURCES[item.source]}`}
        </span>
      )}
      {item.severity && <Badge>{SEVERITIES[item.severity]}</Badge>}
      {item.reason && <Badge tone="warn">{BLOCK_REASONS[item.reason]}</Badge>}
      {item.reference &&
        (isLink(item.reference) ? (
          <a href={item.reference} target="_blank" rel="noopener noreferrer" className="link break-all">
            {item.reference}
          </a>
        ) : (
          <span className="font-mono text-xs break-all">{item.reference}</span>
        ))}
      {item.notes && <span className="w-full text-muted">{item.notes}</span>}
    </li>
  );
}

/** Blue's record to read, of the current round or of an earlier one. */
export function BlueRecord({ record, runs }: { record: Record; runs: readonly Execution[] }) {
  const { summary, observations } = record;
  if (!summary && observations.length === 0 && record.rule_results.length === 0) {
    return <p className="text-sm text-muted">Nothing recorded yet.</p>;
  }
  return (
    <div className="space-y-3">
      {summary && <p className="text-sm whitespace-pre-wrap">{summary}</p>}
      {observations.length > 0 && (
        <ul aria-label="Observations" className="divide-y border-y">
          {observations.map((item, index) => (
            <Line key={index} item={item} runs={runs} />
          ))}
        </ul>
      )}
      <Facts pairs>
        <Fact label="Acknowledged">{record.triaged_at && <ExactTime value={record.triaged_at} />}</Fact>
        <Fact label="Contained">{record.contained_at && <ExactTime value={record.contained_at} />}</Fact>
        <Fact label="Cause of miss">{record.miss_cause && MISS_CAUSES[record.miss_cause]}</Fact>
        <Fact label="Further causes">{record.further_causes.map((cause) => MISS_CAUSES[cause]).join(", ")}</Fact>
        <Fact label="No tool named">{record.unattributed_reason}</Fact>
      </Facts>
      <RuleResults results={record.rule_results} />
      {record.clock_skew && <p className="text-xs text-warn">A sighting is stamped up to five minutes before the run: the clocks differ, it counts as immediate.</p>}
    </div>
  );
}
