import { useState } from "react";
import { InlineError } from "@/components/states/inline-error";
import { SideTag } from "@/components/status/side-tag";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/relative-time";
import { useUpdateStep, type FindingDetail, type Step } from "@/features/findings/api";
import { DueDay } from "@/features/findings/components/finding-badges";
import { StepDialog } from "@/features/findings/components/step-dialog";
import { nameOf } from "@/lib/people";

/** What is to be done, by whom, until when. */
export function StepsCard({ finding }: { finding: FindingDetail }) {
  const [editing, setEditing] = useState<Step | "new" | null>(null);
  return (
    <Card
      title="Steps"
      description="When all are done, a retest is drafted for every procedure that failed."
      flush
      actions={finding.allowed_actions.includes("add_step") && <Button onClick={() => setEditing("new")}>Add a step</Button>}
    >
      {finding.steps.length === 0 ? (
        <p className="px-4 py-3 text-sm text-muted">No step yet: say what is to be done and who does it.</p>
      ) : (
        <ul>
          {finding.steps.map((step) => (
            <StepRow key={step.id} finding={finding} step={step} onEdit={() => setEditing(step)} />
          ))}
        </ul>
      )}
      {editing && <StepDialog findingId={finding.id} step={editing === "new" ? null : editing} onClose={() => setEditing(null)} />}
    </Card>
  );
}

function StepRow({ finding, step, onEdit }: { finding: FindingDetail; step: Step; onEdit: () => void }) {
  const update = useUpdateStep(finding.id);
  const done = step.status === "done";
  const maySet = step.allowed_actions.includes("set_status");
  const setStatus = (status: Step["status"]) => update.mutate({ stepId: step.id, body: { version: step.version, status } });
  return (
    <li className="flex flex-wrap items-start gap-x-3 gap-y-1 border-b px-4 py-2 text-sm last:border-b-0">
      <input
        type="checkbox"
        aria-label={`${step.title}: done`}
        checked={done}
        disabled={!maySet || step.status === "dropped" || update.isPending}
        onChange={() => setStatus(done ? "open" : "done")}
        className="mt-1 size-4 shrink-0 accent-accent"
      />
      <div className="min-w-0 flex-1">
        <p className={step.status === "open" ? "font-medium" : "text-muted"}>
          {step.title} {step.status === "dropped" && <Badge>No longer needed</Badge>}
        </p>
        {step.description && <p className="max-w-prose text-muted">{step.description}</p>}
        {step.notes && <p className="max-w-prose border-l-2 pl-2 text-muted">{step.notes}</p>}
        <p className="flex flex-wrap gap-x-3 text-xs text-muted">
          <SideTag side={step.side} />
          <span>{step.assignee ? nameOf(step.assignee) : "Nobody assigned"}</span>
          {step.due_on && (
            <span>
              due <DueDay day={step.due_on} overdue={step.overdue} />
            </span>
          )}
          {step.done_at && step.done_by && (
            <span>
              done by {nameOf(step.done_by)} <RelativeTime value={step.done_at} />
            </span>
          )}
        </p>
        <InlineError error={update.error} />
      </div>
      {(step.allowed_actions.includes("edit") || maySet) && (
        <Button size="sm" onClick={onEdit} aria-label={`Change ${step.title}`}>
          {step.allowed_actions.includes("edit") ? "Change" : "Notes"}
        </Button>
      )}
    </li>
  );
}
