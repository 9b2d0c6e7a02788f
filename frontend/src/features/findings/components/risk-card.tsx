import { useState } from "react";
import { InlineError } from "@/components/states/inline-error";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Notice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/relative-time";
import { useAcceptRisk, type FindingDetail } from "@/features/findings/api";
import { RiskDialog } from "@/features/findings/components/risk-dialog";
import { nameOf } from "@/lib/people";

/** Who accepted the risk, where, why and until when. Two people decide; no score changes by it. */
export function RiskCard({ finding }: { finding: FindingDetail }) {
  const [asking, setAsking] = useState(false);
  const decide = useAcceptRisk(finding.id);
  const { acceptance_request: request, acceptances, allowed_actions: allowed } = finding;
  if (!request && acceptances.length === 0 && !allowed.includes("accept_risk")) return null;
  return (
    <Card title="Accepted risk" actions={allowed.includes("accept_risk") && <Button onClick={() => setAsking(true)}>Accept the risk</Button>}>
      <div className="space-y-3 text-sm">
        {request && (
          <Notice
            tone="warn"
            title={`${nameOf(request.requested_by)} asks to accept the risk ${request.environment ? `in ${request.environment.name}` : "everywhere"} until ${request.until.slice(0, 10)}`}
            actions={
              <>
                {allowed.includes("confirm_risk") && (
                  <Button variant="primary" pending={decide.isPending} onClick={() => decide.mutate({ decision: "accept" })}>
                    Confirm
                  </Button>
                )}
                {allowed.includes("refuse_risk") && (
                  <Button pending={decide.isPending} onClick={() => decide.mutate({ decision: "refuse" })}>
                    {allowed.includes("confirm_risk") ? "Refuse" : "Withdraw or refuse"}
                  </Button>
                )}
              </>
            }
          >
            <p>{request.reason}</p>
            <p className="text-xs text-muted">
              Another lead decides. The request lapses <RelativeTime value={request.expires_at} />.
            </p>
            <InlineError error={decide.error} />
          </Notice>
        )}
        {acceptances.map((acceptance) => (
          <div key={acceptance.id}>
            <p className="flex flex-wrap items-center gap-2">
              <Badge tone={acceptance.in_force ? "warn" : "neutral"}>{acceptance.in_force ? "In force" : "Ended"}</Badge>
              {acceptance.environment?.name ?? "Everywhere"}, until {acceptance.valid_until.slice(0, 10)}
            </p>
            <p className="max-w-prose">{acceptance.reason}</p>
            <p className="text-xs text-muted">
              Asked for by {nameOf(acceptance.requested_by)}, confirmed by {nameOf(acceptance.confirmed_by)}
              {acceptance.end_reason && `; ended: ${acceptance.end_reason}`}
            </p>
          </div>
        ))}
        {!request && acceptances.length === 0 && <p className="text-muted">Nobody has accepted it. Coverage and scores stay as they are when somebody does.</p>}
      </div>
      {asking && <RiskDialog finding={finding} onClose={() => setAsking(false)} />}
    </Card>
  );
}
