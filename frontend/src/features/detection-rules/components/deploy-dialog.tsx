import { useState } from "react";
import { Link } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "@/api/me";
import { toolsQuery } from "@/api/organisation";
import type { RuleDetail } from "@/api/rules";
import { Field } from "@/components/form/field";
import { Refusal } from "@/components/form/refusal";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useDeploy, type Deployment } from "@/features/detection-rules/api";
import { DEPLOYMENTS, optionsOf, pick } from "@/features/detection-rules/lib/words";

interface DeployDialogProps {
  rule: RuleDetail;
  /** What is changed; without one a tool is chosen. */
  of?: Deployment;
  onClose: () => void;
}

/** Says that the rule runs in a tool from now on. Mount it when it is wanted. */
export function DeployDialog({ rule, of, onClose }: DeployDialogProps) {
  const tools = useQuery(toolsQuery({ active: true, limit: 200 }));
  const mayManage = useCan("environment:manage");
  const [toolId, setToolId] = useState(of?.tool_id ?? "");
  const [status, setStatus] = useState(pick(DEPLOYMENTS, of ? [of.status] : [])[0] ?? "active");
  const [missing, setMissing] = useState(false);
  const deploy = useDeploy(rule.id);
  const free = (tools.data?.items ?? []).filter((tool) => !rule.deployments.some((item) => item.until === null && item.tool_id === tool.id));
  function submit() {
    setMissing(toolId === "");
    if (toolId === "") return;
    deploy.mutate(
      { toolId, status },
      {
        onSuccess: () => {
          toast(`On record: ${DEPLOYMENTS[status].label.toLowerCase()} in ${of?.tool ?? free.find((tool) => tool.id === toolId)?.name ?? "the tool"}.`);
          onClose();
        },
      },
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={of ? `Deployment in ${of.tool}` : "Deploy in a tool"}
      description="Aegis keeps the record; the tool itself is changed by whoever runs it."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={deploy.isPending} disabled={!of && free.length === 0} onClick={submit}>
            {of ? "Save" : "Deploy"}
          </Button>
        </>
      }
    >
      <form
        noValidate
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {!of && (
          <QueryView query={tools} what="The tools">
            {({ items }) =>
              free.length > 0 ? (
                <Field label="Tool" required error={missing ? "Choose a tool." : undefined}>
                  {(control) => (
                    <Select {...control} placeholder="Choose" options={free.map((tool) => ({ value: tool.id, label: tool.name }))} value={toolId} onChange={(event) => setToolId(event.target.value)} />
                  )}
                </Field>
              ) : (
                <p className="text-sm text-muted">
                  {items.length > 0 ? "It is on record in every tool of ours already." : "There is no security tool yet. "}
                  {items.length === 0 && mayManage && (
                    <Link to="/system/tools" className="link">
                      Add one
                    </Link>
                  )}
                </p>
              )
            }
          </QueryView>
        )}
        <Field label="It runs there" hint={DEPLOYMENTS[status].hint}>
          {(control) => (
            <Select {...control} options={optionsOf(DEPLOYMENTS)} value={status} onChange={(event) => setStatus(pick(DEPLOYMENTS, [event.target.value])[0] ?? "active")} />
          )}
        </Field>
        <Refusal error={deploy.error} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
