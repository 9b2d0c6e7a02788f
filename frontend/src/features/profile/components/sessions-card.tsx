import { useQuery } from "@tanstack/react-query";
import { InlineError } from "@/components/states/inline-error";
import { QueryView } from "@/components/states/query-view";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { toast } from "@/components/ui/toast";
import { sessionsQuery, useEndSession } from "@/features/profile/api";
import { describeAgent } from "@/features/profile/lib/user-agent";

export function SessionsCard() {
  const sessions = useQuery(sessionsQuery());
  const end = useEndSession();
  return (
    <Card title="Sessions" description="Where you are signed in. End what you do not know, then change your password.">
      <InlineError error={end.error} />
      <QueryView query={sessions} what="Your sessions">
        {(page) => (
          <ul className="-my-2 divide-y">
            {page.items.map((session) => (
              <li key={session.id} className="flex items-center justify-between gap-4 py-2.5">
                <div className="min-w-0">
                  <p className="flex items-center gap-2 text-sm">
                    {describeAgent(session.user_agent)}
                    {session.current && <Badge tone="accent">This one</Badge>}
                  </p>
                  <p className="text-xs text-muted">
                    <span className="font-mono">{session.address ?? "unknown address"}</span>, seen <RelativeTime value={session.last_seen_at} />, signed in{" "}
                    <RelativeTime value={session.created_at} />
                  </p>
                </div>
                {!session.current && (
                  <Button
                    size="sm"
                    pending={end.isPending && end.variables === session.id}
                    onClick={() => end.mutate(session.id, { onSuccess: () => toast("The session is ended.") })}
                  >
                    End
                    <span className="sr-only"> session on {describeAgent(session.user_agent)}</span>
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </Card>
  );
}
