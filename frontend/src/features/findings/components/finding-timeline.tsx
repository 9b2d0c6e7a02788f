import { useQuery } from "@tanstack/react-query";
import { QueryView } from "@/components/states/query-view";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { findingTimelineQuery } from "@/features/findings/api";
import { STATUSES } from "@/features/findings/lib/words";
import { humanise } from "@/lib/format";

/** Everything that happened to the finding, newest first. */
export function FindingTimeline({ id }: { id: string }) {
  const timeline = useQuery(findingTimelineQuery(id));
  return (
    <Card title="Timeline">
      <QueryView query={timeline} what="The timeline">
        {(data) => (
          <ol className="space-y-2 text-sm">
            {data.items.map((event) => (
              <li key={`${event.at}-${event.event}`}>
                <p>
                  {humanise(event.event)}
                  {event.from_status !== event.to_status && <span className="text-muted"> → {STATUSES[event.to_status].label}</span>}
                </p>
                {event.reason && <p className="border-l-2 pl-2 text-muted">{event.reason}</p>}
                <p className="text-xs text-muted">
                  {event.actor || "the system"}, <RelativeTime value={event.at} />
                </p>
              </li>
            ))}
          </ol>
        )}
      </QueryView>
    </Card>
  );
}
