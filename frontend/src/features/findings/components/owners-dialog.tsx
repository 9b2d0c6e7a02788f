import { useState } from "react";
import { useForm } from "react-hook-form";
import { useQuery } from "@tanstack/react-query";
import type { FieldError } from "@/api/errors";
import type { Finding } from "@/api/findings";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { QueryView } from "@/components/states/query-view";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Input, Textarea } from "@/components/ui/input";
import { ownersQuery, useSetOwners } from "@/features/findings/api";
import { MISS_CAUSES } from "@/lib/causes";

type Cause = Finding["cause"];
const CAUSES = Object.keys(MISS_CAUSES) as Cause[];

/** Who owns a gap, by its cause. Mount it when it is wanted. */
export function OwnersDialog({ onClose }: { onClose: () => void }) {
  const owners = useQuery(ownersQuery());
  if (owners.data) return <OwnersForm known={owners.data.owners} onClose={onClose} />;
  return (
    <Dialog open onOpenChange={onClose} title="Owners of causes">
      <QueryView query={owners} what="The owners">
        {() => null}
      </QueryView>
    </Dialog>
  );
}

function OwnersForm({ known, onClose }: { known: Record<string, string>; onClose: () => void }) {
  const form = useForm({ defaultValues: { owners: Object.fromEntries(CAUSES.map((cause) => [cause, known[cause] ?? ""])), reason: "" } });
  const [failure, setFailure] = useState<{ error: unknown; left: readonly FieldError[] } | null>(null);
  const save = useSetOwners();
  const { errors } = form.formState;
  const submit = form.handleSubmit(async ({ owners, reason }) => {
    const changed = Object.fromEntries(CAUSES.flatMap((cause) => (owners[cause]?.trim() && owners[cause].trim() !== known[cause] ? [[cause, owners[cause].trim()]] : [])));
    if (Object.keys(changed).length === 0) {
      form.setError("reason", { message: "No owner is named differently yet." });
      return;
    }
    try {
      await save.mutateAsync({ owners: changed, reason: reason.trim() });
      onClose();
    } catch (error) {
      setFailure({ error, left: placeErrors(form, error) });
    }
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="Owners of causes"
      description="New findings get the owner of their cause; those that are open keep theirs."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={save.isPending} onClick={() => void submit()}>
            Save
          </Button>
        </>
      }
    >
      <form noValidate className="space-y-3" onSubmit={(event) => void submit(event)}>
        {CAUSES.map((cause) => (
          <Field key={cause} label={MISS_CAUSES[cause]} error={errors.owners?.[cause]?.message}>
            {(control) => <Input {...control} maxLength={200} {...form.register(`owners.${cause}`)} />}
          </Field>
        ))}
        <Field label="Reason" required error={errors.reason?.message}>
          {(control) => <Textarea {...control} rows={2} {...form.register("reason", { validate: (value) => value.trim() !== "" || "Say why." })} />}
        </Field>
        <Refusal error={failure?.error} left={failure?.left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
