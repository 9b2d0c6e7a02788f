import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { EmptyState } from "@/components/states/empty-state";
import { QueryView } from "@/components/states/query-view";
import { stateLabel } from "@/components/status/state-badge";
import { Card } from "@/components/ui/card";
import { pipelineQuery, type Pipeline } from "@/features/dashboard/api";
import { countedTestsPath } from "@/lib/counted";
import { formatCount, formatDuration, humanise } from "@/lib/format";
import { cn } from "@/lib/cn";

type Stage = Pipeline["stages"][number];

/** Whose turn it is, as the colour of a bar. */
const FILL: Partial<Record<Stage["state"], string>> = { red_executing: "bg-red-team", blue_evaluating: "bg-blue-team", validated: "bg-ok", rejected: "bg-warn" };

/** How many tests stand where, and how long half of them have been there. */
export function PipelineCard() {
  const pipeline = useQuery(pipelineQuery());
  return (
    <Card title="Tests by state">
      <QueryView
        query={pipeline}
        what="The pipeline"
        isEmpty={({ stages }) => stages.every((stage) => stage.count === 0)}
        empty={<EmptyState title="No tests yet">Start one from a technique in the matrix.</EmptyState>}
      >
        {(data) => (
          <>
            <Stages stages={data.stages} sealedToo={data.sealed_included} />
            <Rejections pipeline={data} />
          </>
        )}
      </QueryView>
    </Card>
  );
}

/** The tests that are counted: annulled ones are not, and blind ones before their reveal are for those who see them. */
function pathOf(state: Stage["state"], sealedToo: boolean): string {
  return sealedToo && state !== "validated" ? `/tests?state=${state}` : countedTestsPath({}, [["state", state]]);
}

/** "The oldest: 6 d; nine of ten at most 5 d". */
function agesOf({ oldest_age_seconds: oldest, p90_age_seconds: most }: Stage): string | undefined {
  if (oldest === null || most === null) return undefined;
  return `Nine of ten at most ${formatDuration(most)}; the oldest ${formatDuration(oldest)}`;
}

function Stages({ stages, sealedToo }: { stages: readonly Stage[]; sealedToo: boolean }) {
  const most = Math.max(1, ...stages.map((stage) => stage.count));
  return (
    <table className="w-full text-sm">
      <caption className="sr-only">Tests by state with the median time in it</caption>
      <thead>
        <tr>
          <th scope="col" className="label-caps h-7 text-left">
            State
          </th>
          <th scope="col" className="label-caps pr-3 text-right">
            Tests
          </th>
          <th aria-hidden className="w-1/3" />
          <th scope="col" className="label-caps text-right whitespace-nowrap">
            Median age
          </th>
        </tr>
      </thead>
      <tbody>
        {stages.map((stage) => (
          <tr key={stage.state}>
            <th scope="row" className="h-8 pr-2 text-left font-normal">
              {stateLabel(stage.state)}
            </th>
            <td className="pr-3 text-right font-medium">
              {stage.count > 0 ? (
                <Link to={pathOf(stage.state, sealedToo)} className="link" aria-label={`${formatCount(stage.count)} ${stateLabel(stage.state)}`}>
                  {formatCount(stage.count)}
                </Link>
              ) : (
                <span className="text-muted">0</span>
              )}
            </td>
            <td aria-hidden>
              <span className={cn("block h-2.5 rounded-sm", FILL[stage.state] ?? "bg-line-strong")} style={{ width: `${(100 * stage.count) / most}%` }} />
            </td>
            <td className="pl-2 text-right whitespace-nowrap text-muted" title={agesOf(stage)}>
              {stage.median_age_seconds === null ? "–" : formatDuration(stage.median_age_seconds)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Rejections({ pipeline: { rejections } }: { pipeline: Pipeline }) {
  if (rejections.length === 0) return null;
  return (
    <div className="mt-3 border-t pt-3 text-sm">
      <h3 className="text-xs font-medium text-muted">Rejecting votes of the last 30 days</h3>
      <ul className="mt-1 space-y-0.5">
        {rejections.map(({ side, reason_code: reason, count }) => (
          <li key={`${side}-${reason}`} className="flex justify-between gap-3">
            <span>
              {humanise(side)}: {reason === "unspecified" ? "no reason code" : humanise(reason).toLowerCase()}
            </span>
            <span className="tabular">{formatCount(count)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
