import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { QueryView } from "@/components/states/query-view";
import { SideTag } from "@/components/status/side-tag";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { activityQuery, type ActivityDay, type TeamActivity } from "@/features/dashboard/api";
import { blueSteps, busiest, redSteps } from "@/features/dashboard/lib/figures";
import { formatCount } from "@/lib/format";

/** What both teams did in the last 30 days. */
export function ActivityCard() {
  const [table, setTable] = useState(false);
  const activity = useQuery(activityQuery());
  return (
    <Card
      title="Both teams, last 30 days"
      actions={
        <Button size="sm" aria-pressed={table} onClick={() => setTable(!table)}>
          {table ? "Bars" : "Table"}
        </Button>
      }
    >
      <QueryView query={activity} what="The activity">
        {(data) => (
          <>
            <Totals activity={data} />
            {table ? <DayTable days={data.days} /> : <DayBars days={data.days} />}
          </>
        )}
      </QueryView>
    </Card>
  );
}

function Figure({ label, value }: { label: string; value: number }) {
  return (
    <li className="flex justify-between gap-2">
      <span className="text-muted">{label}</span>
      <span className="font-medium tabular">{formatCount(value)}</span>
    </li>
  );
}

function Totals({ activity: { totals, red_votes: red, blue_votes: blue } }: { activity: TeamActivity }) {
  return (
    <div className="grid grid-cols-2 gap-6 text-sm">
      <div>
        <SideTag side="red" />
        <ul className="mt-1 space-y-0.5">
          <Figure label="Started" value={totals.started} />
          <Figure label="Handed over" value={totals.red_submitted} />
          <Figure label="Votes" value={red.cast} />
        </ul>
      </div>
      <div>
        <SideTag side="blue" />
        <ul className="mt-1 space-y-0.5">
          <Figure label="Sent back" value={totals.returned} />
          <Figure label="Handed over" value={totals.blue_submitted} />
          <Figure label="Votes" value={blue.cast} />
        </ul>
      </div>
      <ul className="col-span-2 grid grid-cols-3 gap-x-6 border-t pt-2">
        <Figure label="Validated" value={totals.validated} />
        <Figure label="Rejected" value={totals.rejected} />
        <Figure label="Reopened" value={totals.reopened} />
      </ul>
    </div>
  );
}

function DayBars({ days }: { days: readonly ActivityDay[] }) {
  const most = busiest(days);
  const height = (steps: number) => ({ height: `${(100 * steps) / most}%` });
  return (
    <figure className="mt-4">
      <div role="img" aria-label={`Steps of red, above, and blue, below, on each of ${days.length} days; at most ${most} a day. The table has the numbers.`} className="flex h-20 gap-px">
        {days.map((day) => (
          <span key={day.day} title={`${day.day}: red ${redSteps(day)}, blue ${blueSteps(day)}`} className="flex flex-1 flex-col gap-px hover:bg-hover">
            <span className="flex flex-1 items-end border-b border-line-strong/60">
              <span className="w-full rounded-t-[2px] bg-red-team" style={height(redSteps(day))} />
            </span>
            <span className="flex-1">
              <span className="block w-full rounded-b-[2px] bg-blue-team" style={height(blueSteps(day))} />
            </span>
          </span>
        ))}
      </div>
      <figcaption className="mt-1 flex justify-between text-2xs text-muted">
        <span>{days[0]?.day}</span>
        <span>steps a day, red above, blue below</span>
        <span>{days.at(-1)?.day}</span>
      </figcaption>
    </figure>
  );
}

const HEADINGS = ["Day", "Started", "Red handed over", "Sent back", "Blue handed over", "Validated", "Rejected", "Reopened"];

function DayTable({ days }: { days: readonly ActivityDay[] }) {
  const busy = days.filter((day) => redSteps(day) + blueSteps(day) + day.validated + day.rejected + day.reopened > 0);
  if (busy.length === 0) return <p className="mt-4 text-sm text-muted">No steps on any day.</p>;
  return (
    <div className="mt-4 max-h-60 overflow-auto" tabIndex={0} role="region" aria-label="Steps a day">
      <table className="w-full text-sm">
        <caption className="sr-only">Steps a day, days without any left out</caption>
        <thead>
          <tr className="border-b">
            {HEADINGS.map((heading, index) => (
              <th key={heading} scope="col" className={`label-caps h-8 px-2 ${index === 0 ? "text-left" : "text-right"}`}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {busy.map((day) => (
            <tr key={day.day} className="border-b last:border-b-0">
              <th scope="row" className="h-8 px-2 text-left font-normal whitespace-nowrap">
                {day.day}
              </th>
              {[day.started, day.red_submitted, day.returned, day.blue_submitted, day.validated, day.rejected, day.reopened].map((value, index) => (
                <td key={HEADINGS[index + 1]} className="px-2 text-right">
                  {formatCount(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
