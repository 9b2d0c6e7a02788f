import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import type { FieldError } from "@/api/errors";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { PersonPicker } from "@/components/pickers/person-picker";
import { Button } from "@/components/ui/button";
import type { ComboboxOption } from "@/components/ui/combobox";
import { Dialog } from "@/components/ui/dialog";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { useUpdateFinding, type FindingDetail } from "@/features/findings/api";
import { CAUSES, options, SEVERITIES } from "@/features/findings/lib/words";
import { nameOf } from "@/lib/people";

/** What is said of a finding. Mount it when it is wanted. */
export function FindingDialog({ finding, onClose }: { finding: FindingDetail; onClose: () => void }) {
  const form = useForm({
    defaultValues: {
      title: finding.title,
      description: finding.description,
      cause: finding.cause,
      severity: finding.severity,
      owner: finding.owner,
      due_on: finding.due_on ?? "",
      external_ticket: finding.external_ticket ?? "",
      reason: "",
    },
  });
  const before = finding.owner_person;
  const [person, setPerson] = useState<ComboboxOption | null>(before && { value: before.id, label: nameOf(before) });
  const [failure, setFailure] = useState<{ error: unknown; left: readonly FieldError[] } | null>(null);
  const update = useUpdateFinding(finding.id);
  const { errors } = form.formState;
  const moved = useWatch({ control: form.control, name: "cause" }) !== finding.cause;
  const submit = form.handleSubmit(async ({ reason, ...values }) => {
    try {
      await update.mutateAsync({
        version: finding.version,
        ...values,
        due_on: values.due_on || null,
        external_ticket: values.external_ticket.trim() || null,
        owner_id: person?.value ?? null,
        ...(moved && { reason: reason.trim() }),
      });
      onClose();
    } catch (error) {
      setFailure({ error, left: placeErrors(form, error) });
    }
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Change ${finding.number}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={update.isPending} onClick={() => void submit()}>
            Save
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        <Field label="Title" required error={errors.title?.message}>
          {(control) => <Input {...control} {...form.register("title", { validate: (value) => value.trim() !== "" || "Give it a title." })} />}
        </Field>
        <Field label="Description" error={errors.description?.message}>
          {(control) => <Textarea {...control} rows={3} {...form.register("description")} />}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Cause">{(control) => <Select {...control} options={CAUSES} {...form.register("cause")} />}</Field>
          <Field label="Severity">{(control) => <Select {...control} options={options(SEVERITIES)} {...form.register("severity")} />}</Field>
        </div>
        {moved && (
          <Field label="Reason for another cause" required error={errors.reason?.message}>
            {(control) => <Input {...control} {...form.register("reason")} />}
          </Field>
        )}
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Owner: team or function" error={errors.owner?.message}>
            {(control) => <Input {...control} {...form.register("owner")} />}
          </Field>
          <Field label="Owner: person">{(control) => <PersonPicker id={control.id} label="Owner: person" value={person} onChange={setPerson} />}</Field>
          <Field label="Due">{(control) => <Input {...control} type="date" {...form.register("due_on")} />}</Field>
          <Field label="External ticket" error={errors.external_ticket?.message}>
            {(control) => <Input {...control} {...form.register("external_ticket")} />}
          </Field>
        </div>
        <Refusal error={failure?.error} left={failure?.left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
