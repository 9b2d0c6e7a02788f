import type { ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { testQuery, type Side, type TestDetail } from "@/api/tests";
import { InlineError } from "@/components/states/inline-error";
import { QueryView } from "@/components/states/query-view";
import { DetectionBadge, StateBadge } from "@/components/status/state-badge";
import { Badge } from "@/components/ui/badge";
import { Copyable } from "@/components/ui/copyable";
import { PageHeader } from "@/components/ui/page-header";
import { useHashScroll } from "@/hooks/use-hash-scroll";
import { usePageTitle } from "@/hooks/use-page-title";
import { useStart } from "@/features/security-tests/api";
import { FactsCard } from "@/features/security-tests/components/facts-card";
import { PeopleCard } from "@/features/security-tests/components/people-card";
import { PlanSection } from "@/features/security-tests/components/plan-section";
import { RetestChain } from "@/features/security-tests/components/retest-chain";
import { ReviewSection } from "@/features/security-tests/components/review-section";
import { RoundHistory } from "@/features/security-tests/components/round-history";
import { SideSection } from "@/features/security-tests/components/side-section";
import { StandingNotices } from "@/features/security-tests/components/standing-notices";
import { StateStepper } from "@/features/security-tests/components/state-stepper";
import { TestActions } from "@/features/security-tests/components/test-actions";
import { TimelineCard } from "@/features/security-tests/components/timeline-card";
import { nextInWords } from "@/features/security-tests/lib/turns";
import { cn } from "@/lib/cn";

/** What the page shows of evidence; another feature draws it. */
export interface EvidenceSlots {
  list: (test: TestDetail, side: Side) => ReactNode;
  note: (test: TestDetail, side: Side) => ReactNode;
  pastRound: (test: TestDetail, round: number) => ReactNode;
}

function Whole({ test, evidence }: { test: TestDetail; evidence: EvidenceSlots }) {
  const start = useStart(test.id);
  useHashScroll();
  usePageTitle(`${test.number} · ${test.name}`);
  return (
    <>
      <PageHeader
        title={<span className={cn(test.annulled && "line-through decoration-2")}>{test.name}</span>}
        meta={
          <span className="flex flex-wrap items-center gap-2">
            <Copyable value={test.number} label="test number" />
            <StateBadge state={test.state} />
            <DetectionBadge detection={test.detection} />
            {test.archived && <Badge>Archived</Badge>}
            {test.annulled && <Badge tone="warn">Annulled</Badge>}
            {test.blind && <Badge>Blind</Badge>}
          </span>
        }
        actions={<TestActions test={test} onStart={() => start.mutate(undefined)} starting={start.isPending} />}
      />
      <div className="mb-4 space-y-2">
        <StateStepper test={test} />
        <p className="text-sm">{nextInWords(test)}</p>
        <InlineError error={start.error} />
        <StandingNotices test={test} />
      </div>
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_21rem]">
        <div className="min-w-0 space-y-4">
          {test.technique !== null && <PlanSection test={test} />}
          <SideSection key={`red-${String(test.round)}`} test={test} side="red" evidence={evidence.list(test, "red")} />
          <SideSection key={`blue-${String(test.round)}`} test={test} side="blue" evidence={evidence.list(test, "blue")} />
          <ReviewSection test={test} evidenceNote={(side) => evidence.note(test, side)} />
          <RetestChain test={test} />
          <RoundHistory test={test} evidenceOf={(round) => evidence.pastRound(test, round)} />
        </div>
        <aside aria-label="Facts" className="min-w-0 space-y-4">
          <FactsCard test={test} />
          <PeopleCard test={test} />
          <TimelineCard test={test} />
        </aside>
      </div>
    </>
  );
}

/** One test: plan, both records, review, and everything around them. */
export function TestPage({ testId, evidence }: { testId: string; evidence: EvidenceSlots }) {
  const query = useQuery(testQuery(testId));
  return (
    <QueryView query={query} what="The test">
      {(test) => <Whole test={test} evidence={evidence} />}
    </QueryView>
  );
}
