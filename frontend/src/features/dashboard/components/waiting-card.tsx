import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { testsQuery } from "@/api/tests";
import { EmptyState } from "@/components/states/empty-state";
import { QueryView } from "@/components/states/query-view";
import { StateBadge } from "@/components/status/state-badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { formatCount } from "@/lib/format";

const FEW = 6;

/** What waits for the signed-in person, longest first. */
export function WaitingCard() {
  const waiting = useQuery(testsQuery({ waiting_for: "me", sort: "state_since", limit: FEW }));
  const mayCreate = useCan("test:create");
  const total = waiting.data?.total ?? 0;
  return (
    <Card
      title={total > 0 ? `Waiting for you (${formatCount(total)})` : "Waiting for you"}
      flush
      actions={
        total > 0 && (
          <Link to="/tasks" className="link text-sm">
            All my pending tasks
          </Link>
        )
      }
    >
      <QueryView
        query={waiting}
        what="Your tasks"
        isEmpty={({ items }) => items.length === 0}
        empty={
          <EmptyState
            title="Nothing waits for you"
            action={
              <Button asChild variant={mayCreate ? "primary" : "secondary"}>
                {mayCreate ? <Link to="/tests/new">New test</Link> : <Link to="/matrix">Open the matrix</Link>}
              </Button>
            }
          >
            {mayCreate ? "Pick a technique that nobody has tested yet." : "When a test needs you, it stands here."}
          </EmptyState>
        }
      >
        {({ items }) => (
          <ul>
            {items.map((test) => (
              <li key={test.id} className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-0.5 border-b px-4 py-1.5 text-sm last:border-b-0">
                <span className="w-16 shrink-0 font-mono text-xs text-muted">{test.number}</span>
                <Link to={`/tests/${test.id}`} className="link min-w-0 flex-1 basis-40 truncate">
                  {test.name}
                </Link>
                <StateBadge state={test.state} />
                <span className="text-xs text-muted">
                  since <RelativeTime value={test.state_since} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </Card>
  );
}
