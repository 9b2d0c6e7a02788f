import { Link, useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useMe } from "@/api/me";
import type { TestSummary } from "@/api/tests";
import { EmptyState } from "@/components/states/empty-state";
import { InlineError } from "@/components/states/inline-error";
import { QueryView } from "@/components/states/query-view";
import { DetectionBadge } from "@/components/status/state-badge";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PageHeader } from "@/components/ui/page-header";
import { RelativeTime } from "@/components/ui/relative-time";
import { tasksQuery, useStartTest } from "@/features/tasks/api";
import { groupTasks, isAssigned, type TaskGroup } from "@/features/tasks/lib/groups";

function Task({ test, group }: { test: TestSummary; group: TaskGroup }) {
  const me = useMe();
  const navigate = useNavigate();
  const start = useStartTest();
  const to = `/tests/${test.id}${group.anchor}`;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
      <span className="w-16 font-mono text-xs text-muted">{test.number}</span>
      <span className="min-w-0 flex-1 basis-52">
        <Link to={`/tests/${test.id}`} className="text-sm font-medium hover:underline">
          {test.name}
        </Link>
        <span className="flex flex-wrap items-center gap-x-2 text-xs text-muted">
          {test.technique && (
            <span>
              <span className="font-mono">{test.technique.attack_id}</span> {test.technique.name}
            </span>
          )}
          {test.platform && <span>{test.platform}</span>}
          {test.round > 1 && <Badge>Round {test.round}</Badge>}
          {isAssigned(test, me) && <Badge tone="accent">Assigned to you</Badge>}
        </span>
      </span>
      <DetectionBadge detection={test.detection} />
      <span className="w-24 text-xs text-muted">
        <span className="sr-only">Waits since </span>
        <RelativeTime value={test.state_since} />
      </span>
      {group.key === "start" ? (
        <Button
          size="sm"
          variant="primary"
          pending={start.isPending}
          aria-label={`Start the attack: ${test.number}`}
          onClick={() => start.mutate(test.id, { onSuccess: () => void navigate(to) })}
        >
          {group.act}
        </Button>
      ) : (
        <Button size="sm" variant="primary" asChild>
          <Link to={to} aria-label={`${group.act}: ${test.number}`}>
            {group.act}
          </Link>
        </Button>
      )}
      {start.error && (
        <div className="w-full">
          <InlineError error={start.error} />
        </div>
      )}
    </li>
  );
}

/** What waits for the signed-in person, by what there is to do, oldest first, each with the button that does it. */
export function TasksPage() {
  const tasks = useQuery({ ...tasksQuery(), refetchInterval: 60_000 });
  return (
    <>
      <PageHeader title="My Pending Tasks" description="Tests whose next step is yours, longest waiting first." />
      <QueryView
        query={tasks}
        what="Your tasks"
        isEmpty={(page) => page.items.length === 0}
        empty={
          <Card>
            <EmptyState
              title="Nothing waits for you"
              action={
                <Button asChild>
                  <Link to="/tests?mine=true">See my tests</Link>
                </Button>
              }
            >
              You are told here, and by the bell, as soon as something does.
            </EmptyState>
          </Card>
        }
      >
        {(page) => (
          <div className="space-y-4">
            {groupTasks(page.items).map((group) => (
              <Card key={group.key} title={`${group.title} (${String(group.tests.length)})`} description={group.hint} flush>
                <ul className="divide-y">
                  {group.tests.map((test) => (
                    <Task key={test.id} test={test} group={group} />
                  ))}
                </ul>
              </Card>
            ))}
            {page.total > page.items.length && (
              <p className="text-sm text-muted">
                The oldest {page.items.length} of {page.total}. <Link to="/tests?waiting_for=me&sort=state_since" className="link">See all</Link>
              </p>
            )}
          </div>
        )}
      </QueryView>
    </>
  );
}
