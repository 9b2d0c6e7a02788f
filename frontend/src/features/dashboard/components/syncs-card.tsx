import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { EmptyState } from "@/components/states/empty-state";
import { QueryView } from "@/components/states/query-view";
import { Badge, type BadgeTone } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { sourcesQuery, type DataSource } from "@/features/dashboard/api";
import { humanise } from "@/lib/format";

type RunStatus = NonNullable<DataSource["last_run"]>["status"];

const TONES: Partial<Record<RunStatus, BadgeTone>> = { succeeded: "ok", partial: "warn", failed: "danger", interrupted: "warn", running: "accent", queued: "accent" };

/** A commit by its first letters, as people write it. */
const shortVersion = (version: string | null) => (version && /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 7) : version);

/** When content last came in, and how that went. */
export function SyncsCard() {
  const sources = useQuery(sourcesQuery());
  const mayOpen = useCan("content:manage");
  return (
    <Card
      title="Content"
      flush
      actions={
        mayOpen && (
          <Link to="/system/mitre-sync" className="link text-sm">
            MITRE Sync
          </Link>
        )
      }
    >
      <QueryView query={sources} what="The sources" isEmpty={({ items }) => items.length === 0} empty={<EmptyState title="No sources" />}>
        {({ items }) => (
          <ul className="gap-x-8 px-4 sm:columns-2">
            {items.map((source) => (
              <li key={source.name} className="break-inside-avoid border-b py-2 text-sm">
                <p className="flex flex-wrap items-center justify-between gap-2">
                  <span className="font-medium">
                    {source.title} <span className="font-normal text-muted">{shortVersion(source.version)}</span>
                  </span>
                  {source.last_run && <Badge tone={TONES[source.last_run.status] ?? "neutral"}>{humanise(source.last_run.status)}</Badge>}
                </p>
                <p className="text-xs text-muted">
                  Last success <RelativeTime value={source.last_success_at} />
                  {source.enabled && source.interval_hours > 0 && source.next_run_at && (
                    <>
                      , next <RelativeTime value={source.next_run_at} />
                    </>
                  )}
                </p>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </Card>
  );
}
