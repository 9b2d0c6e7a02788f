import { useState } from "react";
import { useForm } from "react-hook-form";
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
import { useAddStep, useUpdateStep, type Step } from "@/features/findings/api";
import { nameOf } from "@/lib/people";

interface StepDialogProps {
  findingId: string;
  /** What is changed; a new one without it. */
  step: Step | null;
  onClose: () => void;
}

const STATES = [
  { value: "open", label: "To do" },
  { value: "done", label: "Done" },
  { value: "dropped", label: "No longer needed" },
] as const;
const SIDES = [
  { value: "blue", label: "Blue" },
  { value: "red", label: "Red" },
];

/** A step, whole for leads; its notes and state for whom it is assigned to. */
export function StepDialog({ findingId, step, onClose }: StepDialogProps) {
  const whole = !step || step.allowed_actions.includes("edit");
  const form = useForm({
    defaultValues: {
      title: step?.title ?? "",
      description: step?.description ?? "",
      side: step?.side ?? "blue",
      status: step?.status ?? "open",
      due_on: step?.due_on ?? "",
      notes: step?.notes ?? "",
    },
  });
  const [person, setPerson] = useState<ComboboxOption | null>(step?.assignee ? { value: step.assignee.id, label: nameOf(step.assignee) } : null);
  const [failure, setFailure] = useState<{ error: unknown; left: readonly FieldError[] } | null>(null);
  const [add, update] = [useAddStep(findingId), useUpdateStep(findingId)];
  const { errors } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    const plan = { title: values.title.trim(), description: values.description, side: values.side, assignee_id: person?.value ?? null, due_on: values.due_on || null };
    const state = { status: values.status, notes: values.notes };
    try {
      if (!step) await add.mutateAsync(plan);
      else await update.mutateAsync({ stepId: step.id, body: { version: step.version, ...(whole && plan), ...state } });
      onClose();
    } catch (error) {
      setFailure({ error, left: placeErrors(form, error) });
    }
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={step ? step.title : "New step"}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={add.isPending || update.isPending} onClick={() => void submit()}>
            {step ? "Save" : "Add step"}
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-4" onSubmit={(event) => void submit(event)}>
        {whole && (
          <>
            <Field label="What is to be done" required error={errors.title?.message}>
              {(control) => <Input {...control} {...form.register("title", { validate: (value) => value.trim() !== "" || "Say what is to be done." })} />}
            </Field>
            <Field label="Details" error={errors.description?.message}>
              {(control) => <Textarea {...control} rows={3} {...form.register("description")} />}
            </Field>
            <div className="grid gap-4 sm:grid-cols-2">
              <Field label="Side" hint="Who does it does not judge this side of the retest.">
                {(control) => <Select {...control} options={SIDES} {...form.register("side")} />}
              </Field>
              <Field label="Due">{(control) => <Input {...control} type="date" {...form.register("due_on")} />}</Field>
            </div>
            <Field label="Assigned to">{(control) => <PersonPicker id={control.id} label="Assigned to" value={person} onChange={setPerson} />}</Field>
          </>
        )}
        {step && (
          <>
            <Field label="State">{(control) => <Select {...control} options={STATES} {...form.register("status")} />}</Field>
            <Field label="Notes" error={errors.notes?.message}>
              {(control) => <Textarea {...control} rows={3} {...form.register("notes")} />}
            </Field>
          </>
        )}
        <Refusal error={failure?.error} left={failure?.left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
