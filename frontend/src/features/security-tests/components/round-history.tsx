import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import type { TestDetail } from "@/api/tests";
import { QueryView } from "@/components/states/query-view";
import { SideTag } from "@/components/status/side-tag";
import { DetectionBadge, StateBadge } from "@/components/status/state-badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { roundsQuery, type Round } from "@/features/security-tests/api";
import { BlueRecord } from "@/features/security-tests/components/blue-record";
import { RedRecord } from "@/features/security-tests/components/red-record";
import { VoteCard } from "@/features/security-tests/components/vote-card";
import { nameOf } from "@/lib/people";

function PastRound({ round, evidence }: { round: Round; evidence: ReactNode }) {
  return (
    <details className="group border-t first:border-t-0">
      <summary className="flex flex-wrap items-center gap-2 px-4 py-2 text-sm">
        <span aria-hidden className="text-muted group-open:rotate-90">
          ▸
        </span>
        <span className="font-medium">Round {round.no}</span>
        {round.verdict && <StateBadge state={round.verdict} />}
        <DetectionBadge detection={round.detection} />
        {round.decided_at && <RelativeTime value={round.decided_at} className="text-xs text-muted" />}
      </summary>
      <div className="space-y-4 px-4 pb-4">
        {round.open_reason && (
          <p className="text-sm text-muted">
            {round.opened_by && `Opened by ${nameOf(round.opened_by)}: `}“{round.open_reason}”
          </p>
        )}
        <div className="grid gap-4 xl:grid-cols-2">
          <section className="space-y-2">
            <h3>
              <SideTag side="red" />
            </h3>
            <RedRecord record={round.red} />
          </section>
          <section className="space-y-2">
            <h3>
              <SideTag side="blue" />
            </h3>
            <BlueRecord record={round.blue} runs={round.red.executions} />
          </section>
        </div>
        {evidence}
        {round.votes.map((vote) => (
          <div key={vote.side} className="border-t pt-2">
            <SideTag side={vote.side}>{vote.side === "red" ? "Vote on red" : "Vote on blue"}</SideTag>
            <VoteCard vote={vote} />
          </div>
        ))}
      </div>
    </details>
  );
}

interface RoundHistoryProps {
  test: TestDetail;
  /** The evidence of a round, both sides. */
  evidenceOf: (round: number) => ReactNode;
}

/** Earlier rounds as they were decided; nothing while there is only the first. */
export function RoundHistory({ test, evidenceOf }: RoundHistoryProps) {
  const rounds = useQuery({ ...roundsQuery(test.id), enabled: test.round > 1 });
  if (test.round === 1) return null;
  return (
    <Card title="Earlier rounds" flush>
      <QueryView query={rounds} what="The rounds">
        {(page) =>
          page.items
            .filter((round) => round.no !== test.round)
            .reverse()
            .map((round) => <PastRound key={round.no} round={round} evidence={evidenceOf(round.no)} />)
        }
      </QueryView>
    </Card>
  );
}
