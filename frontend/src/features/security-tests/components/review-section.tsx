import type { ReactNode } from "react";
import type { Side, TestDetail } from "@/api/tests";
import { DetectionBadge } from "@/components/status/state-badge";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { VotePanel } from "@/features/security-tests/components/vote-panel";
import { EXPECTATIONS } from "@/features/security-tests/lib/words";

interface ReviewSectionProps {
  test: TestDetail;
  /** What there is to see of a side's evidence, in words. */
  evidenceNote: (side: Side) => ReactNode;
}

function Outcome({ test }: { test: TestDetail }) {
  if (!test.detection) return null;
  return (
    <div className="flex flex-wrap items-center gap-2 border-b pb-3 text-sm">
      <span className="text-muted">The records say</span>
      <DetectionBadge detection={test.detection} />
      {test.meets_expectation !== null && (
        <span>
          {test.meets_expectation ? "as expected" : "less than expected"} ({EXPECTATIONS[test.expected].toLowerCase()})
        </span>
      )}
      {test.detection === "inconclusive" && <span>It will count nowhere.</span>}
      {test.silent_block && <Badge tone="warn">Blocked without an alert</Badge>}
      {test.unattributed && <Badge tone="warn">No tool named for the block</Badge>}
    </div>
  );
}

/** Both judgements side by side. */
export function ReviewSection({ test, evidenceNote }: ReviewSectionProps) {
  const reached = test.state === "in_review" || test.votes.length > 0;
  const sides: Side[] = ["red", "blue"];
  return (
    <div id="review" className="scroll-mt-4">
    <Card title="Review by both leads">
      {reached ? (
        <div className="space-y-4">
          <Outcome test={test} />
          <div className="grid gap-6 sm:grid-cols-2">
            {sides.map((side) => (
              <div key={side} className="min-w-0 space-y-2">
                <VotePanel test={test} side={side} evidence={evidenceNote(side)} />
              </div>
            ))}
          </div>
        </div>
      ) : (
        <p className="text-sm text-muted">Opens when blue hands over. Each lead judges whether his side’s record is true and sufficient; one rejection sends the test into another round.</p>
      )}
    </Card>
    </div>
  );
}
