import { useState } from "react";
import { useForm } from "react-hook-form";
import type { FieldError } from "@/api/errors";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { useAcceptRisk, type FindingDetail } from "@/features/findings/api";

/** Asks the other lead to accept the risk. Mount it when it is wanted. */
export function RiskDialog({ finding, onClose }: { finding: FindingDetail; onClose: () => void }) {
  const form = useForm({ defaultValues: { reason: "", until: "", environment: "" } });
  const ask = useAcceptRisk(finding.id);
  const [failure, setFailure] = useState<{ error: unknown; left: readonly FieldError[] } | null>(null);
  const { errors } = form.formState;
  const places = new Map(finding.results.map(({ environment }) => [environment.id, environment.name]));
  const submit = form.handleSubmit(async ({ reason, until, environment }) => {
    try {
      await ask.mutateAsync({ reason: reason.trim(), until: `${until}T23:59:59Z`, ...(environment && { environment }) });
      onClose();
    } catch (error) {
      setFailure({ error, left: placeErrors(form, error) });
    }
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Accept the risk"
      description="The other lead has to confirm. The gap stays in every figure; findings reopen when the time is over."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={ask.isPending} onClick={() => void submit()}>
            Ask the other lead
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        <Field label="Reason" required error={errors.reason?.message}>
          {(control) => <Textarea {...control} rows={3} {...form.register("reason", { validate: (value) => value.trim() !== "" || "Say why it can be borne." })} />}
        </Field>
        <Field label="Until" required hint="At most 365 days from now." error={errors.until?.message}>
          {(control) => <Input {...control} type="date" className="w-40" {...form.register("until", { validate: (value) => value !== "" || "Say until when." })} />}
        </Field>
        <Field label="Where" error={errors.environment?.message}>
          {(control) => (
            <Select {...control} placeholder="Everywhere" options={[...places].map(([value, label]) => ({ value, label }))} {...form.register("environment")} />
          )}
        </Field>
        <Refusal error={failure?.error} left={failure?.left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
