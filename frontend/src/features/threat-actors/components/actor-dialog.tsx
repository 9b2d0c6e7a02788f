import { useState } from "react";
import { useForm } from "react-hook-form";
import type { FieldError } from "@/api/errors";
import { Field } from "@/components/form/field";
import { placeErrors } from "@/components/form/place-errors";
import { Refusal } from "@/components/form/refusal";
import { TechniqueList } from "@/components/pickers/technique-list";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Input, Textarea } from "@/components/ui/input";
import { toast } from "@/components/ui/toast";
import { useCreateActor, useUpdateActor, type ActorDetail } from "@/features/threat-actors/api";
import { splitWords } from "@/features/threat-actors/lib/words";

interface ActorForm {
  name: string;
  aliases: string;
  description: string;
  url: string;
  country: string;
  sectors: string;
  regions: string;
  notes: string;
  is_active: boolean;
}

const EMPTY: ActorForm = { name: "", aliases: "", description: "", url: "", country: "", sectors: "", regions: "", notes: "", is_active: true };

function fromActor(actor: ActorDetail): ActorForm {
  const { name, description, notes } = actor;
  const [aliases, sectors, regions] = [actor.aliases, actor.sectors, actor.regions].map((list) => list.join(", "));
  return { name, description, notes, aliases: aliases ?? "", sectors: sectors ?? "", regions: regions ?? "", url: actor.url ?? "", country: actor.country ?? "", is_active: !actor.switched_off };
}

/** What we note beside a publisher's actor; the rest is the publisher's. */
const localPart = (form: ActorForm) => ({ country: form.country.trim() || null, sectors: splitWords(form.sectors), regions: splitWords(form.regions), notes: form.notes.trim() });

const ownPart = (form: ActorForm) => ({ name: form.name.trim(), aliases: splitWords(form.aliases), description: form.description.trim(), url: form.url.trim() || null });

interface ActorDialogProps {
  /** What is changed; a new actor of our own without it. */
  actor?: ActorDetail;
  onClose: () => void;
  onSaved?: (actor: ActorDetail) => void;
}

/** An actor of our own, or our words on a publisher's. Mount it when it is wanted. */
export function ActorDialog({ actor, onClose, onSaved }: ActorDialogProps) {
  const form = useForm<ActorForm>({ defaultValues: actor ? fromActor(actor) : EMPTY });
  const create = useCreateActor();
  const update = useUpdateActor(actor?.id ?? "");
  const [techniques, setTechniques] = useState<string[]>([]);
  const [failure, setFailure] = useState<{ error: unknown; left: readonly FieldError[] } | null>(null);
  const { errors } = form.formState;
  const own = actor === undefined || actor.is_custom;
  const submit = form.handleSubmit(async (values) => {
    try {
      const saved = actor
        ? await update.mutateAsync({ ...localPart(values), ...(own && ownPart(values)), is_active: values.is_active })
        : await create.mutateAsync({ ...localPart(values), ...ownPart(values), techniques });
      toast(actor ? `${saved.name} is changed.` : `${saved.name} is in the catalogue as ${saved.attack_id}.`);
      onClose();
      onSaved?.(saved);
    } catch (error) {
      setFailure({ error, left: placeErrors(form, error, (field) => field.replace(/\..*/, "")) });
    }
  });
  return (
    <Dialog
      open
      onOpenChange={onClose}
      variant="wide"
      title={actor ? `Change ${actor.name}` : "New threat actor"}
      description={own ? "An actor of our own." : "Only what we note ourselves can be changed; a sync leaves it alone."}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" pending={create.isPending || update.isPending} onClick={() => void submit()}>
            {actor ? "Save" : "Create actor"}
          </Button>
        </>
      }
    >
      <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
        {own && (
          <>
            <div className="grid gap-4 sm:grid-cols-2">
              <Field label="Name" required error={errors.name?.message}>
                {(control) => <Input {...control} {...form.register("name", { validate: (value) => value.trim() !== "" || "Give it a name." })} />}
              </Field>
              <Field label="Also called" hint="With commas." error={errors.aliases?.message}>
                {(control) => <Input {...control} {...form.register("aliases")} />}
              </Field>
            </div>
            <Field label="Description" error={errors.description?.message}>
              {(control) => <Textarea {...control} rows={4} {...form.register("description")} />}
            </Field>
            <Field label="Address of a report" error={errors.url?.message}>
              {(control) => <Input {...control} type="url" placeholder="https://" {...form.register("url")} />}
            </Field>
          </>
        )}
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label="Country" hint="Where it is thought to sit." error={errors.country?.message}>
            {(control) => <Input {...control} {...form.register("country")} />}
          </Field>
          <Field label="Sectors" hint="Those it attacks, with commas." error={errors.sectors?.message}>
            {(control) => <Input {...control} {...form.register("sectors")} />}
          </Field>
          <Field label="Regions" hint="Those it attacks, with commas." error={errors.regions?.message}>
            {(control) => <Input {...control} {...form.register("regions")} />}
          </Field>
        </div>
        <Field label="Notes" error={errors.notes?.message}>
          {(control) => <Textarea {...control} rows={3} {...form.register("notes")} />}
        </Field>
        {!actor && <TechniqueList label="Techniques it uses" value={techniques} onChange={setTechniques} hint="How it uses each can be said on its page." />}
        {actor && <Checkbox label="In force" hint="Otherwise it stands in no list and no figure of ours, whatever its publisher says." {...form.register("is_active")} />}
        <Refusal error={failure?.error} left={failure?.left} />
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
