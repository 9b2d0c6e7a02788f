import { useQuery } from "@tanstack/react-query";
import type { TestDetail } from "@/api/tests";
import { QueryView } from "@/components/states/query-view";
import { stateLabel } from "@/components/status/state-badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { timelineQuery, type TimelineEntry } from "@/features/security-tests/api";
import { collapse, timesInStates } from "@/features/security-tests/lib/times";
import { eventWords } from "@/features/security-tests/lib/words";
import { formatDuration } from "@/lib/format";

/** What no person did reads as a sentence of its own. */
const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

function Entry({ entry, times, showRound }: { entry: TimelineEntry; times: number; showRound: boolean }) {
  const { details } = entry;
  const note = [details.side, details.to, details.rule, details.filename].filter((item) => typeof item === "string" && item !== "").join(", ");
  return (
    <li className="relative border-l pb-3 pl-4 last:pb-0">
      <span aria-hidden className="absolute top-1.5 -left-[4.5px] size-2 rounded-full border border-line-strong bg-surface" />
      <p className="text-sm">
        {entry.actor === "system" ? sentence(eventWords(entry.event)) : <><span className="font-medium">{entry.actor}</span> {eventWords(entry.event)}</>}
        {times > 1 && <span className="text-muted"> {times} times</span>}
        {note && <span className="text-muted"> ({note})</span>}
      </p>
      {entry.reason && <p className="text-sm whitespace-pre-wrap text-muted">“{entry.reason}”</p>}
      <p className="text-xs text-muted">
        <RelativeTime value={entry.at} />
        {showRound && `, round ${String(entry.round)}`}
      </p>
    </li>
  );
}

/** How long the test stood where. */
function Stays({ entries, asOf }: { entries: readonly TimelineEntry[]; asOf: number }) {
  const stays = timesInStates(entries, asOf);
  if (stays.length === 0) return null;
  return (
    <ul aria-label="Time in each state" className="mb-4 space-y-1 border-b pb-3 text-sm">
      {stays.map((stay) => (
        <li key={stay.state} className="flex justify-between gap-4">
          <span className={stay.current ? "" : "text-muted"}>
            {stateLabel(stay.state)}
            {stay.current && " (now)"}
          </span>
          <span className="tabular">{formatDuration(stay.seconds)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Everything that happened to the test, newest first, under the time it stood in each state. */
export function TimelineCard({ test }: { test: TestDetail }) {
  const timeline = useQuery(timelineQuery(test.id));
  return (
    <Card title="Timeline">
      <QueryView query={timeline} what="The timeline" isEmpty={(page) => page.items.length === 0} empty={<p className="text-sm text-muted">Sealed until the reveal.</p>}>
        {(page) => (
          <>
            <Stays entries={page.items} asOf={timeline.dataUpdatedAt} />
            <ol aria-label="Events, newest first" className="ml-1">
              {collapse(page.items)
                .reverse()
                .map(({ entry, times }, index) => (
                <Entry key={page.items.length - index} entry={entry} times={times} showRound={test.round > 1} />
              ))}
            </ol>
            {page.total > page.items.length && <p className="mt-2 text-xs text-muted">The oldest {page.items.length} of {page.total} entries.</p>}
          </>
        )}
      </QueryView>
    </Card>
  );
}
