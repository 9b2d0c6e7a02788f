import { useState } from "react";
import { useCan } from "@/api/me";
import type { Template } from "@/api/templates";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Notice } from "@/components/ui/notice";
import { toast } from "@/components/ui/toast";
import { sourceLabel } from "@/lib/sources";
import { useReleaseTemplate } from "@/features/catalog/api";
import { HeldChange } from "@/features/catalog/components/held-change";

function Release({ template }: { template: Template }) {
  const release = useReleaseTemplate(template.id);
  // What is released is what stood there when the question was asked, whatever comes in meanwhile.
  const [read, setRead] = useState<number | null>(null);
  return (
    <>
      <Button onClick={() => setRead(template.version)}>Release</Button>
      <ConfirmDialog
        open={read !== null}
        onOpenChange={(open) => {
          if (!open) setRead(null);
          release.reset();
        }}
        title="Release this template?"
        confirmLabel="Release"
        pending={release.isPending}
        error={release.error}
        onConfirm={() =>
          // This goes away with the notice as soon as it succeeds; what it has to say must not.
          void release.mutateAsync(read ?? template.version).then(
            () => toast("The template is released."),
            () => undefined,
          )
        }
      >
        <p>From now on tests run what {sourceLabel(template.source)} has written there. You say that you have read the change, and the audit trail keeps it.</p>
      </ConfirmDialog>
    </>
  );
}

/** Why a template is held, what changed, and for whoever may the way to release it. */
export function HeldNotice({ template }: { template: Template }) {
  const mayRelease = useCan("template:release");
  if (!template.needs_release) return null;
  return (
    <>
      <Notice tone="warn" title={`Held: ${sourceLabel(template.source)} changed what this template runs.`} actions={mayRelease && <Release template={template} />}>
        <p>Tests were made of it before. New ones can be made when {mayRelease ? "you have" : "a lead has"} read the change and released it.</p>
      </Notice>
      <Card title="What changed" flush>
        <div className="divide-y">
          {template.held_changes.map((change) => (
            <HeldChange key={change.field} change={change} />
          ))}
        </div>
      </Card>
    </>
  );
}
