import { useState } from "react";
import { MoreHorizontal } from "lucide-react";
import { useCan } from "@/api/me";
import type { RuleDetail } from "@/api/rules";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Menu, MenuItem } from "@/components/ui/menu";
import { RelativeTime } from "@/components/ui/relative-time";
import { toast } from "@/components/ui/toast";
import { useWithdraw, type Deployment } from "@/features/detection-rules/api";
import { DeployDialog } from "@/features/detection-rules/components/deploy-dialog";
import { DEPLOYMENTS, pick } from "@/features/detection-rules/lib/words";

type Asking = { kind: "deploy"; of?: Deployment } | { kind: "withdraw"; of: Deployment } | null;

const wordOf = (status: string) => {
  const [known] = pick(DEPLOYMENTS, [status]);
  return known ? DEPLOYMENTS[known].label : status;
};

/** In which of our tools the rule runs and ran, since when. */
export function DeploymentsCard({ rule }: { rule: RuleDetail }) {
  const mayDeploy = useCan("rule:deploy");
  const [asking, setAsking] = useState<Asking>(null);
  const withdraw = useWithdraw(rule.id);
  const now = rule.deployments.filter((item) => item.until === null);
  const before = rule.deployments.filter((item) => item.until !== null);
  const close = () => setAsking(null);
  return (
    <Card title="Deployed in" flush actions={mayDeploy && <Button onClick={() => setAsking({ kind: "deploy" })}>Deploy</Button>}>
      {now.length === 0 && (
        <p className="px-4 py-3 text-sm text-muted">
          None of our tools. {!mayDeploy && "The blue lead says where it runs."}
        </p>
      )}
      <ul>
        {now.map((item) => (
          <li key={item.tool_id} className="flex items-start gap-2 border-b px-4 py-2 text-sm last:border-b-0">
            <div className="min-w-0 flex-1">
              <p className="font-medium break-words">{item.tool}</p>
              <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-muted">
                <Badge tone={item.status === "active" ? "ok" : "neutral"}>{wordOf(item.status)}</Badge>
                <span>
                  since <RelativeTime value={item.since} />
                </span>
                {item.outdated && <Badge tone="warn">Older text</Badge>}
              </p>
            </div>
            {mayDeploy && (
              <Menu
                trigger={
                  <Button variant="ghost" size="sm" aria-label={`Actions for ${item.tool}`}>
                    <MoreHorizontal aria-hidden className="size-4" />
                  </Button>
                }
              >
                <MenuItem onSelect={() => setAsking({ kind: "deploy", of: item })}>{item.outdated ? "Deployed anew, or change" : "Change"}</MenuItem>
                <MenuItem danger onSelect={() => setAsking({ kind: "withdraw", of: item })}>
                  Remove
                </MenuItem>
              </Menu>
            )}
          </li>
        ))}
      </ul>
      {before.length > 0 && (
        <details className="border-t px-4 py-2 text-sm">
          <summary className="text-xs text-muted">Earlier ({before.length})</summary>
          <ul className="mt-1 space-y-1">
            {before.map((item) => (
              <li key={`${item.tool_id} ${item.since}`} className="text-xs text-muted">
                {item.tool}: {wordOf(item.status).toLowerCase()}, from <RelativeTime value={item.since} /> to <RelativeTime value={item.until} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {asking?.kind === "deploy" && <DeployDialog rule={rule} of={asking.of} onClose={close} />}
      {asking?.kind === "withdraw" && (
        <ConfirmDialog
          open
          onOpenChange={close}
          title={`Remove from ${asking.of.tool}`}
          confirmLabel="Remove"
          danger
          pending={withdraw.isPending}
          error={withdraw.error}
          onConfirm={() =>
            withdraw.mutate(asking.of.tool_id, {
              onSuccess: () => {
                toast(`No longer deployed in ${asking.of.tool}.`);
                close();
              },
            })
          }
        >
          <p>From now on it does not count as running there. How long it did stays on record.</p>
        </ConfirmDialog>
      )}
    </Card>
  );
}
