import { useState } from "react";
import { Controller, useForm } from "react-hook-form";
import type { FieldError } from "@/api/errors";
import type { DomainName, TechniqueDetail } from "@/api/techniques";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { UtcInput } from "@/components/form/utc-input";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Input, Textarea } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { toast } from "@/components/ui/toast";
import { useDecide, type Overlay } from "@/features/techniques/api";
import { fromOverlay, toUpdate, type DecisionForm } from "@/features/techniques/lib/decision";
import { EXPECTATIONS, PRIORITIES } from "@/features/techniques/lib/words";

interface DecideDialogProps {
  technique: TechniqueDetail;
  which: { attackId: string; domain: DomainName | undefined };
  onClose: () => void;
}

/** Scope, expectation and priority in one environment, with a reason. Mount it when it is wanted. */
export function DecideDialog({ technique, which, onClose }: DecideDialogProps) {
  const [at, setAt] = useState(0);
  const overlay = technique.overlays[at];
  if (!overlay) return null;
  return <DecideForm key={overlay.environment_id} {...{ technique, which, onClose, overlay, onEnvironment: setAt }} />;
}

type FormProps = DecideDialogProps & { overlay: Overlay; onEnvironment: (index: number) => void };

function DecideForm({ technique, which, onClose, overlay, onEnvironment }: FormProps) {
  const form = useForm<DecisionForm>({ defaultValues: fromOverlay(overlay) });
  const decide = useDecide(which);
  const [left, setLeft] = useState<readonly FieldError[]>([]);
  const [nothing, setNothing] = useState(false);
  const { errors } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    const body = toUpdate(values, overlay);
    setNothing(body === null);
    if (!body) return;
    try {
      const after = await decide.mutateAsync(body);
      toast(after.pending_scope_change ? "Noted: another lead has to ask for the same." : `The decision on ${technique.attack_id} holds.`);
      onClose();
    } catch (error) {
      setLeft(placeErrors(form, error, (field) => (field === "in_scope" ? "scope" : field)));
    }
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Scope and expectation of ${technique.attack_id}`}
      description="A decision is dated, keeps its reason and acts on the matrix at once."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={decide.isPending} onClick={() => void submit()}>
            Decide
          </Button>
        </>
      }
    >
      <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
        {technique.overlays.length > 1 && (
          <Field label="Environment">
            {(control) => (
              <Select
                {...control}
                options={technique.overlays.map((item) => ({ value: item.environment_id, label: item.environment }))}
                value={overlay.environment_id}
                onChange={(event) => onEnvironment(event.target.selectedIndex)}
              />
            )}
          </Field>
        )}
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label="Scope" error={errors.scope?.message}>
            {(control) => (
              <Select
                {...control}
                {...form.register("scope")}
                options={[
                  { value: "in", label: "In scope" },
                  { value: "out", label: "Out of scope" },
                ]}
              />
            )}
          </Field>
          <Field label="Expectation" error={errors.expected?.message}>
            {(control) => (
              <Select {...control} {...form.register("expected")} placeholder="Organisation's" options={Object.entries(EXPECTATIONS).map(([value, label]) => ({ value, label }))} />
            )}
          </Field>
          <Field label="Priority" error={errors.priority?.message}>
            {(control) => <Select {...control} {...form.register("priority")} placeholder="None" options={PRIORITIES} />}
          </Field>
        </div>
        <Field label="Notes" error={errors.notes?.message}>
          {(control) => <Textarea {...control} rows={2} {...form.register("notes")} />}
        </Field>
        <Field label="Reason" required error={errors.reason?.message}>
          {(control) => (
            <Input {...control} {...form.register("reason", { validate: (value) => value.trim() !== "" || "Say why, in a few words.", maxLength: { value: 2000, message: "At most 2,000 characters." } })} />
          )}
        </Field>
        <Field label="Until (UTC)" hint="Empty: until somebody decides otherwise." error={errors.until?.message}>
          {(field) => <Controller control={form.control} name="until" render={({ field: { value, onChange } }) => <UtcInput {...field} value={value} onChange={onChange} />} />}
        </Field>
        {nothing && (
          <p role="alert" className="text-sm text-danger">
            Nothing is decided differently yet.
          </p>
        )}
        <Refusal error={decide.error} left={left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
