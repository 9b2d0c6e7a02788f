import { useState } from "react";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { ReasonDialog } from "@/components/form/reason-dialog";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Copyable } from "@/components/ui/copyable";
import { ExactTime } from "@/components/ui/exact-time";
import { Fact, Facts } from "@/components/ui/facts";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { findingQuery, useCloseFinding, useEndAcceptance, useReopenFinding, type FindingDetail } from "@/features/findings/api";
import { AddResultsDialog } from "@/features/findings/components/add-results-dialog";
import { ResultsCard, RetestsCard } from "@/features/findings/components/evidence-cards";
import { DueDay, FindingStatusBadge, SeverityBadge } from "@/features/findings/components/finding-badges";
import { FindingDialog } from "@/features/findings/components/finding-dialog";
import { FindingTimeline } from "@/features/findings/components/finding-timeline";
import { MergeDialog } from "@/features/findings/components/merge-dialog";
import { RiskCard } from "@/features/findings/components/risk-card";
import { StepsCard } from "@/features/findings/components/steps-card";
import { nameOf } from "@/lib/people";
import { usePageTitle } from "@/hooks/use-page-title";
import { MISS_CAUSES } from "@/lib/causes";

/** A gap: what shows it, what is done about it, and whether that is proven. */
export function FindingPage({ id }: { id: string }) {
  const finding = useQuery(findingQuery(id));
  usePageTitle(finding.data && `${finding.data.number} · ${finding.data.title}`);
  return (
    <QueryView query={finding} what="The finding">
      {(data) => (
        <>
          <FindingHead finding={data} />
          <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
            <div className="min-w-0 space-y-4">
              <ResultsCard finding={data} />
              <StepsCard finding={data} />
              <RetestsCard finding={data} />
              <RiskCard finding={data} />
            </div>
            <div className="min-w-0 space-y-4">
              <FactsCard finding={data} />
              <FindingTimeline id={data.id} />
            </div>
          </div>
        </>
      )}
    </QueryView>
  );
}

function FindingHead({ finding }: { finding: FindingDetail }) {
  const [acting, setActing] = useState<"edit" | "close" | "reopen" | "end" | "merge" | "results" | null>(null);
  const [close, reopen, end] = [useCloseFinding(finding.id), useReopenFinding(finding.id), useEndAcceptance(finding.id)];
  const may = (action: FindingDetail["allowed_actions"][number]) => finding.allowed_actions.includes(action);
  const reasoned = {
    close: { title: "Close without proof?", description: "It counts as closed, not proven. A later miss opens another finding.", label: "Reason", confirmLabel: "Close it", act: close },
    reopen: { title: "Reopen?", description: "Its steps stand as they are.", label: "Reason", confirmLabel: "Reopen it", act: reopen },
    end: { title: "End the accepted risk?", description: "The finding is open again from now on.", label: "Reason", confirmLabel: "End it", act: end },
  };
  const asked = acting === "close" || acting === "reopen" || acting === "end" ? reasoned[acting] : null;
  return (
    <>
      <PageHeader
        title={finding.title}
        description={finding.description}
        meta={
          <>
            <Copyable value={finding.number} label="number" />
            <FindingStatusBadge status={finding.status} />
            <SeverityBadge severity={finding.severity} />
          </>
        }
        actions={
          <>
            {may("end_acceptance") && <Button onClick={() => setActing("end")}>End the acceptance</Button>}
            {may("reopen") && <Button onClick={() => setActing("reopen")}>Reopen</Button>}
            {may("close") && <Button onClick={() => setActing("close")}>Close without proof</Button>}
            {may("merge") && <Button onClick={() => setActing("merge")}>Merge</Button>}
            {may("edit") && <Button onClick={() => setActing("results")}>Add results</Button>}
            {may("edit") && <Button onClick={() => setActing("edit")}>Change</Button>}
          </>
        }
      />
      {finding.status === "chronic" && (
        <div className="mb-4">
          <Notice tone="danger" title="The automatic retests are used up">
            The procedure failed again after every fix. Retests by hand are always possible; both leads were told.
          </Notice>
        </div>
      )}
      {finding.merged_into && (
        <div className="mb-4">
          <Notice>
            It went into{" "}
            <Link to={`/findings/${finding.merged_into.id}`} className="link">
              {finding.merged_into.number} {finding.merged_into.title}
            </Link>
            .
          </Notice>
        </div>
      )}
      {acting === "edit" && <FindingDialog finding={finding} onClose={() => setActing(null)} />}
      {acting === "merge" && <MergeDialog finding={finding} onClose={() => setActing(null)} />}
      {acting === "results" && <AddResultsDialog finding={finding} onClose={() => setActing(null)} />}
      {asked && <ReasonDialog {...asked} onClose={() => setActing(null)} pending={asked.act.isPending} onConfirm={(reason) => asked.act.mutateAsync(reason)} />}
    </>
  );
}

function FactsCard({ finding }: { finding: FindingDetail }) {
  return (
    <Card title="Facts">
      <Facts>
        <Fact label="Cause">{MISS_CAUSES[finding.cause]}</Fact>
        <Fact label="Tool">{finding.tool?.name}</Fact>
        <Fact label="Owner">{finding.owner_person ? `${nameOf(finding.owner_person)} (${finding.owner})` : finding.owner}</Fact>
        <Fact label="Due">{finding.due_on && <DueDay day={finding.due_on} overdue={finding.overdue} />}</Fact>
        <Fact label="Ticket">{finding.external_ticket}</Fact>
        <Fact label="Environments">{finding.environments.join(", ")}</Fact>
        <Fact label="Opened">
          <ExactTime value={finding.opened_at} /> <span className="text-xs text-muted">by {finding.opened_by ? nameOf(finding.opened_by) : "the confirmation of a miss"}</span>
        </Fact>
        <Fact label="Steps done">{finding.remediated_at && <ExactTime value={finding.remediated_at} />}</Fact>
        <Fact label="Proven">{finding.proven_at && <ExactTime value={finding.proven_at} />}</Fact>
        <Fact label="Closed">{finding.closed_at && <ExactTime value={finding.closed_at} />}</Fact>
        <Fact label="Why closed">{finding.close_reason}</Fact>
      </Facts>
    </Card>
  );
}
