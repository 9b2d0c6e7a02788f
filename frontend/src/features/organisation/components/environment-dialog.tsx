import { useState } from "react";
import { useForm } from "react-hook-form";
import type { FieldError } from "@/api/errors";
import type { Environment } from "@/api/organisation";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Input, Textarea } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useCreateEnvironment, useUpdateEnvironment } from "@/features/organisation/api";
import { PLATFORMS } from "@/lib/platforms";

interface EnvironmentForm {
  name: string;
  description: string;
  is_active: boolean;
  reason: string;
}

interface EnvironmentDialogProps {
  /** What is changed; a new one without it. */
  environment: Environment | undefined;
  onClose: () => void;
}

const same = (one: readonly string[], other: readonly string[]) => one.length === other.length && one.every((name) => other.includes(name));

/** Mount it when it is wanted. */
export function EnvironmentDialog({ environment, onClose }: EnvironmentDialogProps) {
  const form = useForm<EnvironmentForm>({
    defaultValues: { name: environment?.name ?? "", description: environment?.description ?? "", is_active: environment?.is_active ?? true, reason: "" },
  });
  const before = environment?.platforms ?? [];
  const [platforms, setPlatforms] = useState<readonly string[]>(before);
  const create = useCreateEnvironment();
  const update = useUpdateEnvironment();
  const [failure, setFailure] = useState<{ error: unknown; left: readonly FieldError[] } | null>(null);
  const { errors } = form.formState;
  const changed = environment !== undefined && !same(before, platforms);
  const submit = form.handleSubmit(async ({ name, description, is_active, reason }) => {
    const body = { name: name.trim(), description: description.trim() };
    try {
      const saved = environment
        ? await update.mutateAsync({ id: environment.id, body: { ...body, is_active, ...(changed && { platforms: [...platforms], reason: reason.trim() }) } })
        : await create.mutateAsync({ ...body, platforms: [...platforms] });
      toast(environment ? `${saved.name} is changed.` : `${saved.name} is added.`);
      onClose();
    } catch (error) {
      setFailure({ error, left: placeErrors(form, error) });
    }
  });
  const names = [...new Set([...PLATFORMS, ...before])];
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={environment ? environment.name : "New environment"}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={create.isPending || update.isPending} onClick={() => void submit()}>
            {environment ? "Save" : "Add environment"}
          </Button>
        </>
      }
    >
      <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
        <Field label="Name" required error={errors.name?.message}>
          {(control) => <Input {...control} {...form.register("name", { validate: (value) => value.trim() !== "" || "Give it a name." })} />}
        </Field>
        <Field label="Description" error={errors.description?.message}>
          {(control) => <Textarea {...control} rows={2} {...form.register("description")} />}
        </Field>
        <fieldset>
          <legend className="mb-1 text-xs font-medium">Platforms</legend>
          <div className="grid grid-cols-2 gap-x-4 sm:grid-cols-3">
            {names.map((name) => (
              <Checkbox
                key={name}
                label={name}
                checked={platforms.includes(name)}
                onChange={(event) => setPlatforms(event.target.checked ? [...platforms, name] : platforms.filter((item) => item !== name))}
              />
            ))}
          </div>
          <p className="mt-1 text-xs text-muted">
            {platforms.length === 0 ? "None chosen: it has all of them." : "Techniques of other platforms do not apply here."} The change is dated; earlier figures stay as they were.
          </p>
        </fieldset>
        {changed && (
          <Field label="Reason for the change of platforms" error={errors.reason?.message}>
            {(control) => <Input {...control} {...form.register("reason")} />}
          </Field>
        )}
        {environment && !environment.is_default && <Checkbox label="In use" hint="Out of use it is no longer offered for tests." {...form.register("is_active")} />}
        <Refusal error={failure?.error} left={failure?.left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
